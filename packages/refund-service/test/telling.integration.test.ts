/** From a refund on a file to a receiver over HTTP that checks the signature as its library does. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import type { Command } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import { OrderId, type TenantId } from "refund-core/Ids"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Refunds } from "refund-core/Refunds"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { caller, capture, order, refundId, register, request } from "refund-testkit/build"
import * as ProviderDouble from "refund-testkit/ProviderDouble"
import { Webhook } from "standardwebhooks"
import * as Endpoints from "../src/Endpoints.ts"
import * as Notifier from "../src/Notifier.ts"
import * as Providers from "../src/Providers.ts"
import * as Service from "../src/Service.ts"
import * as Worker from "../src/Worker.ts"

const tenant = "acme" as TenantId
const usd = "USD" as CurrencyCode
const now = () => caller({ now: Date.now() })

interface Received {
  readonly id: string
  readonly body: string
  readonly headers: Record<string, string>
  readonly json: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> }
}

/** Answers what the test says, and keeps what it was sent. */
const receiver = (statusOf: (received: Received) => number = () => 200) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly received: Array<Received>; readonly close: () => void }>(
      (resume) => {
        const received: Array<Received> = []
        const server = createServer((incoming, response) => {
          const chunks: Array<Buffer> = []
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
          incoming.on("end", () => {
            const body = Buffer.concat(chunks).toString()
            const headers = incoming.headers as Record<string, string>
            const one = { id: headers["webhook-id"] ?? "", body, headers, json: JSON.parse(body) }
            received.push(one)
            response.writeHead(statusOf(one)).end()
          })
        })
        // A connection that is kept is closed by who keeps it, never while it is used again.
        server.keepAliveTimeout = 0
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        server.listen(0, "127.0.0.1", () => {
          const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
          resume(Effect.succeed({ url, received, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

/** A server without its doors: file, worker, notifier, and a provider that keeps books. */
const opened = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "refund-telling-"))),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
  )
  const double = yield* ProviderDouble.make()
  const { capabilities, provider, world } = double
  const file = join(folder, "refunds.db")
  const ledger = Layer.mergeAll(
    Worker.layer({ pollMilliseconds: 50 }),
    Notifier.layer({ toPrivate: true, pollMilliseconds: 20 })
  ).pipe(
    Layer.provideMerge(Service.layer({ waitMilliseconds: 5_000 })),
    Layer.provideMerge(Providers.layer({ simulator: { provider, capabilities } })),
    Layer.provideMerge(SqliteLedger.layer({ file, worker: true, synchronous: "OFF" })),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))
  )
  return { double, world, context: yield* Layer.build(ledger) }
})

const execute = (...commands: ReadonlyArray<Command>) =>
  Refunds.use((refunds) => Effect.forEach(commands, (command) => refunds.execute(command), { discard: true }))
const allTold = (muted = false) =>
  Feed.use((feed) => Effect.map(feed.read(tenant, null, { limit: 1_000, muted }), ({ events }) => events))
const until = (isSo: () => boolean) => Effect.repeat(Effect.sleep(5), { until: isSo })
const settled = (orderId: string) =>
  Refunds.use((all) => all.order(now(), { order: OrderId.make(orderId) })).pipe(
    Effect.tap(Effect.sleep(5)),
    Effect.repeat({ until: ({ refunds }) => refunds.every(({ state }) => state === "settled") })
  )
/** Until nothing more is told. */
const quiet = Effect.gen(function* () {
  const deliveries = yield* Deliveries
  for (let rounds = 0; rounds < 3; ) {
    yield* Effect.sleep(60)
    const waiting = yield* deliveries.list(tenant, { state: "waiting" }, { limit: 1, before: null })
    rounds = waiting.length === 0 ? rounds + 1 : 0
  }
})
const listening = (url: string, events: ReadonlyArray<string> = ["*"]) =>
  Effect.map(
    Endpoints.put(now(), "e-1", { url, events, form: "standard", enabled: true }),
    ({ secret }) => secret ?? ""
  )

const registered = (orderId: string, reference: string) =>
  register(order({ captures: [capture(`c-${orderId}`, 100n, { reference })] }), { id: orderId, caller: now() })
const asked = (count: number, orderId: string, options: Parameters<typeof request>[0] = {}) =>
  request({ id: refundId(count), amount: 40n, order: orderId, caller: now(), ...options })

describe("what happens is told", () => {
  it.live("to a receiver that checks each signature, once, in order for each order, with what the feed says", () =>
    Effect.gen(function* () {
      const { context, world } = yield* opened
      const { received, url } = yield* receiver()
      yield* Effect.gen(function* () {
        const secret = yield* listening(url)
        for (const name of ["o-1", "o-2", "o-3"]) yield* execute(registered(name, yield* world.capture(100n, usd)))
        yield* execute(asked(1, "o-1"), asked(2, "o-2"), asked(3, "o-3"), asked(4, "o-1"))
        yield* until(() => received.filter(({ json }) => json.type === "refund.settled").length === 4)
        yield* quiet
        const feed = yield* allTold()
        assert.isAtLeast(feed.length, 12)
        assert.deepStrictEqual([...received.map(({ id }) => id)].sort(), [...feed.map(({ id }) => id)].sort())
        for (const { body, headers, id, json } of received) {
          assert.deepStrictEqual(new Webhook(secret).verify(body, headers), json as unknown)
          assert.strictEqual(json.data["id"], id)
          assert.notProperty(json.data, "cursor")
        }
        for (const chain of new Set(feed.map((each) => each.chain))) {
          const expected = feed.filter((each) => each.chain === chain).map(({ id }) => id)
          const seen = received.filter(({ json }) => json.data["chain"] === chain).map(({ id }) => id)
          assert.deepStrictEqual(seen, expected)
        }
        const settled = received.find(({ json }) => json.type === "refund.settled")
        assert.deepInclude(settled?.json.data ?? {}, { state: "settled", muted: false })
      }).pipe(Effect.provide(context))
    })
  )

  it.live("with both secrets while one is replaced", () =>
    Effect.gen(function* () {
      const { context, world } = yield* opened
      const { received, url } = yield* receiver()
      yield* Effect.gen(function* () {
        const old = yield* listening(url, ["refund.created"])
        const rotated = yield* Endpoints.rotate(now(), "e-1")
        yield* execute(registered("o-1", yield* world.capture(100n, usd)), asked(1, "o-1"))
        yield* until(() => received.length > 0)
        yield* quiet
        const [one] = received
        for (const secret of [old, rotated?.secret ?? ""]) {
          assert.deepStrictEqual(new Webhook(secret).verify(one?.body ?? "", one?.headers ?? {}), one?.json as unknown)
        }
      }).pipe(Effect.provide(context))
    })
  )

  it.live("again to who refused it, and what follows waits for that", () =>
    Effect.gen(function* () {
      const { context, world } = yield* opened
      let refusals = 1
      const { received, url } = yield* receiver(({ json }) =>
        json.type === "refund.created" && refusals-- > 0 ? 503 : 200
      )
      yield* Effect.gen(function* () {
        yield* listening(url, ["refund.*"])
        yield* execute(registered("o-1", yield* world.capture(100n, usd)), asked(1, "o-1"))
        yield* until(() => received.some(({ json }) => json.type === "refund.settled"))
        yield* quiet
        assert.deepStrictEqual(
          received.map(({ json }) => json.type),
          ["refund.created", "refund.created", "refund.submitted", "refund.settled"]
        )
        const [first, second] = received
        assert.deepStrictEqual([first?.id, first?.body], [second?.id, second?.body])
      }).pipe(Effect.provide(context))
    })
  )

  it.live("T44: not of a refund that asked for no events; it is paid, and who asks for what is muted sees it", () =>
    Effect.gen(function* () {
      const { context, double, world } = yield* opened
      const { received, url } = yield* receiver()
      yield* Effect.gen(function* () {
        yield* listening(url)
        const reference = yield* world.capture(100n, usd)
        yield* execute(registered("o-1", reference), asked(1, "o-1", { skipEvents: true }))
        yield* settled("o-1")
        yield* quiet
        assert.deepStrictEqual(received, [])
        assert.deepStrictEqual(yield* allTold(), [])
        const muted = yield* allTold(true)
        assert.deepStrictEqual(
          muted.map(({ muted, type }) => [type, muted]),
          [
            ["refund.created", true],
            ["refund.submitted", true],
            ["refund.settled", true]
          ]
        )
        assert.strictEqual(double.arrived.length, 1)
        assert.deepStrictEqual(yield* world.payouts(reference), [40n])
      }).pipe(Effect.provide(context))
    })
  )

  it.live("T45: not of a refund that a person recorded as settled, and no provider is asked for it", () =>
    Effect.gen(function* () {
      const { context, double, world } = yield* opened
      const { received, url } = yield* receiver()
      yield* Effect.gen(function* () {
        yield* listening(url)
        const reference = yield* world.capture(100n, usd)
        yield* execute(registered("o-1", reference), asked(1, "o-1", { settled: true }))
        yield* settled("o-1")
        yield* quiet
        const types = received.map(({ json }) => json.type).filter((type) => type.startsWith("refund."))
        assert.deepStrictEqual([types, double.arrived, yield* world.payouts(reference)], [[], [], []])
        const { refunds } = yield* Refunds.use((all) => all.order(now(), { order: "o-1" as never }))
        assert.deepStrictEqual(
          refunds.map(({ state }) => state),
          ["settled"]
        )
      }).pipe(Effect.provide(context))
    })
  )
})

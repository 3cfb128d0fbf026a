/** What was done with long ago is removed: what a provider tells once more is then judged by what the refund is. */
import { randomUUID } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { pruneAll } from "refund-core/ports/Retention"
import type { Registered } from "refund-service/Providers"
import { simulator, simulatorCapabilities } from "refund-service/SimulatorProvider"
import * as PostgresLedger from "refund-store/PostgresLedger"
import * as SqliteLedger from "refund-store/SqliteLedger"
import { afterEach, assert, describe, it, vi } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { callerOf, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let running: Array<TestServer> = []
afterEach(async () => {
  for (const server of running) await server.stop()
  running = []
})

interface Told {
  readonly event: string
  readonly reference: string
  readonly captureReference: string
  readonly amount: number
}

const newsOf = ({ amount, captureReference, event, reference }: Told, at: number): ProviderNews => {
  const money = { amount: BigInt(amount), currency: CurrencyCode.make("USD") }
  const outcome = { _tag: "settled", reference, ...money, at: null } as const
  const about = { _tag: "refund", attempt: null, reference, captureReference, ...money, outcome } as const
  return { eventId: event, at, about }
}

/** Pays at once, and tells of whatever it is asked to. */
const desk: Registered = {
  provider: simulator,
  capabilities: simulatorCapabilities,
  webhook: { receive: ({ body, now }) => Effect.succeed([newsOf(JSON.parse(Buffer.from(body).toString()), now)]) }
}

const started = async (env: Readonly<Record<string, string>> = {}): Promise<TestServer> => {
  const server = await startServer({ providers: { desk }, env })
  running.push(server)
  return server
}

/** Everything that is done with by now: older than nothing. */
const prune = (layer: ReturnType<typeof SqliteLedger.layer> | ReturnType<typeof PostgresLedger.layer>) =>
  Effect.runPromise(Effect.scoped(Effect.provide(pruneAll(-1_000), layer)))

const databases = [
  {
    name: "a file",
    isMissing: false,
    start: async () => {
      const server = await started()
      return { server, layer: SqliteLedger.layer({ file: server.database }) }
    }
  },
  {
    name: "PostgreSQL",
    isMissing: noPostgres !== null,
    start: async () => {
      const [url, schema] = [await sharedPostgres(), `s_${randomUUID().replaceAll("-", "_")}`]
      const server = await started({ REFUND_DATABASE_URL: url, REFUND_DATABASE_SCHEMA: schema })
      return { server, layer: PostgresLedger.layer({ url, schema }) }
    }
  }
]

for (const { isMissing, name, start } of databases) {
  describe.skipIf(isMissing)(`retention on ${name}`, () => {
    it("lets a provider tell once more what was removed: nothing is paid or recorded twice", async () => {
      const { layer, server } = await start()
      const call = callerOf(server)
      await call("PUT", "/v1/orders/o-1", { body: payment("o-1", 100, { provider: "desk", reference: "ch_o-1" }) })
      const made = await call("POST", "/v1/orders/o-1/refunds", {
        body: { amount: 40 },
        headers: { "idempotency-key": "k", prefer: "wait=30" }
      })
      assert.strictEqual(made.body.state, "settled")
      const reference = (await call("GET", `/v1/refunds/${made.body.id}`)).body.providerReference
      assert.isString(reference)
      const told: ReadonlyArray<Told> = [
        // Of the refund that was paid, of one that was made at the provider's own desk, and the newest, which stays.
        { event: "ours", reference, captureReference: "ch_o-1", amount: 40 },
        { event: "outside", reference: "re_outside", captureReference: "ch_o-1", amount: 25 },
        { event: "newest", reference: "re_outside", captureReference: "ch_o-1", amount: 25 }
      ]
      const tell = async (all: ReadonlyArray<Told>) => {
        for (const each of all) {
          const answer = await fetch(`${server.url}/webhooks/desk`, { method: "POST", body: JSON.stringify(each) })
          assert.strictEqual(answer.status, 200)
        }
        for (;;) {
          const { events } = (await call("GET", "/v1/inbox")).body
          if (events.every(({ state }: { readonly state: string }) => state === "applied"))
            return events.length as number
          await pause(20)
        }
      }
      const shown = async () => {
        const { refunded, refunds } = (await call("GET", "/v1/orders/o-1")).body
        return { refunded, count: refunds.length }
      }
      assert.strictEqual(await tell(told), 3)
      const before = await shown()
      assert.deepStrictEqual(before, { refunded: 65, count: 2 })

      assert.deepStrictEqual(await prune(layer), { deliveries: 0, inbox: 2 })
      assert.strictEqual(await tell(told), 3)
      assert.deepStrictEqual(await shown(), before)
      assert.isTrue((await server.journal()).ok)
    })
  })
}

describe("a server with a retention", () => {
  it("removes what is older, and without one nothing", async () => {
    const first = await started()
    const call = callerOf(first)
    for (const event of ["old", "newest"]) {
      const told: Told = { event, reference: "re_1", captureReference: "ch_none", amount: 1 }
      await fetch(`${first.url}/webhooks/desk`, { method: "POST", body: JSON.stringify(told) })
    }
    const file = new DatabaseSync(fileURLToPath(first.database))
    const count = () => file.prepare("SELECT count(*) AS count FROM inbox").get()?.["count"]
    const isJudged = "SELECT 1 FROM inbox WHERE state <> 'new'"
    while (file.prepare(isJudged).all().length < 2) await pause(20)
    const old = "UPDATE inbox SET state = 'applied', received_at = 1, due_at = NULL, available_at = NULL"
    // Whoever waited for the file here would keep this process, the server, from ending what it is about to write.
    await vi.waitFor(() => file.exec(old), { interval: 1, timeout: 60_000 })
    await started({ REFUND_DATABASE_URL: first.database })
    await pause(300)
    assert.strictEqual(count(), 2)
    await started({ REFUND_DATABASE_URL: first.database, REFUND_RETENTION_DAYS: "30" })
    while (count() !== 1) await pause(20)
    assert.strictEqual((await call("GET", "/v1/inbox")).body.events.length, 1)
    file.close()
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeClient, ProblemAnswered, ServerUnreachable } from "refund-api/Client"
import { afterAll, beforeAll } from "vitest"
import { payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
beforeAll(async () => {
  server = await startServer({ keys: "bob:*:bob-secret" })
})
afterAll(() => server.stop())

const client = () => makeClient({ url: server.url, key: server.adminKey })

describe("the typed client", () => {
  it.live("sends the rows of a file, and hears of each as it is decided", () =>
    Effect.gen(function* () {
      const api = client()
      yield* api.putOrder("import-1", payment("import-1", 100))
      const heard: Array<string> = []
      const rows = new Blob(["Order,amount,currency\nimport-1,0.40,USD\n", "import-1,9.00,USD\n"]).stream()
      const how = { map: ["Order=orderId"], kind: "refunds", dryRun: true } as const
      const end = yield* api.importRows(rows, how, (line) => void heard.push(Object.keys(line).join()))
      assert.deepStrictEqual(heard, ["rejected", "progress", "totals"])
      assert.deepStrictEqual(end, {
        totals: { rows: 2, made: 1, replayed: 0, rejected: 1, untold: 0, dryRun: true }
      })
      const lines = '{"refund":{"orderId":"import-1","amount":40}}'
      const made = yield* api.importRows(lines, { type: "application/x-ndjson" })
      assert.strictEqual(made.totals.made, 1)
      const refused = yield* Effect.flip(api.importRows("nothing"))
      assert(refused._tag === "ProblemAnswered" && refused.problem.code === "UnreadableFile")
    })
  )

  it.live("does everything that the API does, with bigint amounts", () =>
    Effect.gen(function* () {
      const api = client()
      assert.deepStrictEqual(yield* api.putOrder("o/1", { ...payment("o/1", 100), customerId: "c 1" }), {
        id: "o/1",
        created: true,
        changed: true
      })
      const capture = { ...payment("o/1", 50).captures[0]!, id: "more" }
      assert.isTrue((yield* api.addCapture("o/1", capture)).changed)
      const dispute = { id: "d", captureId: "more", amount: 5, state: "lost", at: "2026-11-02T00:00:00Z" } as const
      assert.isTrue((yield* api.recordDispute("o/1", dispute)).created === false)
      const preview = yield* api.preview("o/1", { amount: 40, captureId: "o/1-c" })
      assert.strictEqual(preview.after?.held, 40n)
      const body = { amount: 40, captureId: "o/1-c", requiresApproval: true }
      const made = yield* api.request("o/1", body, { idempotencyKey: "k" })
      assert.deepStrictEqual([made.replayed, made.stillOpen, made.refund.amount], [false, false, 40n])
      const again = yield* api.request("o/1", body, { idempotencyKey: "k" })
      assert.isTrue(again.replayed)
      assert("id" in made.refund)
      const bob = makeClient({ url: `${server.url}/`, key: "bob-secret" })
      yield* bob.decide("approve", made.refund.id)
      const waited = yield* api.request("o/1", { amount: 1 }, { idempotencyKey: "k2", waitSeconds: 30 })
      assert.strictEqual(waited.refund.state, "settled")
      // What the worker does of its own accord is over: from here on nothing happens but what is asked for.
      yield* Effect.repeat(api.refund(made.refund.id), { until: ({ state }) => state === "settled" })
      const shown = yield* api.refund(made.refund.id)
      assert.isAtLeast(shown.journal?.length ?? 0, 2)
      assert.strictEqual((yield* api.refunds({ orderId: "o/1", limit: "1" })).refunds.length, 1)
      const order = yield* api.order("o/1")
      assert.deepStrictEqual([order.collected, order.disputed, order.refunds.length], [150n, 5n, 2])
      assert.deepStrictEqual((yield* api.credit("c 1")).balances, [])
      yield* api.putOrder("o 2", { currency: "USD", customerId: "c/2", captures: payment("o 2", 100).captures })
      yield* api.request("o 2", { amount: 9, destination: "store_credit" }, { idempotencyKey: "credit" })
      const spend = { id: "spent", orderId: "o 2", amount: 4, currency: "USD" }
      const spent = yield* api.spendCredit("c/2", spend)
      assert.deepStrictEqual([spent.changed, spent.credit.balance, spent.order.collected], [true, 5n, 104n])
      assert.isFalse((yield* api.spendCredit("c/2", spend)).changed)
      const [account] = (yield* api.credit("c/2")).balances
      assert.deepStrictEqual(
        account?.entries?.map(({ amount }) => amount),
        [9n, -4n]
      )
      const policy = yield* api.policy
      assert.strictEqual((yield* api.setPolicy({ version: policy.version, overrides: {} })).version, policy.version + 1)
      assert.strictEqual((yield* api.closePeriod({ before: "2026-01-01T00:00:00Z" })).closedBefore, 1_767_225_600_000)
      const recorded = yield* api.request("o/1", { amount: 2, settled: true }, { idempotencyKey: "Łódź" })
      assert("id" in recorded.refund)
      const reversed = yield* bob.decide("reverse", recorded.refund.id, { note: "mistaken" })
      assert.strictEqual(reversed.state, "reversed")
      const { events, next } = yield* api.events({ types: "credit.*" })
      assert.deepStrictEqual(
        events.map(({ type }) => type),
        ["credit.posted", "credit.spent"]
      )
      assert.deepStrictEqual((yield* api.events({ after: next })).events, [])
      const endpoint = yield* api.addEndpoint({ url: "https://shop.example", events: ["*"], enabled: false })
      assert.match(endpoint.secret ?? "", /^whsec_/)
      yield* api.putEndpoint("erp", { url: "https://erp.example", events: ["refund.*"], form: "geins" })
      assert.strictEqual((yield* api.rotateSecret("erp")).secrets, 2)
      assert.strictEqual((yield* api.dropOldSecret("erp")).secrets, 1)
      assert.deepStrictEqual(yield* api.deliveries("erp", { state: "dead" }), { deliveries: [], next: null })
      assert.deepStrictEqual(yield* api.replayEndpoint("erp"), { replayed: 0 })
      assert.strictEqual((yield* Effect.flip(api.replayDelivery("1"))).message, 'No delivery "1"')
      yield* api.removeEndpoint("erp")
      assert.deepStrictEqual(
        (yield* api.endpoints).endpoints.map(({ id }) => id),
        [endpoint.id]
      )
      assert.deepStrictEqual(yield* api.inbox({ state: "parked" }), { events: [], next: null })
      assert.strictEqual((yield* Effect.flip(api.retryInbox("1"))).message, 'No event "1" is parked')
      const { entries, postings } = yield* api.journal("o/1")
      assert.include(JSON.stringify(entries), '"key":"Łódź"')
      const mirrored = postings.filter(({ source }) => source === `refund:${recorded.refund.groupId}`)
      assert.deepStrictEqual(mirrored.flatMap(({ lines }) => lines.map(({ amount }) => amount)).toSorted(), [
        -2n,
        -2n,
        2n,
        2n
      ])
      assert.isTrue((yield* api.verify).ok)
    })
  )

  it.live("tells a problem, which changed nothing, from no answer, which may have", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(client().request("A-1001", { amount: 99_999 }, { idempotencyKey: "k3" }))
      assert(refused instanceof ProblemAnswered)
      assert.deepStrictEqual([refused.problem.status, refused.problem.code], [422, "ExceedsCollected"])
      const badKey = yield* Effect.flip(client().request("A-1001", { amount: 1 }, { idempotencyKey: "a\nb" }))
      assert(badKey instanceof ProblemAnswered)
      assert.deepStrictEqual([badKey.problem.status, badKey.problem.code], [400, "Malformed"])
      const gone = yield* Effect.promise(() => startServer())
      yield* Effect.promise(gone.stop)
      const nobody = yield* Effect.flip(makeClient({ url: gone.url, key: "k" }).order("A-1001"))
      assert(nobody instanceof ServerUnreachable)
      assert.match(nobody.message, /^No answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
      const other = yield* Effect.flip(makeClient({ url: `${server.url}/medusa`, key: server.adminKey }).verify)
      assert(other instanceof ServerUnreachable)
      assert.match(other.message, /answered 404 in a form that is not this API's/)
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "reader:refunds:read:reader-secret,teller:refunds:record:teller-secret" })
  call = callerOf(server)
})
afterAll(() => server.stop())

/** A refund that the simulator has paid. */
const settled = async (amount: number, capture: object = {}, wait = 30) => {
  const order = fresh("o")
  await call("PUT", `/v1/orders/${order}`, { body: payment(order, 100, { ...capture }) })
  const { body } = await call("POST", `/v1/orders/${order}/refunds`, {
    headers: { "idempotency-key": order, prefer: `wait=${wait}` },
    body: { amount }
  })
  return body
}

const reconcile = (rows: ReadonlyArray<object>, more: object = {}, key = server.adminKey) =>
  call("POST", "/v1/reconciliations", {
    key,
    body: {
      provider: "simulator",
      report: "october",
      rows: rows.map((row, at) => ({ row: at + 2, kind: "refund", currency: "USD", ...row })),
      ...more
    }
  })

// biome-ignore lint/suspicious/noExplicitAny: the assertions say what it must be
const verdicts = ({ body }: { readonly body: any }) =>
  body.results.map((each: Record<string, unknown>) => [each["verdict"], each["refundId"], each["reconciled"]])

describe("a settlement report", () => {
  it("matches by the provider's name or by ours, and tells what differs; nothing is guessed", async () => {
    const [one, two, open] = await Promise.all([settled(40), settled(40), settled(40, { reference: "sim_hang" }, 0)])
    assert.strictEqual(one.state, "settled")
    const answer = await reconcile([
      { reference: one.providerReference, amount: 40 },
      { refundId: two.id.toUpperCase(), amount: 40 },
      { reference: one.providerReference, refundId: one.id, amount: 41 },
      { reference: one.providerReference, refundId: two.id, amount: 40 },
      { reference: "re_unknown", amount: 40 },
      { refundId: "no id of ours", amount: 40 },
      { amount: 40 },
      { refundId: open.id, amount: 40, currency: "EUR" },
      { kind: "returned", reference: one.providerReference, amount: 40 }
    ])
    assert.deepStrictEqual(verdicts(answer), [
      ["matched", one.id, false],
      ["matched", two.id, false],
      ["differing", one.id, false],
      ["ambiguous", null, false],
      ["missing_here", null, false],
      ["missing_here", null, false],
      ["missing_here", null, false],
      ["differing", open.id, false],
      ["differing", one.id, false]
    ])
    const { results } = answer.body
    assert.deepStrictEqual(results[2].differences, [{ field: "amount", here: "0.40 USD", there: "0.41 USD" }])
    assert.deepStrictEqual(
      results[7].differences.map((each: { readonly field: string }) => each.field),
      ["currency", "state"]
    )
    assert.deepStrictEqual(results[8].differences, [{ field: "state", here: "settled", there: "reversed or failed" }])
    const elsewhere = await reconcile([{ refundId: one.id, amount: 40 }], { provider: "stripe" })
    assert.strictEqual(elsewhere.body.results[0].differences[0].field, "provider")
  })

  it("marks what matches, once, with its fee in the books", async () => {
    const one = await settled(40)
    const rows = [{ reference: one.providerReference, amount: 40, fee: 3, at: "2026-02-03T04:05:06Z" }]
    assert.deepStrictEqual(verdicts(await reconcile(rows, { mark: true })), [["matched", one.id, true]])
    const again = await reconcile(rows, { mark: true, report: "november" })
    assert.strictEqual(again.body.results[0].reconciledIn, "october")
    const { body } = await call("GET", `/v1/refunds/${one.id}`)
    assert.deepInclude(body, { state: "settled", reconciledAt: "2026-02-03T04:05:06.000Z", reconciledIn: "october" })
    assert.deepStrictEqual(body.postings.at(-1).lines, [
      { account: "provider_clearing", amount: 40 },
      { account: "provider_fees", amount: 3 },
      { account: "bank", amount: -43 }
    ])
    assert.strictEqual(body.postings.length, 2)
    assert.isTrue((await server.journal()).ok)
  })

  it("that has a second payout of a refund differs, in whichever report it is; the same row again does not", async () => {
    const one = await settled(40)
    const first = { reference: one.providerReference, refundId: one.id, amount: 40 }
    const second = { ...first, reference: "sim_re_a_second_payout" }
    const differences = [{ field: "reference", here: one.providerReference, there: second.reference }]
    assert.deepStrictEqual((await reconcile([second], { mark: true })).body.results[0].differences, differences)
    assert.deepStrictEqual(verdicts(await reconcile([first], { mark: true })), [["matched", one.id, true]])
    const november = await reconcile([second], { mark: true, report: "november" })
    assert.deepStrictEqual(verdicts(november), [["differing", one.id, true]])
    assert.deepStrictEqual(november.body.results[0].differences, differences)
    const again = await reconcile([first, first, second], { mark: true, report: "october, again" })
    assert.deepStrictEqual(verdicts(again), [
      ["matched", one.id, true],
      ["matched", one.id, true],
      ["differing", one.id, true]
    ])
    assert.strictEqual((await call("GET", `/v1/refunds/${one.id}`)).body.postings.length, 2)
  })

  it("of which two rows are one refund, under a name each or none, is ambiguous, and neither is marked", async () => {
    const one = await settled(40)
    const two = await settled(40, { provider: "manual" }, 0)
    const paid = await call("POST", `/v1/refunds/${two.id}/settle`, { key: "teller-secret", body: { note: "by bank" } })
    assert.deepStrictEqual([paid.body.state, paid.body.providerReference], ["settled", null])
    const byHand = { provider: "manual", mark: true }
    const rows = [
      { refundId: two.id, reference: "bank 1", amount: 40 },
      { refundId: two.id, reference: "bank 2", amount: 40 }
    ]
    const told = await reconcile(rows, byHand)
    assert.deepStrictEqual(verdicts(told), [
      ["ambiguous", two.id, false],
      ["ambiguous", two.id, false]
    ])
    assert.deepStrictEqual(told.body.results[0].differences, [
      { field: "rows", here: `one refund, ${two.id}`, there: "rows 2, 3" }
    ])
    const nameless = [
      { reference: one.providerReference, amount: 40 },
      { refundId: one.id, amount: 40 }
    ]
    assert.deepStrictEqual(verdicts(await reconcile(nameless, { mark: true })), [
      ["ambiguous", one.id, false],
      ["ambiguous", one.id, false]
    ])
    const alone = await reconcile(rows.slice(0, 1), byHand)
    assert.deepStrictEqual(verdicts(alone), [["matched", two.id, true]])
  })

  it("tells a second payout of what was settled by hand: once it is reconciled it has the name of that line", async () => {
    const one = await settled(40, { provider: "manual" }, 0)
    await call("POST", `/v1/refunds/${one.id}/settle`, { key: "teller-secret", body: { note: "by bank" } })
    const byHand = { provider: "manual", mark: true }
    const line = (reference: string | null, more: object = {}) => ({ refundId: one.id, reference, amount: 40, ...more })
    const resultOf = async (row: object, report: string) =>
      (await reconcile([row], { ...byHand, report })).body.results[0]
    assert.deepStrictEqual(verdicts(await reconcile([line("bank 1")], byHand)), [["matched", one.id, true]])
    for (const report of ["october", "november"]) {
      const again = await resultOf(line("bank 1"), report)
      assert.deepStrictEqual([again.verdict, again.reconciledIn], ["matched", "october"])
    }
    const second = await resultOf(line("bank 2"), "november")
    assert.deepInclude(second, { verdict: "differing", refundId: one.id, reconciled: true, reconciledIn: "october" })
    assert.deepStrictEqual(second.differences, [{ field: "reference", here: "bank 1", there: "bank 2" }])
    const looked = await reconcile([line("bank 1"), line("bank 2")], { provider: "manual" }, "reader-secret")
    assert.deepStrictEqual(verdicts(looked), [
      ["matched", one.id, true],
      ["differing", one.id, true]
    ])
    const nameless = await resultOf(line(null), "november")
    assert.strictEqual(nameless.verdict, "ambiguous")
    assert.deepStrictEqual(nameless.differences, [
      { field: "report", here: "october, row bank 1", there: "november, a row without a name" }
    ])
    assert.strictEqual((await call("GET", `/v1/refunds/${one.id}`)).body.postings.length, 2)
  })

  it("knows a row without a name by its report and its time only", async () => {
    const one = await settled(40, { provider: "manual" }, 0)
    await call("POST", `/v1/refunds/${one.id}/settle`, { key: "teller-secret", body: { note: "by bank" } })
    const row = { refundId: one.id, amount: 40, at: "2026-02-03T04:05:06Z" }
    const verdictOf = async (more: object, report: string) =>
      verdicts(await reconcile([{ ...row, ...more }], { provider: "manual", mark: true, report }))[0]?.[0]
    assert.strictEqual(await verdictOf({}, "october"), "matched")
    assert.strictEqual(await verdictOf({}, "october"), "matched")
    assert.strictEqual(await verdictOf({ at: "2026-02-04T04:05:06Z" }, "october"), "ambiguous")
    assert.strictEqual(await verdictOf({}, "november"), "ambiguous")
    assert.strictEqual(await verdictOf({ reference: "bank 1" }, "october"), "ambiguous")
  })

  it("that two send at once under a name each is one of theirs, and the other is told", async () => {
    const one = await settled(40, { provider: "manual" }, 0)
    await call("POST", `/v1/refunds/${one.id}/settle`, { key: "teller-secret", body: { note: "by bank" } })
    const names = ["bank 1", "bank 2", "bank 3", "bank 4"]
    const answers = await Promise.all(
      names.map((reference) =>
        reconcile([{ refundId: one.id, reference, amount: 40 }], { provider: "manual", mark: true, report: "october" })
      )
    )
    const told = answers.map((each) => verdicts(each)[0]?.[0]).toSorted()
    assert.deepStrictEqual(told, ["differing", "differing", "differing", "matched"])
  })

  it("is marked only by who may record, and refused as a whole where its form is wrong", async () => {
    const one = await settled(40)
    const rows = [{ refundId: one.id, amount: 40 }]
    assert.strictEqual((await reconcile(rows, {}, "reader-secret")).status, 200)
    const refused = await reconcile(rows, { mark: true }, "reader-secret")
    assert.deepStrictEqual([refused.status, refused.body.violations[0].permission], [403, "refunds:record"])
    for (const wrong of [{ rows: [] }, { rows: [{}] }, { report: "" }, { more: 1 }]) {
      assert.strictEqual((await reconcile(rows, wrong)).status, 400)
    }
  })
})

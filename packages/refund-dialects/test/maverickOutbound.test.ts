/** What Maverick's answers mean to whoever asked for the refund. */
import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { outcomeOf } from "../src/internal/outcomes.ts"
import { capabilities, capabilitiesOf } from "../src/maverick/capabilities.ts"
import { inList, returnIn, said } from "../src/maverick/said.ts"
import seed from "./fixtures/maverick.json" with { type: "json" }
import { answer, attemptOn, usd } from "./support/outbound.ts"

const attempt = attemptOn("882", { amount: 199n })
const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const settled: Outcome = { _tag: "settled", reference: "883", amount: 199n, currency: usd, at: null }
const other = unknown("Maverick answered about another refund, 883")
const status = (status: string, reason: string | null = null) => ({ status: { status, reason } })

describe("the payment that Maverick answers with", () => {
  const read = (more: object) => said(attempt, "882", answer("double", 200, { ...seed, ...more }))

  it.each<[more: object, Outcome]>([
    [{}, settled],
    [{ externalId: attempt.id }, settled],
    [status("InProgress"), { _tag: "pending", reference: "883" }],
    [status("Decline", "Do not honor"), { _tag: "declined", code: "Decline: Do not honor", reference: "883" }],
    [status("Decline"), { _tag: "declined", code: "Decline", reference: "883" }],
    // What a gateway calls an error may have been paid.
    [status("Error", "timeout"), unknown("Maverick says that refund 883 is in error: timeout")],
    [status("Error"), unknown("Maverick says that refund 883 is in error: no reason")],
    [status("approved"), unknown("Maverick's answer cannot be read as a refund")],
    [{ amount: "1.98" }, { ...settled, amount: 198n }],
    [{ amount: "2" }, { ...settled, amount: 200n }],
    [{ amount: 1.99 }, unknown("Maverick's answer cannot be read as a refund")],
    [{ amount: "1.999" }, unknown("Maverick's refund has no amount that can be read")],
    [{ amount: "-1.99" }, unknown("Maverick's refund has no amount that can be read")],
    [{ ...status("InProgress"), amount: "9.99" }, unknown("Maverick has another amount in progress, 9.99")],
    [{ type: "Sale" }, other],
    [{ parent: { id: 881 } }, other],
    [{ parent: { id: null } }, other],
    [{ externalId: "another" }, other],
    [{ id: "883" }, unknown("Maverick's answer cannot be read as a refund")]
  ])("with %j", (more, outcome) => assertEquals(read(more), outcome))

  it("is another one where a refund was asked about by its own id", () => {
    assertEquals(returnIn({ ...attempt, reference: "883" }, "882", seed), settled)
    assertEquals(returnIn({ ...attempt, reference: "884" }, "882", seed), other)
  })

  it("is declined by a 422, whether the form was wrong, a rule broken or the card's bank said no", () => {
    const no = (message: string) =>
      said(attempt, "882", answer("double", 422, { name: "Unprocessable entity", message, code: 0, status: 422 }))
    const declined = (code: string): Outcome => ({ _tag: "declined", code, reference: null })
    assertEquals(no("Insufficient funds"), declined("422 Unprocessable entity: Insufficient funds"))
    assertEquals(
      no("Duplicate transaction suspected"),
      declined("422 Unprocessable entity: Duplicate transaction suspected")
    )
    assertEquals(no("card 4111 1111 1111 1111 is closed"), declined("422 Unprocessable entity"))
    assert.isNull(no(`externalId ${attempt.id} is taken`))
  })
})

describe("a repeat that meets the first request while it is under way", () => {
  const conflict = { name: "Conflict", message: "The first request is still at the provider", code: 0, status: 409 }

  it("leaves it open what becomes of the attempt: nothing is declined, and nothing is taken for never sent", () =>
    assertEquals(
      outcomeOf("Maverick", answer("double", 409, conflict), (reply) => said(attempt, "882", reply)),
      unknown("Maverick answered 409")
    ))
})

describe("a list that was filtered by our id", () => {
  const list = (items: ReadonlyArray<object>, totalCount = items.length, code = 200) =>
    inList(attempt, "882", answer("double", code, { items, _meta: { totalCount } }))
  const ours = { ...seed, externalId: attempt.id }

  it("has the refund", () => assertEquals(list([ours]), settled))
  it("is empty: the gateway has never heard of it", () => assertEquals(list([]), null))

  it.each<[items: ReadonlyArray<object>, totalCount: number, code: number]>([
    // A filter that the gateway does not understand finds everything.
    [[seed], 1, 200],
    [[], 7, 200],
    [[ours, ours], 2, 200],
    [[], 0, 404]
  ])("says nothing where it has %j of %i (%i)", (items, totalCount, code) =>
    assert.strictEqual(list(items, totalCount, code)?._tag, "unknown")
  )

  it("is worth asking for only where the gateway was seen to keep it", () => {
    assert.strictEqual(capabilities.lookup, "reference")
    assert.strictEqual(capabilitiesOf({ keepsExternalId: true }).lookup, "key")
    assert.deepEqual(capabilitiesOf({}), capabilities)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { outcomeIn, outcomeOf, readRefund, type StripeRefund } from "../src/internal/StripeRefund.ts"
import { fixture } from "./double/description.ts"
import { attemptOn, usd } from "./support/attempts.ts"

const attempt = attemptOn("ch_1PgafuB7WZ01zgkWXYmPNZs8", { amount: 100n })
const metadata = { refund_id: attempt.refundId, attempt_id: attempt.id, tenant: attempt.tenant }
const wire = (more: object) => ({ ...fixture.refund, metadata, ...more })

const read = (more: object): StripeRefund => {
  const refund = readRefund(wire(more))
  assert.isNotNull(refund)
  return refund
}

const reference = "re_1Pgc72B7WZ01zgkWqPvrRrPE"
const created = 1_234_567_890_000
const event = 1_300_000_000_000

describe("a refund's status", () => {
  const settled = (at: number): Outcome => ({ _tag: "settled", reference, amount: 100n, currency: usd, at })
  const declined = (code: string): Outcome => ({ _tag: "declined", code, reference })
  const reversed = (detail: string): Outcome => ({ _tag: "reversed", reference, detail, at: event })

  it.each<[status: string | null, reason: string | null, before: string | null, Outcome]>([
    ["succeeded", null, null, settled(created)],
    ["succeeded", null, "pending", settled(event)],
    ["succeeded", null, "requires_action", settled(event)],
    ["pending", null, null, { _tag: "pending", reference }],
    ["pending", null, "requires_action", { _tag: "pending", reference }],
    ["requires_action", null, null, { _tag: "requiresAction", reference }],
    ["canceled", null, null, declined("canceled")],
    ["canceled", "merchant_request", "requires_action", declined("canceled")],
    ["canceled", "merchant_request", "succeeded", reversed("merchant_request")],
    ["failed", null, null, declined("failed")],
    ["failed", null, "succeeded", reversed("failed")],
    ["failed", "expired_or_canceled_card", "pending", declined("expired_or_canceled_card")],
    ["failed", "expired_or_canceled_card", "requires_action", declined("expired_or_canceled_card")],
    ["failed", "expired_or_canceled_card", "succeeded", reversed("expired_or_canceled_card")],
    // Every reason that Stripe documents.
    ...[
      "charge_for_pending_refund_disputed",
      "declined",
      "insufficient_funds",
      "lost_or_stolen_card",
      "merchant_request",
      "unknown"
    ].flatMap(
      (reason): ReadonlyArray<[string, string, string | null, Outcome]> => [
        ["failed", reason, null, declined(reason)],
        ["failed", reason, "succeeded", reversed(reason)]
      ]
    ),
    [null, null, null, { _tag: "unknown", detail: `Stripe says that ${reference} is of no status` }],
    ["settling", null, null, { _tag: "unknown", detail: `Stripe says that ${reference} is settling` }]
  ])("%s (%s) after %s", (status, failure_reason, before, expected) => {
    const told = { before, at: before === null ? null : event }
    assertEquals(outcomeOf(read({ status, failure_reason }), told), expected)
  })

  it.each(["pending_reason", "next_action", "something_new"])("is not changed by %s", (field) =>
    assertEquals(outcomeOf(read({ status: "pending", [field]: "x" })), { _tag: "pending", reference })
  )
})

describe("a refund that is answered", () => {
  it.each<[what: string, more: object]>([
    ["no object", { object: "charge" }],
    ["no id", { id: "" }],
    ["a decimal amount", { amount: 19.99 }],
    ["an amount in text", { amount: "100" }],
    ["an amount beyond exact numbers", { amount: 2 ** 53 }],
    ["a negative amount", { amount: -100 }],
    ["no currency", { currency: null }],
    ["a currency that there is not", { currency: "usdc" }],
    ["a status that is no text", { status: 1 }],
    ["no time", { created: null }],
    ["metadata that is none", { metadata: "attempt" }]
  ])("with %s is not read", (_, more) => {
    assert.isNull(readRefund(wire(more)))
    assertEquals(outcomeIn(wire(more), attempt, { charge: "ch_1PgafuB7WZ01zgkWXYmPNZs8" })._tag, "unknown")
  })

  it.each([null, undefined, 7, "re_1", [], {}, { error: {} }])("as %j is not read", (json) =>
    assert.isNull(readRefund(json))
  )

  it("is read whether Stripe names charge and payment intent or sends them whole", () => {
    const { charge, paymentIntent } = read({
      charge: { ...fixture.charge, id: "ch_9" },
      payment_intent: { id: "pi_9" }
    })
    assert.deepStrictEqual({ charge, paymentIntent }, { charge: "ch_9", paymentIntent: "pi_9" })
  })

  it("with the amount or currency of another sum says so, for the ledger to compare (T25)", () => {
    const charge = { charge: "ch_1PgafuB7WZ01zgkWXYmPNZs8" }
    const more = { amount: 300, currency: "jpy", status: "succeeded" }
    assertEquals(outcomeIn(wire(more), attempt, charge), {
      _tag: "settled",
      reference,
      amount: 300n,
      currency: read(more).currency,
      at: created
    })
  })

  it.each<[what: string, more: object]>([
    ["another attempt", { metadata: { ...metadata, attempt_id: metadata.refund_id } }],
    ["no attempt", { metadata: {} }],
    ["no metadata", { metadata: null }],
    ["another charge", { charge: "ch_other" }]
  ])("of %s says nothing about ours (T25)", (_, more) => {
    const outcome = outcomeIn(wire({ status: "failed", ...more }), attempt, { charge: "ch_1PgafuB7WZ01zgkWXYmPNZs8" })
    assertEquals(outcome, { _tag: "unknown", detail: `Stripe answered with another refund, ${reference}` })
  })
})

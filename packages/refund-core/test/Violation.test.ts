import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual, throws } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { CurrencyCode } from "../src/Currency.ts"
import { message, precedence, rejected, Violation, type ViolationTag } from "../src/Violation.ts"

const usd = CurrencyCode.make("USD")
const amounts = { currency: usd, requested: 1_234n, refundable: 5n }
const is = { field: "amount", registered: "1", requested: "2" }

/** Each violation in the order in which a rejection tells them, as a clerk reads it. */
const told: ReadonlyArray<readonly [Violation, string]> = [
  [{ _tag: "NotPermitted", permission: "refunds:over" }, "This credential may not do that: it needs refunds:over"],
  [
    { _tag: "SelfApproval", principal: "ada", refundId: "r-1" },
    "ada requested refund r-1; another person must decide on it"
  ],
  [{ _tag: "IdempotencyKeyReused", key: "k-1" }, "Key k-1 was already used for another request"],
  [{ _tag: "Malformed", path: "lines.0.amount", expected: "an amount" }, "lines.0.amount: an amount"],
  [{ _tag: "Malformed", path: "", expected: "an object" }, "an object"],
  [{ _tag: "OrderNotFound", orderId: "o-1" }, "No order o-1"],
  [{ _tag: "CaptureNotFound", captureId: "c-1" }, "No capture c-1"],
  [{ _tag: "RefundNotFound", refundId: "r-1" }, "No refund r-1"],
  [{ _tag: "ComponentNotFound", component: "line:1" }, "The order has no line:1"],
  [{ _tag: "CaptureRequired", orderId: "o-1" }, "Name the capture of order o-1 to refund"],
  [{ _tag: "NotCaptured", captureId: "c-1" }, "Capture c-1 is only authorized; no money was taken yet"],
  [{ _tag: "CurrencyMismatch", registered: "USD", requested: "EUR" }, "Registered in USD, requested in EUR"],
  [{ _tag: "AmountMissing", field: "amount" }, "amount is missing; say how much to refund"],
  [{ _tag: "AmountNotPositive", field: "amount", amount: "-1" }, "amount must be more than 0, not -1"],
  [
    { _tag: "AmountTooPrecise", field: "amount", amount: "1.001", digits: 2 },
    "amount 1.001 has more than the currency's 2 decimals"
  ],
  [{ _tag: "DisputeOpen", captureId: "c-1", disputed: 1_234n, currency: usd }, "12.34 USD of capture c-1 are disputed"],
  [
    { _tag: "ExceedsCaptured", captureId: "c-1", ...amounts },
    "Requested 12.34 USD of 0.05 USD refundable on capture c-1"
  ],
  [
    { _tag: "ExceedsCaptured", captureId: "c-1", ...amounts, requested: 0n },
    "Nothing is left to refund on capture c-1"
  ],
  [{ _tag: "ExceedsCollected", orderId: "o-1", ...amounts }, "Requested 12.34 USD of 0.05 USD refundable on order o-1"],
  [
    { _tag: "ExceedsOrderTotal", orderId: "o-1", ...amounts },
    "Requested 12.34 USD of 0.05 USD left of the total of order o-1"
  ],
  [
    { _tag: "SubtotalUnknown", orderId: "o-1" },
    "Order o-1 has no subtotal to measure against; restate tax and discounts"
  ],
  [
    { _tag: "ExceedsSubtotal", orderId: "o-1", currency: usd, requested: 1_234n, subtotal: 5n },
    "Without tax and discounts restated, at most the subtotal 0.05 USD can be refunded; requested 12.34 USD"
  ],
  [
    { _tag: "ExceedsComponent", component: "shipping", ...amounts },
    "Requested 12.34 USD of 0.05 USD refundable for shipping"
  ],
  [
    { _tag: "ExceedsCredit", customerId: "c-7", ...amounts },
    "Spending 12.34 USD of 0.05 USD left of the store credit of customer c-7"
  ],
  [
    { _tag: "WindowClosed", captureId: "c-1", days: 180, capturedAt: 0 },
    "The provider gives capture c-1 back for 180 days, and it is older: refund to store_credit or payout"
  ],
  [
    { _tag: "OnlyInFull", captureId: "c-1", ...amounts },
    "The provider gives capture c-1 back only whole: requested 12.34 USD of 0.05 USD"
  ],
  [
    { _tag: "AmountNotInSteps", captureId: "c-1", currency: usd, requested: 1_234n, step: 5n },
    "The provider pays USD in steps of 0.05 USD; 12.34 USD of capture c-1 is not one"
  ],
  [
    { _tag: "NothingToDeductFrom", orderId: "o-1", currency: usd, requested: 1_234n, open: 5n },
    "A return cost of 12.34 USD has only 0.05 USD of open refunds to be deducted from"
  ],
  [{ _tag: "CustomerRequired", orderId: "o-1" }, "Order o-1 has no customer to credit"],
  [{ _tag: "ReasonRequired", field: "reason" }, "reason is required here: say why"],
  [
    { _tag: "OrderDoesNotAdd", field: "total", currency: usd, stated: 1_234n, computed: 5n },
    "total is stated as 12.34 USD but the parts give 0.05 USD"
  ],
  [{ _tag: "CaptureConflict", captureId: "c-1", ...is }, "Capture c-1 is registered with amount 1, not 2"],
  [{ _tag: "OrderConflict", orderId: "o-1", ...is }, "Order o-1 keeps amount 1; it cannot become 2"],
  [{ _tag: "DisputeConflict", disputeId: "d-1", ...is }, "Dispute d-1 is registered with amount 1, not 2"],
  [
    { _tag: "StateConflict", refundId: "r-1", state: "settled", action: "cancel" },
    "Refund r-1 is settled; cancel does not apply"
  ],
  [
    { _tag: "VersionConflict", expected: 1, actual: 2 },
    "Changed meanwhile: expected version 1, it is 2; read it again"
  ],
  [
    { _tag: "LastManagingKey", keyId: "key_1", name: "admin" },
    "Key admin (key_1) is the last that manages keys; make another such key first"
  ]
]

describe("a violation", () => {
  for (const [violation, line] of told) it(line, () => strictEqual(message(violation), line))

  it("says all its numbers on the wire, and is not read back without one of them", () => {
    const codec = Schema.toCodecJson(Violation)
    const decode = Schema.decodeUnknownResult(codec)
    for (const [violation] of told) {
      const wire = Result.getOrThrow(Schema.encodeUnknownResult(codec)(violation)) as Readonly<Record<string, unknown>>
      deepStrictEqual(Result.getOrThrow(decode(wire)), violation)
      for (const name of Object.keys(violation)) {
        const { [name]: _, ...less } = wire
        strictEqual(Result.isSuccess(decode(less)), false, `${violation._tag} without ${name}`)
      }
    }
  })

  it("is never left out of this list", () => {
    const tags: ReadonlyArray<ViolationTag> = told.map(([{ _tag }]) => _tag)
    deepStrictEqual([...new Set(tags)].sort(), Object.keys(precedence).sort())
  })
})

describe("a rejection", () => {
  it("tells all that apply, in the documented order", () => {
    const violations = told.map(([violation]) => violation).filter(({ _tag }) => _tag !== "NotPermitted")
    deepStrictEqual(
      rejected(violations.toReversed())
        .violations.map(({ _tag }) => _tag)
        .filter(isNew),
      violations.map(({ _tag }) => _tag).filter(isNew)
    )
  })

  it("for want of a right tells that alone, and no figure", () => {
    const { violations } = rejected([
      { _tag: "ExceedsCaptured", captureId: "c-1", ...amounts },
      { _tag: "NotPermitted", permission: "refunds:request" }
    ])
    deepStrictEqual(violations, [{ _tag: "NotPermitted", permission: "refunds:request" }])
  })

  it("is for something", () => throws(() => rejected([]), new Error("a rejection needs a violation")))
})

const isNew = (tag: ViolationTag, index: number, tags: ReadonlyArray<ViolationTag>): boolean =>
  tags.indexOf(tag) === index

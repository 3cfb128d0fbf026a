import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import {
  applyCredit,
  balance,
  type CreditEvent,
  expired,
  expiryAfter,
  type Lot,
  nextExpiry,
  noCredit,
  spendable
} from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"

const customerId = "c-7" as CustomerId
const currency = "EUR" as CurrencyCode
const whose = { customerId, currency }
const refundId = "00000000-0000-4000-8000-000000000001" as RefundId

const posted = (amount: bigint, expiresAt: number | null): CreditEvent => ({
  _tag: "CreditPosted",
  refundId,
  ...whose,
  amount,
  expiresAt
})
const spent = (amount: bigint): CreditEvent => ({
  _tag: "CreditSpent",
  ...whose,
  amount,
  orderId: "o-1" as OrderId,
  captureId: "k-1" as CaptureId
})
const reversed = (amount: bigint): CreditEvent => ({ _tag: "CreditReversed", refundId, ...whose, amount })
const ended = (amount: bigint, before: number): CreditEvent => ({ _tag: "CreditExpired", ...whose, amount, before })

const after = (...events: ReadonlyArray<CreditEvent>) => events.reduce(applyCredit, noCredit(customerId, currency))
const lots = (...all: ReadonlyArray<readonly [expiresAt: number | null, left: bigint]>): ReadonlyArray<Lot> =>
  all.map(([expiresAt, left]) => ({ expiresAt, left }))

describe("a customer's credit", () => {
  it("is kept soonest to expire first, what never does last", () =>
    deepStrictEqual(
      after(posted(1n, null), posted(2n, 300), posted(3n, 100), posted(4n, 200)).lots,
      lots([100, 3n], [200, 4n], [300, 2n], [null, 1n])
    ))

  it("is one lot where it expires at the same time, so that lots are bounded by days", () => {
    deepStrictEqual(after(posted(1n, 100), posted(2n, 100)).lots, lots([100, 3n]))
    deepStrictEqual(after(posted(1n, null), posted(2n, null)).lots, lots([null, 3n]))
  })

  it("from before there were expiries never expires", () => {
    const old: CreditEvent = { _tag: "CreditPosted", refundId, ...whose, amount: 5n }
    deepStrictEqual(after(old).lots, lots([null, 5n]))
  })

  it("is spent from what expires first", () => {
    const credit = [posted(5n, 100), posted(5n, 200)]
    deepStrictEqual(after(...credit, spent(3n)).lots, lots([100, 2n], [200, 5n]))
    deepStrictEqual(after(...credit, spent(5n)).lots, lots([200, 5n]))
    deepStrictEqual(after(...credit, spent(7n)).lots, lots([200, 3n]))
    deepStrictEqual(after(...credit, spent(10n)).lots, [])
  })

  it("that is undone is taken from what lasts longest", () =>
    deepStrictEqual(after(posted(5n, 100), posted(5n, null), reversed(7n)).lots, lots([100, 3n])))

  it("has expired from its instant on, and is spendable until then", () => {
    const credit = after(posted(5n, 100), posted(2n, null))
    deepStrictEqual([expired(credit, 99), spendable(credit, 99)], [0n, 7n])
    deepStrictEqual([expired(credit, 100), spendable(credit, 100)], [5n, 2n])
    strictEqual(balance(credit), 7n)
    deepStrictEqual(applyCredit(credit, ended(5n, 100)).lots, lots([null, 2n]))
  })

  it("says when the next of it expires", () => {
    strictEqual(nextExpiry(after(posted(5n, 100), posted(2n, null))), 100)
    strictEqual(nextExpiry(after(posted(2n, null))), null)
    strictEqual(nextExpiry(after()), null)
  })

  it("is good through whole days", () => {
    const noon = Date.UTC(2026, 10, 22, 12)
    strictEqual(expiryAfter(null, noon), null)
    strictEqual(expiryAfter(1, noon), Date.UTC(2026, 10, 24))
    strictEqual(expiryAfter(365, noon), Date.UTC(2027, 10, 23))
  })
})

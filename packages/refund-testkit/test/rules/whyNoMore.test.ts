/** Why no more can be asked for, as a clerk reads it: to the moment, to the last minor unit, and in whose words. */
import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import { leftOf } from "refund-core/left"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import {
  begin,
  capture,
  charge,
  dispute,
  hours,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  settle,
  told
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const days = (count: number) => hours(24 * count)
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 6_000n)] }))

/** What is left at noon after these commands, of providers that can do no more than that. */
const left = (capabilities: Partial<Capabilities>, now: number, ...commands: ReadonlyArray<Command>) => {
  const [last] = commands.slice(-1)
  if (last === undefined) throw new Error("an order at least")
  const { after } = given(...commands.slice(0, -1))
    .when(last)
    .decision()
  if (after.order === null) throw new Error("no order")
  return leftOf(after.order, now, () => ({ ...assumed, ...capabilities }))
}

describe("why no more is left", () => {
  it("of a part: what was refunded and what is held of it", () => {
    const parts = register(order({ captures: [capture("c-1", 6_000n)], shipping: charge(1_000n) }))
    const shipping = (amount: bigint, id = r1) => request({ type: "shipping", amount, id, capture: "c-1" })
    deepStrictEqual(
      left({}, noon, parts, shipping(300n), begin(r1), told(r1, paid(300n)), shipping(200n, r2)).components,
      [{ id: "shipping", refundable: 500n, why: "10.00 USD charged − 2.00 USD held − 3.00 USD refunded" }]
    )
  })

  it("of an order: what was refunded to captures, as credit and by hand, in one sum", () => {
    deepStrictEqual(
      left(
        {},
        noon,
        captured,
        request({ amount: 500n, destination: "store_credit" }),
        request({ amount: 300n, destination: "payout", id: r2 }),
        settle(r2),
        request({ amount: 1_000n, capture: "c-1", id: r1 }),
        begin(r1),
        told(r1, paid(1_000n))
      ).order,
      { id: "o-1", refundable: 4_200n, why: "60.00 USD collected − 18.00 USD refunded" }
    )
  })

  it("of an order that owes more than it collected: by how much", () => {
    deepStrictEqual(left({}, noon, captured, request({ amount: 6_000n }), dispute("lost", { amount: 100n })).order, {
      id: "o-1",
      refundable: 0n,
      why: "60.00 USD collected − 60.00 USD held − 1.00 USD disputed; 1.00 USD more than was collected"
    })
    deepStrictEqual(left({}, noon, captured, request({ amount: 6_000n })).order, {
      id: "o-1",
      refundable: 0n,
      why: "60.00 USD collected − 60.00 USD held"
    })
  })

  it("of a capture whose provider gives back for so many days: from the moment that they are over", () => {
    const until = noon - hours(1) + days(180)
    const whole = { id: "c-1", refundable: 6_000n, why: "60.00 USD collected" }
    deepStrictEqual(left({ windowDays: 180 }, until, captured).captures, [whole])
    deepStrictEqual(left({ windowDays: 180 }, until + 1, captured).captures, [
      { id: "c-1", refundable: 0n, why: "60.00 USD collected; older than the 180 days simulator gives back for" }
    ])
    deepStrictEqual(left({ windowDays: null }, until + days(999), captured).captures, [whole])
  })

  it("of a capture that was only authorized: that, and not that it is old", () => {
    const only = register(order({ captures: [capture("c-1", 6_000n, { capturedAt: null })] }))
    deepStrictEqual(left({ windowDays: 1 }, noon, only).captures, [
      { id: "c-1", refundable: 0n, why: "0.00 USD collected; only authorized, nothing was collected" }
    ])
  })

  it("of a capture that is given back whole or not at all: nothing, once part of it is gone", () => {
    deepStrictEqual(left({ partial: false }, noon, captured).captures, [
      { id: "c-1", refundable: 6_000n, why: "60.00 USD collected" }
    ])
    deepStrictEqual(left({ partial: false }, noon, captured, request({ amount: 1n, destination: "payout" })).captures, [
      {
        id: "c-1",
        refundable: 0n,
        why: "60.00 USD collected; simulator gives it back only whole; the order has only 59.99 USD left"
      }
    ])
  })

  it("of what people pay back by hand: no provider stands in the way", () => {
    const byHand = register(order({ captures: [capture("c-1", 6_000n, { provider: "manual" })] }))
    deepStrictEqual(
      left({ windowDays: 1, partial: false }, noon + days(9), byHand, request({ amount: 1n, capture: "c-1" })).captures,
      [{ id: "c-1", refundable: 5_999n, why: "60.00 USD collected − 0.01 USD held" }]
    )
  })
})

import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import type { Command } from "refund-core/Command"
import { leftOf } from "refund-core/left"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import {
  authorized,
  begin,
  capture,
  charge,
  dispute,
  hours,
  line,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  told
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const r1 = refundId(1)

const left = (capabilities: Partial<Capabilities>, ...commands: ReadonlyArray<Command>) => {
  const [last] = commands.slice(-1)
  if (last === undefined) throw new Error("an order at least")
  const { after } = given(...commands.slice(0, -1))
    .when(last)
    .decision()
  if (after.order === null) throw new Error("no order")
  return leftOf(after.order, noon + hours(1), () => ({ ...assumed, ...capabilities }))
}

const two = register(order({ captures: [capture("c-1", 6_000n), capture("c-2", 4_000n)] }))

describe("what is left, and why", () => {
  it("is what was collected less what is held, refunded and disputed", () =>
    deepStrictEqual(
      left(
        {},
        two,
        request({ amount: 1_000n, capture: "c-1", id: r1 }),
        begin(r1),
        told(r1, paid(1_000n)),
        request({ amount: 500n, capture: "c-1" }),
        dispute("lost", { amount: 200n })
      ),
      {
        order: {
          id: "o-1",
          refundable: 8_300n,
          why: "100.00 USD collected − 5.00 USD held − 10.00 USD refunded − 2.00 USD disputed"
        },
        captures: [
          {
            id: "c-1",
            refundable: 4_300n,
            why: "60.00 USD collected − 5.00 USD held − 10.00 USD refunded − 2.00 USD disputed"
          },
          { id: "c-2", refundable: 4_000n, why: "40.00 USD collected" }
        ],
        components: []
      }
    ))

  it("is told of every part of the order", () =>
    deepStrictEqual(
      left(
        {},
        register(order({ lines: [line("1", 500n)], shipping: charge(100n), captures: [capture("c-1", 600n)] })),
        request({ amount: 40n, type: "shipping" })
      ).components,
      [
        { id: "line:1", refundable: 500n, why: "5.00 USD charged" },
        { id: "shipping", refundable: 60n, why: "1.00 USD charged − 0.40 USD held" }
      ]
    ))

  it("is nothing on a capture that was only authorized, is disputed, too old, or is given back only whole", () => {
    const why = (capabilities: Partial<Capabilities>, ...commands: ReadonlyArray<Command>) =>
      left(capabilities, ...commands).captures[0]
    deepStrictEqual(why({}, register(order({ captures: [authorized("c-1", 100n)] }))), {
      id: "c-1",
      refundable: 0n,
      why: "0.00 USD collected; only authorized, nothing was collected"
    })
    deepStrictEqual(why({}, two, dispute("open", { amount: 200n })), {
      id: "c-1",
      refundable: 0n,
      why: "60.00 USD collected − 2.00 USD disputed; a dispute is open"
    })
    const old = register(order({ captures: [capture("c-1", 100n, { capturedAt: noon - hours(24 * 181) })] }))
    deepStrictEqual(why({ windowDays: 180 }, old), {
      id: "c-1",
      refundable: 0n,
      why: "1.00 USD collected; older than the 180 days simulator gives back for"
    })
    deepStrictEqual(why({ partial: false }, two, request({ amount: 1n, capture: "c-1" })), {
      id: "c-1",
      refundable: 0n,
      why: "60.00 USD collected − 0.01 USD held; simulator gives it back only whole"
    })
  })

  it("is no more than the order has, where that is less", () =>
    deepStrictEqual(left({}, two, request({ amount: 5_000n, destination: "payout" })).captures[0], {
      id: "c-1",
      refundable: 5_000n,
      why: "60.00 USD collected; the order has only 50.00 USD left"
    }))

  it("says by how much the figures are under zero", () =>
    deepStrictEqual(
      left({}, two, request({ amount: 6_000n, capture: "c-1" }), dispute("lost", { amount: 100n })).captures[0],
      {
        id: "c-1",
        refundable: 0n,
        why: "60.00 USD collected − 60.00 USD held − 1.00 USD disputed; 1.00 USD more than was collected"
      }
    ))
})

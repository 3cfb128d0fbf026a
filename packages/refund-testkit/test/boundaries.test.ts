import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { type Policy, Policy as PolicySchema } from "refund-core/Policy"
import { capture, charge, line, order, policy, type RequestOptions, register, request } from "../src/build.ts"
import { given } from "../src/given.ts"

/** Rows 43 and 20, shipping 9, invoice fee 4: 76 in all, all of it captured. Of each part something is refunded already. */
const registered = register(
  order({
    customer: "c-7",
    captures: [capture("c-1", 76n)],
    lines: [line("1", 42n, { tax: 3n, discount: 2n }), line("2", 20n)],
    shipping: charge(10n, { discount: 1n }),
    invoiceFee: charge(4n),
    total: 76n
  })
)
const earlier = [
  request({ amount: 10n, line: "1", settled: true }),
  request({ amount: 5n, line: "2" }),
  request({ amount: 2n, type: "shipping" }),
  request({ amount: 1n, type: "invoice_fee" })
]

interface Part {
  readonly remaining: bigint
  readonly asks: RequestOptions
  /** What one too many breaks, by policy; `ok`: it goes on to what else the customer can be given. */
  readonly over: Readonly<Record<Policy["overRefund"], string>>
}

const everywhere = (tag: string): Part["over"] => ({ capture_strict: tag, order_total: tag, order_open: tag })

const parts: Readonly<Record<string, Part>> = {
  "a row": { remaining: 33n, asks: { line: "1" }, over: everywhere("ExceedsComponent") },
  "another row": { remaining: 15n, asks: { line: "2" }, over: everywhere("ExceedsComponent") },
  shipping: { remaining: 7n, asks: { type: "shipping" }, over: everywhere("ExceedsComponent") },
  "the invoice fee": { remaining: 3n, asks: { type: "invoice_fee" }, over: everywhere("ExceedsComponent") },
  "the order as a whole": {
    remaining: 58n,
    asks: {},
    over: { capture_strict: "ExceedsCollected", order_total: "ExceedsCollected ExceedsOrderTotal", order_open: "ok" }
  },
  "the capture": {
    remaining: 58n,
    asks: { capture: "c-1" },
    over: { capture_strict: "ExceedsCaptured", order_total: "ExceedsCaptured ExceedsOrderTotal", order_open: "ok" }
  },
  // What is not sent yet: 5, 2 and 1.
  "a return cost": { remaining: 8n, asks: { type: "instance_cost" }, over: everywhere("NothingToDeductFrom") }
}

/** T05. */
describe("one less than what remains, all of it, one more", () => {
  for (const overRefund of PolicySchema.fields.overRefund.literals) {
    for (const [name, { asks, over, remaining }] of Object.entries(parts)) {
      for (const [difference, expected] of [
        [-1n, "ok"],
        [0n, "ok"],
        [1n, over[overRefund]]
      ] as const) {
        it(`${overRefund}: ${name} ${difference < 0n ? "" : "+"}${difference}: ${expected}`, () => {
          const then = given(registered, policy({ overRefund, unmatchedDeduction: "reject" }), ...earlier).when(
            request({ ...asks, amount: remaining + difference, reason: "return" })
          )
          deepStrictEqual(
            then
              .violations()
              .map(({ _tag }) => _tag)
              .join(" ") || "ok",
            expected
          )
        })
      }
    }
  }

  it("where parts are only noted, one more is refunded and noted, in every policy", () => {
    for (const overRefund of PolicySchema.fields.overRefund.literals) {
      for (const { asks, remaining } of [parts["a row"], parts["shipping"], parts["the invoice fee"]].flatMap(
        (part) => part ?? []
      )) {
        const { answer } = given(registered, policy({ overRefund, components: "note" }), ...earlier)
          .when(request({ ...asks, amount: remaining + 1n, reason: "return" }))
          .decision()
        deepStrictEqual(
          answer.refunds.map(({ amount, notes, shares }) => [amount, notes, shares.map((share) => share.amount)]),
          [[remaining + 1n, ["ExceedsComponent"], [remaining]]]
        )
      }
    }
  })
})

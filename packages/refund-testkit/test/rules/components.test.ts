import { describe, it } from "@effect/vitest"
import { capture, charge, line, order, policy, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

/** DESIGN's order: mug 40.00 + 3.20 tax, shipping 5.00, invoice fee 1.00. */
const mug = register(
  order({
    captures: [capture("c-1", 4920n)],
    lines: [line("1", 4000n, { quantity: 2, tax: 320n })],
    shipping: charge(500n),
    invoiceFee: charge(100n)
  })
)
const bare = register(order({ captures: [capture("c-1", 100n)] }))
const exceeds = (component: string, requested: bigint, refundable: bigint) =>
  ({ _tag: "ExceedsComponent", component, currency: "USD", requested, refundable }) as const

describe("a part of the order gives back what was charged for it", () => {
  for (const [what, options, charged, component] of [
    ["a row: amount − discount + tax", { line: "1" }, 4320n, "line:1"],
    ["shipping", { type: "shipping" }, 500n, "shipping"],
    ["the invoice fee", { type: "invoice_fee" }, 100n, "invoice_fee"]
  ] as const) {
    it(`${what}, to the last minor unit and no further`, () => {
      for (const amount of [charged - 1n, charged]) {
        given(mug)
          .when(request({ amount, ...options }))
          .thenRefunds({ amount, shares: [{ component, amount }] })
      }
      given(mug)
        .when(request({ amount: charged + 1n, ...options }))
        .thenRejected(exceeds(component, charged + 1n, charged))
      given(mug, request({ amount: charged, ...options }))
        .when(request({ amount: 1n, ...options }))
        .thenRejected(exceeds(component, 1n, 0n))
    })
  }

  it("shipping net of its discount: a gift is not refunded (A71)", () => {
    given(
      register(
        order({
          captures: [capture("c-1", 4500n)],
          lines: [line("1", 4500n)],
          shipping: charge(500n, { discount: 500n })
        })
      )
    )
      .when(request({ amount: 1n, type: "shipping" }))
      .thenRejected(exceeds("shipping", 1n, 0n))
  })

  it("none where the order has no such part (A69)", () => {
    given(bare)
      .when(request({ amount: 1n, type: "shipping" }))
      .thenRejected(exceeds("shipping", 1n, 0n))
    given(bare)
      .when(request({ amount: 1n, type: "invoice_fee" }))
      .thenRejected(exceeds("invoice_fee", 1n, 0n))
  })

  it("a row that the order does not have is not known", () => {
    given(mug)
      .when(request({ amount: 1n, line: "9" }))
      .thenRejected({ _tag: "ComponentNotFound", component: "line:9" })
  })

  it("a row that is not known is told whatever the amount", () => {
    given(mug)
      .when(request({ amount: 0n, line: "9" }))
      .thenRejected(
        { _tag: "ComponentNotFound", component: "line:9" },
        { _tag: "AmountNotPositive", field: "amount", amount: "0" }
      )
  })

  it("a row has no place beside another type", () => {
    given(mug)
      .when(request({ amount: 1n, line: "1", type: "shipping" }))
      .thenRejected({ _tag: "Malformed", path: "lineId", expected: "no line beside another type than default" })
  })

  it("where parts are only noted, what is over is written down", () => {
    given(mug, policy({ components: "note" }))
      .when(request({ amount: 700n, type: "shipping" }))
      .thenRefunds({ amount: 700n, shares: [{ component: "shipping", amount: 500n }], notes: ["ExceedsComponent"] })
  })
})

describe("a refund of the order as a whole", () => {
  it("draws on rows, then shipping, then fees", () => {
    given(mug)
      .when(request({ amount: 4900n }))
      .thenRefunds({
        shares: [
          { component: "line:1", amount: 4320n },
          { component: "shipping", amount: 500n },
          { component: "invoice_fee", amount: 80n }
        ],
        notes: []
      })
  })

  it("leaves what the breakdown does not cover unattributed", () => {
    given(register(order({ captures: [capture("c-1", 100n)], lines: [line("1", 90n)] })))
      .when(request({ amount: 100n }))
      .thenRefunds({ shares: [{ component: "line:1", amount: 90n }], notes: ["unattributed"] })
  })

  it("split over captures, each part has its own shares", () => {
    given(
      register(order({ captures: [capture("c-1", 60n), capture("c-2", 40n)], lines: [line("1", 50n), line("2", 50n)] }))
    )
      .when(request({ amount: 100n }))
      .thenRefunds(
        {
          captureId: "c-1",
          shares: [
            { component: "line:1", amount: 50n },
            { component: "line:2", amount: 10n }
          ]
        },
        { captureId: "c-2", shares: [{ component: "line:2", amount: 40n }] }
      )
  })
})

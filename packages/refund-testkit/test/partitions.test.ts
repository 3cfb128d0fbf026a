/** T35: whatever way an order is taken apart, what goes back is exactly what was paid, and exactly its tax. */

import { strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Refund } from "refund-core/Refund"
import { type CaptureOptions, capture, charge, line, order, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

const between = (minimum: bigint, maximum: bigint) => Schema.BigInt.check(Schema.isBetweenBigInt({ minimum, maximum }))

const Part = Schema.Struct({
  price: between(1n, 1_395_630n),
  perMille: between(0n, 270n),
  discountPercent: between(0n, 100n)
})
const Bought = Schema.Struct({
  currency: Schema.Literals(["USD", "JPY", "KWD"]),
  taxIncluded: Schema.Boolean,
  lines: Schema.Array(Part).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
  shipping: Part,
  captures: Schema.Literals([1, 2, 3]),
  cuts: Schema.Array(between(1n, 600n)).check(Schema.isMaxLength(9))
})

const priced = ({ discountPercent, perMille, price }: typeof Part.Type, taxIncluded: boolean) => {
  const discount = (price * discountPercent) / 100n
  const net = price - discount
  const tax = taxIncluded
    ? (net * perMille + (1000n + perMille) / 2n) / (1000n + perMille)
    : (net * perMille + 500n) / 1000n
  return { amount: price, discount, tax, charged: taxIncluded ? net : net + tax }
}

const sum = (amounts: ReadonlyArray<bigint>) => amounts.reduce((total, amount) => total + amount, 0n)

const registered = (bought: typeof Bought.Type) => {
  const { captures, currency, taxIncluded } = bought
  const lines = bought.lines.map((part) => priced(part, taxIncluded))
  const shipping = priced(bought.shipping, taxIncluded)
  const paid = sum([...lines, shipping].map((part) => part.charged))
  const tax = sum([...lines, shipping].map((part) => part.tax))
  const portion = paid / BigInt(captures)
  const amounts = Array.from({ length: captures }, (_, index) =>
    index === 0 ? paid - portion * BigInt(captures - 1) : portion
  )
  const byHand: CaptureOptions = { provider: "manual" }
  const command = register(
    order({
      currency,
      taxIncluded,
      lines: lines.map(({ amount, discount, tax }, index) => line(String(index), amount, { discount, tax })),
      shipping: charge(shipping.amount, { discount: shipping.discount, tax: shipping.tax }),
      captures: amounts.filter((amount) => amount > 0n).map((amount, index) => capture(`c-${index}`, amount, byHand))
    })
  )
  return { command, paid, tax }
}

/** The parts of `paid` that the cuts make, in thousandths of what is left; the last takes the rest. */
const partition = (paid: bigint, cuts: ReadonlyArray<bigint>): ReadonlyArray<bigint> => {
  let left = paid
  const parts = cuts.map((cut) => {
    const part = (left * cut) / 1000n
    left -= part
    return part
  })
  return [...parts, left].filter((part) => part > 0n)
}

const runs = process.env["REFUND_TEST_DEEP"] === undefined ? 500 : 10_000

describe("any partition of an order into refunds", () => {
  it.prop(
    `gives back exactly what was paid and exactly its tax (${runs} orders)`,
    { bought: Arbitrary.schema(Bought) },
    ({ bought }) => {
      const { command, paid, tax } = registered(bought)
      if (paid === 0n) return
      const refunds = partition(paid, bought.cuts).map((amount) => request({ amount, settled: true }))
      const last = refunds.at(-1)
      if (last === undefined) return
      const then = given(command, ...refunds.slice(0, -1)).when(last)
      const made: Array<Refund> = [...(then.decision().after.refunds.values() ?? [])]
      then.thenOrder({ refundable: 0n, refunded: { original: paid, store_credit: 0n, payout: 0n } })
      const { components } = then.decision().after.order ?? { components: [] }
      strictEqual(sum(components.map((component) => component.taxTaken)), tax)
      strictEqual(sum(components.map((component) => component.refunded)), paid)
      strictEqual(
        made.every((refund) => sum(refund.shares.map((share) => share.amount)) === refund.amount),
        true
      )
    },
    { arbitrary: { runs }, timeout: 15_000 + runs * 10 }
  )

  it("keeps PrestaShop's high quantity and WooCommerce's inclusive cents (A61, A66)", () => {
    const many = register(
      order({
        lines: [line("1", 1_395_630n, { quantity: 1000, tax: 265_170n })],
        captures: [capture("c-1", 1_660_800n)]
      })
    )
    given(many, request({ amount: 1_660_799n, settled: true }))
      .when(request({ amount: 1n, settled: true }))
      .thenOrder({ refundable: 0n, components: [{ refunded: 1_660_800n, taxTaken: 265_170n }] })
    const inclusive = register(
      order({
        taxIncluded: true,
        lines: [line("1", 999n, { tax: 160n }), line("2", 1n)],
        captures: [capture("c-1", 1_000n)]
      })
    )
    given(inclusive, ...[333n, 333n].map((amount) => request({ amount, settled: true })))
      .when(request({ amount: 334n, settled: true }))
      .thenOrder({ refundable: 0n, components: [{ taxTaken: 160n }, { taxTaken: 0n }] })
  })
})

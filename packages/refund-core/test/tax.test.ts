import { describe, it } from "@effect/vitest"
import { assertTrue, strictEqual } from "@effect/vitest/utils"
import { Arbitrary, Schema } from "effect"
import { type Taxed, taxIn } from "refund-core/tax"

const whole = (charged: bigint, tax: bigint): Taxed => ({ charged, tax, taken: 0n, taxTaken: 0n })

const taken = (part: Taxed, amount: bigint): Taxed => ({
  ...part,
  taken: part.taken + amount,
  taxTaken: part.taxTaken + taxIn(part, amount)
})

const between = (minimum: bigint, maximum: bigint) =>
  Arbitrary.schema(Schema.BigInt.check(Schema.isBetweenBigInt({ minimum, maximum })))

describe("tax in refunds", () => {
  it.prop(
    "of all of a part, however it is cut, is exactly the tax that was charged (T35)",
    {
      net: between(1n, 1_000_000n),
      perMille: between(0n, 270n),
      cuts: Arbitrary.array(between(0n, 1_000n), { maxLength: 9 })
    },
    ({ cuts, net, perMille }) => {
      const tax = (net * perMille + 500n) / 1000n
      let part = whole(net + tax, tax)
      for (const cut of cuts) part = taken(part, ((part.charged - part.taken) * cut) / 1000n)
      part = taken(part, part.charged - part.taken)
      strictEqual(part.taxTaken, tax)
    },
    { arbitrary: { runs: 2_000 } }
  )

  it.prop(
    "is never more than the refund, nor less than nothing, also after refunds that came to nothing",
    {
      tax: between(0n, 270n),
      steps: Arbitrary.array(
        Arbitrary.schema(Schema.Struct({ amount: Schema.Literals([1, 7, 50, 333]), ends: Schema.Boolean })),
        { maxLength: 12 }
      )
    },
    ({ steps, tax }) => {
      let part = whole(1_270n, tax)
      for (const { amount, ends } of steps) {
        const asked = BigInt(amount)
        if (part.taken + asked > part.charged) continue
        const share = taxIn(part, asked)
        assertTrue(share >= 0n && share <= asked && part.taxTaken + share <= part.tax)
        if (!ends) part = taken(part, asked)
      }
      strictEqual(taken(part, part.charged - part.taken).taxTaken, tax)
    },
    { arbitrary: { runs: 2_000 } }
  )

  it("keeps Lago's four credit notes at the invoice's 334.99, not 335.00 (A64)", () => {
    let part = whole(33_499n, 5_583n)
    const taxes: Array<bigint> = []
    for (const amount of [8_375n, 8_375n, 8_375n, 8_374n]) {
      taxes.push(taxIn(part, amount))
      part = taken(part, amount)
    }
    strictEqual(taxes.join(" "), "1396 1396 1395 1396")
    strictEqual(part.taxTaken, 5_583n)
  })

  it("splits Spree's 1.03 without a cent too many (A65)", () => {
    const first = taxIn(whole(103n, 3n), 52n)
    strictEqual(first + taxIn(taken(whole(103n, 3n), 52n), 51n), 3n)
  })

  it("of nothing, or of what was given for nothing, is none", () => {
    strictEqual(taxIn(whole(0n, 0n), 5n), 0n)
    strictEqual(taxIn(whole(100n, 20n), 0n), 0n)
    strictEqual(taxIn({ ...whole(100n, 20n), taken: 50n }, 0n), 0n)
  })

  it("is owed once, also where more is taken than was charged", () => {
    strictEqual(taxIn({ charged: 10n, tax: 5n, taken: 10n, taxTaken: 5n }, 10n), 0n)
    strictEqual(taxIn({ charged: 10n, tax: 5n, taken: 8n, taxTaken: 4n }, 8n), 1n)
  })

  it("gives nothing back where more was taken than is due, and never more than the amount", () => {
    strictEqual(taxIn({ charged: 100n, tax: 20n, taken: 0n, taxTaken: 15n }, 10n), 0n)
    strictEqual(taxIn({ charged: 100n, tax: 20n, taken: 90n, taxTaken: 0n }, 10n), 10n)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { assertEquals } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { CurrencyCode, currencies } from "refund-core/Currency"
import { type AmountRefused, fromStripe, steps, toStripe } from "../src/internal/amounts.ts"

const code = (text: string) => CurrencyCode.make(text)

describe("amounts in Stripe's units (A74)", () => {
  it.each<[currency: string, minor: bigint, stripe: number]>([
    ["USD", 1_999n, 1_999],
    ["EUR", 1n, 1],
    ["JPY", 500n, 500],
    ["KRW", 500n, 500],
    ["CLP", 500n, 500],
    ["VND", 10_000n, 10_000],
    ["KWD", 5_120n, 5_120],
    ["BHD", 10n, 10],
    ["TND", 1_000n, 1_000],
    ["HUF", 80_045n, 80_045],
    ["TWD", 80_045n, 80_045],
    ["ISK", 5n, 500],
    ["UGX", 5n, 500],
    ["MGA", 500n, 5]
  ])("%s: %s minor units are %s at Stripe, and back", (currency, minor, stripe) => {
    assertEquals(toStripe(minor, code(currency)), Result.succeed(stripe))
    assert.deepStrictEqual(fromStripe(stripe, currency.toLowerCase()), { amount: minor, currency: code(currency) })
  })

  it.each<[currency: string, minor: bigint, why: AmountRefused]>([
    ["KWD", 5_124n, "amount_not_expressible"],
    ["MGA", 550n, "amount_not_expressible"],
    ["CLF", 10n, "currency_not_supported"],
    ["IQD", 1_000n, "currency_not_supported"],
    ["UGX", 2n ** 53n - 1n, "amount_not_expressible"]
  ])("%s: %s minor units cannot be said to Stripe", (currency, minor, why) =>
    assertEquals(toStripe(minor, code(currency)), Result.fail(why))
  )

  it.each<[units: number, currency: string]>([
    [501, "isk"],
    [550, "ugx"],
    [10, "xxx"],
    [10, ""],
    [-10, "usd"],
    [10.5, "usd"],
    [2 ** 53, "usd"],
    [Number.NaN, "usd"],
    [10, "iqd"]
  ])("%s of %s is no amount", (units, currency) => assert.isNull(fromStripe(units, currency)))

  it.prop(
    "what can be said comes back as it was, in every currency",
    {
      currency: Schema.Literals(currencies),
      multiple: Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 1n, maximum: 10_000_000n }))
    },
    ({ currency, multiple }) => {
      const minor = multiple * (steps[currency] ?? 1n)
      const sent = toStripe(minor, currency)
      if (Result.isFailure(sent)) return assert.strictEqual(sent.failure, "currency_not_supported")
      assert.deepStrictEqual(fromStripe(sent.success, currency.toLowerCase()), { amount: minor, currency })
    }
  )
})

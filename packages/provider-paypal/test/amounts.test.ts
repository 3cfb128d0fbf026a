import { currencies, exponentOf } from "refund-core/Currency"
import { describe, expect, it } from "vitest"
import { capabilities } from "../src/capabilities.ts"
import { fromPayPal, toPayPal, withoutDecimals } from "../src/internal/amounts.ts"
import { attempt } from "./attempts.ts"

const code = (currency: string) => attempt({ currency }).currency

describe("amounts, as PayPal writes them (A74, A75)", () => {
  it.each([
    ["USD", 1_999n, "19.99"],
    ["USD", 5n, "0.05"],
    ["USD", 100_000_000_000_001n, "1000000000000.01"],
    ["JPY", 500n, "500"],
    ["TND", 1_234n, "1.234"],
    ["HUF", 1_000_00n, "1000"],
    ["TWD", 50_00n, "50"]
  ])("%s %s minor units of ISO 4217 are %s", (currency, amount, value) => {
    expect(toPayPal(amount, code(currency))).toEqual({ currency, value })
    expect(fromPayPal({ currency, value })).toEqual({ amount, currency })
  })

  it("come back as they went, in every currency, and are steps where PayPal takes no decimals", () => {
    for (const currency of currencies) {
      const step = withoutDecimals.has(currency) ? 10n ** BigInt(exponentOf(currency)) : 1n
      expect([currency, capabilities.steps[currency] ?? 1n]).toEqual([currency, step])
      const there = toPayPal(12_345n * step, currency)
      expect(there === null ? null : fromPayPal(there)).toEqual({ amount: 12_345n * step, currency })
      if (step > 1n) expect(toPayPal(12_345n * step + 1n, currency)).toBeNull()
    }
  })

  it.each([
    ["XXX", "1.00"],
    ["usd", "1.00"],
    ["USD", "1.999"],
    ["USD", "1,00"],
    ["USD", "1e2"],
    ["USD", " 1.00"],
    ["USD", ""],
    ["USD", "-1.00"],
    ["USD", "0.00"],
    ["JPY", "1.5"],
    ["USD", "NaN"]
  ])("that PayPal tells are not understood where they are %s «%s» (A76)", (currency, value) => {
    expect(fromPayPal({ currency, value })).toBeNull()
  })

  it("may have zeros at their end, which are worth nothing", () => {
    expect(fromPayPal({ currency: "JPY", value: "500.00" })).toEqual({ amount: 500n, currency: "JPY" })
    expect(fromPayPal({ currency: "HUF", value: "1000.00" })).toEqual({ amount: 100_000n, currency: "HUF" })
  })
})

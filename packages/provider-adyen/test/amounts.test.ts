import { currencies } from "refund-core/Currency"
import { maxMinor } from "refund-core/Money"
import { describe, expect, it } from "vitest"
import { capabilities } from "../src/capabilities.ts"
import { fromAdyen, ownExponents, toAdyen } from "../src/internal/amounts.ts"
import { attempt } from "./attempts.ts"

const code = (currency: string) => attempt({ currency }).currency

describe("amounts, as Adyen counts them (A74, A75)", () => {
  it.each([
    ["EUR", 1_999n, 1_999],
    ["JPY", 500n, 500],
    ["KWD", 1_234n, 1_234],
    ["CLP", 1_999n, 199_900],
    ["ISK", 50n, 5_000],
    ["IDR", 150_000_00n, 150_000],
    ["CVE", 300n, 3]
  ])("%s %s minor units of ISO 4217 are %s to Adyen", (currency, amount, value) => {
    expect(toAdyen(amount, code(currency))).toEqual({ currency, value })
    expect(fromAdyen({ currency, value })).toEqual({ amount, currency })
  })

  it("are the same as ISO's for every other currency", () => {
    for (const currency of currencies) {
      const step = capabilities.steps[currency] ?? 1n
      const amount = 12_345n * step
      const there = toAdyen(amount, currency)
      expect(there).not.toBeNull()
      if (there === null) continue
      expect(fromAdyen(there)).toEqual({ amount, currency })
      if (ownExponents[currency] === undefined) expect(there.value).toBe(12_345)
    }
  })

  it("are steps of the capabilities exactly where Adyen has fewer digits", () => {
    for (const currency of currencies) {
      const isWhole = toAdyen(101n, currency) !== null
      expect([currency, capabilities.steps[currency] ?? 1n]).toEqual([currency, isWhole ? 1n : 100n])
    }
  })

  it.each([
    ["between two steps", 150n, "CVE"],
    ["more than JSON keeps, in Adyen's digits", maxMinor, "CLP"]
  ])("are none %s: nothing is rounded", (_, amount, currency) => {
    expect(toAdyen(amount, code(currency))).toBeNull()
  })

  it.each([
    ["a currency that is none", { currency: "XXX", value: 100 }],
    ["half a unit", { currency: "EUR", value: 0.5 }],
    ["more than JSON keeps", { currency: "EUR", value: 2 ** 53 }],
    ["half a peso", { currency: "CLP", value: 150 }],
    ["more rupiah than we count", { currency: "IDR", value: Number(maxMinor) }]
  ])("that Adyen tells are not understood where they are %s", (_, amount) => {
    expect(fromAdyen(amount)).toBeNull()
  })
})

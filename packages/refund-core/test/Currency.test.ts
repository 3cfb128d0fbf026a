import { describe, it } from "@effect/vitest"
import { assertFalse, deepStrictEqual, strictEqual, throws } from "@effect/vitest/utils"
import * as dinero from "dinero.js/currencies"
import { Result, Schema } from "effect"
import { CurrencyCode, currencies, exponentOf, isCurrency } from "../src/Currency.ts"

// Where dinero.js 2.0.2 is not ISO 4217 after amendment 180 (in force since 1 January 2026).
const retired = ["BGN"] // Bulgaria has the euro since 1 January 2026.
const exponentsInIso = { MGA: 2, MRU: 2 } // Both divide by five; ISO lists two digits, dinero.js one in base 5.

const exponentsElsewhere = Object.fromEntries(
  Object.values(dinero)
    .filter(({ code }) => !retired.includes(code))
    .map(({ code, exponent }) => [code, exponent])
)
const exponentsHere = Object.fromEntries(currencies.map((code) => [code, exponentOf(code)]))

describe("Currency", () => {
  it("lists exactly the active currencies of ISO 4217, each with its number of decimal digits", () =>
    deepStrictEqual(exponentsHere, { ...exponentsElsewhere, ...exponentsInIso }))

  it("lists them by their letters", () => deepStrictEqual(currencies, [...currencies].sort()))

  it("takes every one of them as a code", () => deepStrictEqual(currencies.filter(Schema.is(CurrencyCode)), currencies))

  it.for([
    ["JPY", 0],
    ["KRW", 0],
    ["CLP", 0],
    ["USD", 2],
    ["EUR", 2],
    ["KWD", 3],
    ["BHD", 3],
    ["TND", 3],
    ["CLF", 4],
    ["UYW", 4]
  ] as const)("%s has %i decimal digits", ([code, digits]) => strictEqual(exponentOf(CurrencyCode.make(code)), digits))

  it.for(["ANG", "BGN", "CUC", "DEM", "HRK", "SLL", "ZWL"])("%s is retired", (code) => assertFalse(isCurrency(code)))

  it.for(["XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBB", "XBC", "XBD"])(
    "%s has no minor unit and is no currency here",
    (code) => assertFalse(isCurrency(code))
  )

  it.for([undefined, null, "", "usd", "Usd", " USD", "USD ", "US", "USDT", "$", "840", 840, "size", ["USD"], {}])(
    "refuses %j as a currency",
    (code) => {
      assertFalse(isCurrency(code))
      assertFalse(Schema.is(CurrencyCode)(code))
    }
  )

  it("is refused by its name, and described to whoever reads the form of a call", () => {
    const read = Schema.decodeUnknownResult(CurrencyCode)("XXX")
    deepStrictEqual(
      Result.match(read, { onSuccess: String, onFailure: ({ message }) => message }),
      "Expected CurrencyCode"
    )
    const { definitions } = Schema.toJsonSchemaDocument(CurrencyCode)
    deepStrictEqual(definitions, {
      CurrencyCode: { type: "string", enum: currencies, description: "An active ISO 4217 currency code" }
    })
  })

  it("does not guess the digits of a currency it does not know", () =>
    throws(() => exponentOf("XXX" as CurrencyCode), new Error("XXX is not an active ISO 4217 currency")))
})

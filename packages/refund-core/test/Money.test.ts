import { describe, it } from "@effect/vitest"
import { assertFailure, assertFalse, assertSuccess, assertTrue, strictEqual } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { CurrencyCode, exponentOf } from "../src/Currency.ts"
import {
  type AmountFault,
  formatAmount,
  formatDecimal,
  Minor,
  maxMinor,
  minorFromNumber,
  PositiveMinor,
  parseDecimal
} from "../src/Money.ts"

const currency = (code: string) => CurrencyCode.make(code)
const malformed = (text: string): AmountFault => ({ _tag: "AmountMalformed", text })
const tooPrecise = (digits: number, allowed: number): AmountFault => ({ _tag: "AmountTooPrecise", digits, allowed })
const tooLarge: AmountFault = { _tag: "AmountTooLarge" }

const assertReads = (text: string, code: CurrencyCode, minor: bigint) => {
  assertSuccess(parseDecimal(text, code, "number"), minor)
  assertSuccess(parseDecimal(text, code, "string"), minor)
}
const assertRefuses = (text: string, code: CurrencyCode, fault: AmountFault) => {
  assertFailure(parseDecimal(text, code, "number"), fault)
  assertFailure(parseDecimal(text, code, "string"), fault)
}

// One currency for each number of digits, so that none is left to chance.
const anyCurrency = Arbitrary.map(Arbitrary.schema(Schema.Literals(["JPY", "USD", "KWD", "CLF"])), currency)
const bigintBetween = (minimum: bigint, maximum: bigint) =>
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum, maximum }))
const upTo15Digits = Schema.Union([bigintBetween(-200n, 200n), bigintBetween(1n - 10n ** 15n, 10n ** 15n - 1n)])
const fewZeros = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))

describe("Money.parseDecimal", () => {
  it("counts no zeros at the start among the fifteen digits", () =>
    assertSuccess(parseDecimal("0.00123456789012345e14", currency("KWD"), "number"), 123_456_789_012_345n))

  it.for([
    ["JPY", "1000", 1000n],
    ["JPY", "10.00", 10n],
    ["KRW", "98633", 98633n],
    ["CLP", "5", 5n],
    ["KWD", "1.234", 1234n],
    ["KWD", "1.2", 1200n],
    ["BHD", "0.001", 1n],
    ["TND", "12", 12000n],
    ["CLF", "0.0001", 1n],
    ["CLF", "36.5", 365000n],
    ["UYW", "1.2345", 12345n],
    ["USD", "19.99", 1999n],
    ["USD", "199.50", 19950n],
    ["USD", "10.5", 1050n],
    ["USD", "10.50000", 1050n],
    ["USD", "0.05", 5n],
    ["USD", "-0.05", -5n],
    ["USD", "-1", -100n],
    ["USD", "0", 0n],
    ["USD", "-0", 0n],
    ["USD", "0.000", 0n],
    ["USD", "9999999999999.99", 999999999999999n],
    ["JPY", "9007199254740990", 9007199254740990n],
    ["USD", "90071992547409.90", 9007199254740990n]
  ] as const)("%s %s is %i minor units, as a number and as a string", ([code, text, minor]) =>
    assertReads(text, currency(code), minor)
  )

  it.for([
    ["JPY", "10.5", tooPrecise(1, 0)],
    ["KRW", "0.01", tooPrecise(2, 0)],
    ["CLP", "1.10", tooPrecise(1, 0)],
    ["KWD", "1.2345", tooPrecise(4, 3)],
    ["BHD", "0.0001", tooPrecise(4, 3)],
    ["TND", "1.0001", tooPrecise(4, 3)],
    ["CLF", "0.00001", tooPrecise(5, 4)],
    ["USD", "1.999", tooPrecise(3, 2)],
    ["USD", "87.957975", tooPrecise(6, 2)],
    ["USD", String(0.1 + 0.2), tooPrecise(17, 2)],
    ["USD", `${"9".repeat(50)}.999`, tooPrecise(3, 2)],
    ["USD", "9".repeat(50), tooLarge],
    ["USD", `1${"0".repeat(49)}`, tooLarge],
    ["USD", `-${"9".repeat(50)}`, tooLarge],
    ["USD", "10000000000000.01", tooLarge],
    ["USD", "90071992547410", tooLarge],
    ["JPY", "9007199254741000", tooLarge],
    ["JPY", "-9007199254741000", tooLarge],
    ["JPY", "9007199254740991", tooLarge],
    ["JPY", "9007199254740992", tooLarge],
    ["JPY", "9223372036854775808", tooLarge],
    ["JPY", "10000000000000000", tooLarge]
  ] as const)("refuses %s %s, as a number and as a string", ([code, text, fault]) =>
    assertRefuses(text, currency(code), fault)
  )

  it.for([
    ..."- . .5 5. -.5 --1 +1 007 -01 00 1,00 17,000 1,000.00 1.000.00 1_000 1'000 0x10 0b1 0o7 1n $1".split(" "),
    ..."NaN Infinity -Infinity null true [] {} e2 1e 1e+ 1e1.5 1e2e2 ١ １".split(" "),
    ...["", " ", " 1 ", "1 ", "1\n", "1\u0000", "1\u00a0000", "1 USD", "[object Object]"]
  ])("refuses %j, which is no decimal in either form", (text) => assertRefuses(text, currency("USD"), malformed(text)))

  it.for([
    ["1e2", 10000n],
    ["1E2", 10000n],
    ["1e+2", 10000n],
    ["1.5e1", 1500n],
    ["1999e-2", 1999n],
    ["1000e-3", 100n],
    ["-1e0", -100n],
    ["0e400000000", 0n],
    ["0e-400000000", 0n]
  ] as const)("reads the number %s, and refuses it as a string", ([text, minor]) => {
    assertSuccess(parseDecimal(text, currency("USD"), "number"), minor)
    assertFailure(parseDecimal(text, currency("USD"), "string"), malformed(text))
  })

  it.for([
    ["1e-3", tooPrecise(3, 2)],
    ["1e-400000000", tooPrecise(400000000, 2)],
    ["1e14", tooLarge],
    ["1e400000000", tooLarge],
    ["-1e400000000", tooLarge],
    ["1e4000000000", malformed("1e4000000000")]
  ] as const)("refuses the number %s without building it", ([text, fault]) => {
    assertFailure(parseDecimal(text, currency("USD"), "number"), fault)
    assertFailure(parseDecimal(text, currency("USD"), "string"), malformed(text))
  })

  it("reads at most 64 characters and repeats no more of what it refuses", () => {
    assertSuccess(parseDecimal("1.".padEnd(64, "0"), currency("USD"), "string"), 100n)
    assertFailure(parseDecimal("1.".padEnd(65, "0"), currency("USD"), "string"), malformed("1.".padEnd(64, "0")))
    assertFailure(parseDecimal("1".repeat(10_000_000), currency("USD"), "number"), malformed("1".repeat(64)))
  })

  it.prop(
    "reads back every amount of up to 15 digits that was printed",
    { code: anyCurrency, minor: upTo15Digits },
    ({ code, minor }) => assertReads(formatDecimal(minor, code), code, minor)
  )

  it.prop(
    "gives one amount to all spellings of one value",
    {
      code: anyCurrency,
      minor: upTo15Digits,
      zeros: fewZeros
    },
    ({ code, minor, zeros }) => {
      const printed = formatDecimal(minor, code)
      const padded = `${printed.includes(".") ? printed : `${printed}.`}${"0".repeat(zeros + 1)}`
      const moved = `${minor}${minor === 0n ? "" : "0".repeat(zeros)}e-${zeros + exponentOf(code)}`
      assertSuccess(parseDecimal(padded, code, "string"), minor)
      assertSuccess(parseDecimal(moved, code, "number"), minor)
    }
  )

  it.prop(
    "refuses one digit more than the currency has, and never rounds it",
    {
      code: anyCurrency,
      minor: upTo15Digits,
      digit: Schema.Literals([1, 4, 5, 9])
    },
    ({ code, digit, minor }) => {
      const printed = formatDecimal(minor, code)
      const allowed = exponentOf(code)
      const text = `${allowed === 0 ? `${printed}.` : printed}${digit}`
      assertRefuses(text, code, tooPrecise(allowed + 1, allowed))
    }
  )

  // Few tokens and short texts, so that many are numbers. Two decimals of up to 15 digits are never one double.
  it.prop(
    "agrees with JSON on what is a number, and on its value",
    {
      code: anyCurrency,
      tokens: Arbitrary.array(Arbitrary.schema(Schema.Literals(["0", "1", "20", "9", ".", "-", "e", "E-", "+", ","])), {
        minLength: 1,
        maxLength: 6
      })
    },
    ({ code, tokens }) => {
      const text = tokens.join("")
      const parsed = parseDecimal(text, code, "number")
      strictEqual(Result.isFailure(parsed) && parsed.failure._tag === "AmountMalformed", !isJson(text))
      if (Result.isSuccess(parsed)) assertTrue(Number(formatDecimal(parsed.success, code)) === Number(text))
      if (!/e/i.test(text)) assertEqualResults(parseDecimal(text, code, "string"), parsed)
    },
    { arbitrary: { runs: 1_000 } }
  )
})

describe("Money.formatDecimal", () => {
  it.for([
    ["USD", 1999n, "19.99"],
    ["USD", -5n, "-0.05"],
    ["USD", 0n, "0.00"],
    ["USD", 100n, "1.00"],
    ["USD", maxMinor, "90071992547409.91"],
    ["JPY", 1000n, "1000"],
    ["JPY", 0n, "0"],
    ["JPY", -1000n, "-1000"],
    ["KRW", 98633n, "98633"],
    ["CLP", 5n, "5"],
    ["KWD", 1234n, "1.234"],
    ["BHD", 1n, "0.001"],
    ["TND", 12000n, "12.000"],
    ["CLF", 1n, "0.0001"],
    ["CLF", -365000n, "-36.5000"]
  ] as const)("%s %i is printed %s", ([code, minor, text]) => strictEqual(formatDecimal(minor, currency(code)), text))

  it("puts the currency behind the amount in messages", () => {
    strictEqual(formatAmount(1999n, currency("USD")), "19.99 USD")
    strictEqual(formatAmount(1000n, currency("JPY")), "1000 JPY")
  })
})

describe("Money.minorFromNumber", () => {
  it.for([
    [1999, 1999n],
    [0, 0n],
    [-0, 0n],
    [-1, -1n],
    [2 ** 53 - 1, maxMinor],
    [1 - 2 ** 53, -maxMinor]
  ] as const)("%d is that many minor units", ([number, minor]) => assertSuccess(minorFromNumber(number), minor))

  it.for([
    [1.5, malformed("1.5")],
    [0.1 + 0.2, malformed("0.30000000000000004")],
    [NaN, malformed("NaN")],
    [Infinity, malformed("Infinity")],
    [2 ** 53, tooLarge],
    [-(2 ** 53), tooLarge],
    [2 ** 63, tooLarge],
    [1e300, tooLarge]
  ] as const)("refuses %d", ([number, fault]) => assertFailure(minorFromNumber(number), fault))
})

describe("Money.Minor", () => {
  const isMinor = Schema.is(Minor)
  const isPositiveMinor = Schema.is(PositiveMinor)

  it("holds none up to 2^53 − 1, and PositiveMinor one or more", () => {
    assertTrue(isMinor(0n) && isMinor(maxMinor) && isPositiveMinor(1n) && isPositiveMinor(maxMinor))
    assertFalse(isMinor(-1n) || isMinor(maxMinor + 1n) || isPositiveMinor(0n) || isPositiveMinor(maxMinor + 1n))
  })

  it.for([1, "1", null, undefined, 1.5])("takes no %j for minor units", (value) => assertFalse(isMinor(value)))
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
const assertEqualResults = <A, E>(actual: Result.Result<A, E>, expected: Result.Result<A, E>) =>
  Result.isSuccess(expected) ? assertSuccess(actual, expected.success) : assertFailure(actual, expected.failure)

/** FAILURES, groups 6 and 8: the cent too many, and the yen that became a hundred. */
import { deepStrictEqual, strictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import { CurrencyCode } from "refund-core/Currency"
import { formatDecimal, parseDecimal } from "refund-core/Money"
import { assumed } from "refund-core/ports/RefundProvider"
import { capture, line, order, register, request } from "refund-testkit/build"
import { given } from "refund-testkit/given"

const usd = CurrencyCode.make("USD")
const taxOf = (shares: ReadonlyArray<{ readonly tax: bigint }>) => shares.reduce((sum, { tax }) => sum + tax, 0n)

describe("not a cent more or less (G6)", () => {
  it("A62 woocommerce-gateway-stripe#370: how an amount is written never changes it", () => {
    for (const minor of [1n, 10n, 100n, 1999n, 123_456_789n]) {
      assertSuccess(parseDecimal(formatDecimal(minor, usd), usd, "string"), minor)
    }
  })

  it("A63 medusa#13091: less than the smallest coin is refused, not rounded; nothing is nearly equal", () => {
    assertFailure(parseDecimal("87.957975", usd, "string"), { _tag: "AmountTooPrecise", digits: 6, allowed: 2 })
    given(register(order({ captures: [capture("c-1", 8_796n)] })), request({ amount: 8_795n }))
      .when(request({ amount: 2n, capture: "c-1" }))
      .thenRejected({ _tag: "ExceedsCaptured", captureId: "c-1", currency: "USD", requested: 2n, refundable: 1n })
  })

  it("A64 lago-api#4553: four credit notes on 334.99 come to 334.99, and their tax to the invoice's", () => {
    const invoice = register(
      order({ lines: [line("1", 27_916n, { tax: 5_583n })], captures: [capture("c-1", 33_499n)] })
    )
    const notes = [8_375n, 8_375n, 8_375n, 8_374n].map((amount) => request({ amount, line: "1", settled: true }))
    const [last] = notes.slice(-1)
    if (last === undefined) throw new Error("four notes")
    const then = given(invoice, ...notes.slice(0, -1)).when(last)
    then.thenOrder({ refundable: 0n, components: [{ refunded: 33_499n, taxTaken: 5_583n }] })
  })

  it("A65 spree PR#14467: the rows of a refund of 1.03 come to 1.03", () => {
    const rows = register(order({ lines: [line("1", 52n), line("2", 52n)], captures: [capture("c-1", 104n)] }))
    const then = given(rows).when(request({ amount: 103n }))
    then.thenRefunds({
      shares: [
        { component: "line:1", amount: 52n },
        { component: "line:2", amount: 51n }
      ]
    })
  })

  it("tax is what the order says, apportioned: it is never worked out again", () => {
    const odd = register(order({ lines: [line("1", 100n, { tax: 7n })], captures: [capture("c-1", 107n)] }))
    const { answer } = given(odd)
      .when(request({ amount: 107n, line: "1" }))
      .decision()
    deepStrictEqual(
      answer.refunds.map(({ shares }) => taxOf(shares)),
      [7n]
    )
  })
})

describe("in the currency it was paid in (G8)", () => {
  it("A74 woocommerce-gateway-stripe#435: one table of digits, for the yen and the dinar alike", () => {
    for (const [code, text, minor] of [
      ["JPY", "1000", 1_000n],
      ["KRW", "1000", 1_000n],
      ["CLP", "1000", 1_000n],
      ["USD", "10.00", 1_000n],
      ["KWD", "1.000", 1_000n],
      ["BHD", "1.000", 1_000n],
      ["TND", "1.000", 1_000n],
      ["CLF", "0.1000", 1_000n]
    ] as const) {
      const currency = CurrencyCode.make(code)
      assertSuccess(parseDecimal(text, currency, "string"), minor)
      strictEqual(formatDecimal(minor, currency), text)
    }
  })

  it("A75 flexprice PR#2685: where a provider pays only in steps, an amount between them is refused", () => {
    const currency = "KWD"
    const kwd = register(order({ currency, captures: [capture("c-1", 10_000n)] }))
    const inTens = () => ({ ...assumed, steps: { KWD: 10n } })
    given(kwd)
      .with(inTens)
      .when(request({ amount: 1_005n, capture: "c-1" }))
      .thenRejected({ _tag: "AmountNotInSteps", captureId: "c-1", currency, requested: 1_005n, step: 10n })
    given(kwd)
      .with(inTens)
      .when(request({ amount: 1_010n, capture: "c-1" }))
      .thenOrder({ held: 1_010n })
  })

  it("A76 wp-calypso#57181: 17,000 is no decimal, rather than 17", () => {
    for (const text of ["17,000", "17 000", "17'000", "1.700,00"]) {
      assertFailure(parseDecimal(text, usd, "string"), { _tag: "AmountMalformed", text })
    }
  })

  it("A77 FloCafe PR#618: an amount has its currency beside it wherever it is kept", () => {
    given(register(order({ currency: "JPY", captures: [capture("c-1", 1_000n)] })))
      .when(request({ amount: 1_000n }))
      .thenHappened({ _tag: "RefundRequested", refund: { amount: 1_000n, currency: "JPY" } })
  })

  it("A78 woocommerce-payments#5215: another currency than the order's is refused", () => {
    given(register(order({ currency: "INR", captures: [capture("c-1", 9_863_300n)] })))
      .when(request({ amount: 100_000n, currency: "USD" }))
      .thenRejected({ _tag: "CurrencyMismatch", registered: "INR", requested: "USD" })
  })

  it("A79 gumroad PR#5343: nothing is converted: what the provider says in another currency is looked at", () => {
    given(register(order({ currency: "JPY", captures: [capture("c-1", 1_000n)] })))
      .when(request({ amount: 1n }))
      .thenOrder({ held: 1n, refundable: 999n })
  })

  it("A80 killbill-admin-ui#406: every currency's decimals are read, as many as it has", () => {
    assertSuccess(parseDecimal("0.5", usd, "string"), 50n)
    assertSuccess(parseDecimal("0.123", CurrencyCode.make("KWD"), "string"), 123n)
    assertFailure(parseDecimal("0.5", CurrencyCode.make("JPY"), "string"), {
      _tag: "AmountTooPrecise",
      digits: 1,
      allowed: 0
    })
  })
})

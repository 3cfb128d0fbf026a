/** What a refund is found again by, and what is never sent. */
import { randomUUID } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { CurrencyCode } from "refund-core/Currency"
import { hasCardNumber } from "../src/freeText.ts"
import { decimalOf, markOf, minorOf, momentOf } from "../src/internal/outbound.ts"
import { NumberText } from "../src/NumberText.ts"
import { attemptOn, mark, usd } from "./support/outbound.ts"

describe("the mark of an attempt", () => {
  it("names the refund and the attempt", () => assert.strictEqual(markOf(attemptOn("882")), mark))

  it("is never taken for a card number, whatever the ids' digits", () => {
    for (const refundId of ["aaaaaaaa-aaaa-aaa4-1111-111111111111", "aaaa4111-1111-1111-1111-aaaaaaaaaaaa"])
      assert.isFalse(hasCardNumber(markOf(attemptOn("882", { refundId: refundId as never }))))
    for (let count = 0; count < 20_000; count++) {
      const ids = { id: randomUUID() as never, refundId: randomUUID() as never }
      assert.isFalse(hasCardNumber(markOf(attemptOn("882", ids))))
    }
  })
})

describe("an amount", () => {
  const of = (amount: bigint, code: string) =>
    decimalOf(attemptOn("882", { amount, currency: CurrencyCode.make(code) }))

  it("has the currency's digits", () => {
    assert.deepEqual(
      [of(1_999n, "USD"), of(1_999n, "JPY"), of(1_999n, "KWD"), of(5n, "KWD")],
      ["19.99", "1999", "1.999", "0.005"]
    )
  })

  it("has no more digits than a double keeps", () => {
    assert.strictEqual(of(999_999_999_999_999n, "USD"), "9999999999999.99")
    assert.isNull(of(1_000_000_000_000_000n, "USD"))
  })

  it.each<[text: string, minor: bigint | null]>([
    ["19.99", 1_999n],
    ["19.990", 1_999n],
    ["20", 2_000n],
    ["0", 0n],
    ["19.999", null],
    ["-19.99", null],
    ["", null],
    ["1e2", null]
  ])("%j comes back to the minor unit, or not at all", (text, minor) => assert.strictEqual(minorOf(text, usd), minor))

  it("may have an exponent in a JSON number", () => assert.strictEqual(minorOf(new NumberText("1.999e1"), usd), 1_999n))
})

describe("a moment", () => {
  it("is told where it says its zone", () => {
    assert.strictEqual(momentOf("2026-11-02T12:00:00Z"), Date.parse("2026-11-02T12:00:00Z"))
    assert.strictEqual(momentOf("2026-11-02T12:00:00.1234567+01:00"), Date.parse("2026-11-02T11:00:00.123Z"))
    for (const text of ["2026-11-02T12:00:00", "2023-05-09 15:51:36", "", "TZ", null, undefined]) {
      assert.isNull(momentOf(text))
    }
  })
})

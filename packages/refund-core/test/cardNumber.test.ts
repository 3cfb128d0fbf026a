import { describe, it } from "@effect/vitest"
import { strictEqual } from "@effect/vitest/utils"
import { hasCardNumber } from "../src/cardNumber.ts"

/** Numbers that schemes and providers publish for tests, and one in mada's range. */
const cards = {
  visa: "4111111111111111",
  "visa of 13 digits": "4222222222222",
  "visa of 19 digits": "4000000000000000006",
  mastercard: "5555555555554444",
  "mastercard of the 2-series": "2223003122003222",
  "american express": "378282246310005",
  "diners of 14 digits": "36227206271667",
  "diners of 16 digits": "3056930009020004",
  discover: "6011111111111117",
  jcb: "3566002020360505",
  unionpay: "6205500000000000004",
  maestro: "6759649826438453",
  mir: "2200770239097761",
  mada: "9682000000000006"
}

describe("what is like a card number", () => {
  for (const [brand, number] of Object.entries(cards)) {
    it(`is a number of ${brand}, in one block and in blocks of four`, () => {
      strictEqual(hasCardNumber(number), true)
      strictEqual(hasCardNumber(`paid with ${number.replace(/(.{4})(?=.)/g, "$1 ")}, yesterday`), true)
      strictEqual(hasCardNumber({ kept: [{ beside: "7", deep: number }] }), true)
    })

    it(`is not a number of ${brand} with another last digit`, () => {
      strictEqual(hasCardNumber(number.slice(0, -1) + String((Number(number.at(-1)) + 1) % 10)), false)
    })
  }

  it("is one over two lines too, in a text of its own or deep in a value, and beside a sign that nobody sees", () => {
    for (const gap of ["\n", "\r\n", "\t", "\u00a0", " – ", "\u2011"]) {
      const text = `paid with${gap}4111${gap}1111${gap}1111${gap}1111`
      strictEqual(hasCardNumber(text), true, JSON.stringify(gap))
      strictEqual(hasCardNumber({ kept: [text] }), true, JSON.stringify(gap))
    }
    for (const before of ["\u0001", "\\", "\\u", '"', "\\n"]) {
      strictEqual(hasCardNumber(`${before}4111111111111111`), true, JSON.stringify(before))
    }
  })

  it("is no longer number, whatever it begins with, and nothing that is not there", () => {
    for (const none of [
      "41111111111111111111",
      "4111111111111111 ".repeat(2).replaceAll(" ", ""),
      undefined,
      null,
      ""
    ]) {
      strictEqual(hasCardNumber(none), false, String(none))
    }
  })

  it("is no UUID, whatever digits it has; a number beside one is", () => {
    for (const uuid of ["da389082-1567-4243-bdda-ba23409a0fb4", "1DF39722-7241-4504-871A-B8B4749A234B"]) {
      strictEqual(hasCardNumber(uuid), false, uuid)
      strictEqual(hasCardNumber({ trace: [`of ${uuid}, 7`] }), false, uuid)
      strictEqual(hasCardNumber(`${uuid} 4111 1111 1111 1111`), true, uuid)
      strictEqual(hasCardNumber(`x${uuid}`), true, uuid)
    }
  })

  it("is never a time in milliseconds, microseconds or nanoseconds", () => {
    for (let at = 1_500_000_000_000; at < 1_500_000_002_000; at++) {
      strictEqual(hasCardNumber(at), false)
      strictEqual(hasCardNumber(`${at}000`), false)
      strictEqual(hasCardNumber(`${at}000000`), false)
    }
  })

  it("is never a date, a date with a time, or two dates", () => {
    for (let day = 0; day < 3_000; day++) {
      const text = new Date(Date.UTC(2023, 0, 1 + day, day % 24, day % 60, (day * 7) % 60, day)).toISOString()
      for (const written of [text, text.replace(/[-:.TZ]/g, ""), `${text.slice(0, 10)} ${text.slice(0, 10)}`]) {
        strictEqual(hasCardNumber(written), false, written)
      }
    }
  })

  it("is seldom another number of 13 digits: one in a hundred would be, not one in ten", () => {
    let found = 0
    // Numbers all over the range, the same ones each time.
    for (let index = 0n; index < 10_000n; index++) {
      if (hasCardNumber(String(1_000_000_000_000n + ((index * 7_368_787_093_331n) % 9_000_000_000_000n)))) found++
    }
    strictEqual(found < 200, true, `${found} of 10000`)
  })
})

import { describe, expect, it } from "vitest"
import { hasCardNumber, metadataBytes } from "../src/freeText.ts"

describe("what people write", () => {
  it.each([
    "4242424242424242",
    "card 4242 4242 4242 4242 was charged",
    "4242-4242-4242-4242",
    "order 12345 4242424242424242",
    "378282246310005",
    "6304 0000 0000 0000 000",
    "４２４２４２４２４２４２４２４２",
    "4242 4242 – 4242 4242"
  ])("holds a card number: %s", (text) => {
    expect(hasCardNumber(text)).toBe(true)
  })

  it.each([
    "",
    "4242424242424241",
    "call +49 30 901820 before 2026-11-21",
    "424242424242",
    "42424242424242424242",
    "00000000-0000-4000-8000-000000000001",
    "0000000000000000"
  ])("holds none: %s", (text) => {
    expect(hasCardNumber(text)).toBe(false)
  })

  it("is searched at any depth of metadata, in names and numbers too", () => {
    expect(hasCardNumber({ a: [{ b: "4242 4242 4242 4242" }] })).toBe(true)
    expect(hasCardNumber({ "4242424242424242": 1 })).toBe(true)
    expect(hasCardNumber({ a: 4242424242424242 })).toBe(true)
    expect(hasCardNumber({ a: 4242, b: 4242, c: "4242", d: "4242" })).toBe(false)
    expect(hasCardNumber(undefined)).toBe(false)
  })

  it("is measured in bytes, not characters", () => {
    expect(metadataBytes({ a: "ä" })).toBe(10)
  })

  it("is searched quickly even where it is nothing but digits and blanks", () => {
    expect(hasCardNumber("1 ".repeat(8_192))).toBe(false)
  })
})

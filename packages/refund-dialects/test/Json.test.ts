import { assert, describe, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import { Result } from "effect"
import { decodeUtf8, parseJson } from "../src/Json.ts"
import { NumberText } from "../src/NumberText.ts"

const refused = (text: string, why: RegExp) => {
  for (const numbers of ["text", "double"] as const) {
    const read = parseJson(text, numbers)
    assert(Result.isFailure(read), `${text.slice(0, 60)} was read`)
    assert.match(read.failure, why)
  }
}

describe("JSON from the wire", () => {
  it("reads what JSON says", () => {
    const value = { a: [1, -2.5, true, false, null, "x:{[", { "": {} }], 'q"\\': "\\", é: "𝄞" }
    assertSuccess(parseJson(JSON.stringify(value), "double"), value)
    assertSuccess(parseJson(" [ ] ", "double"), [])
    assertSuccess(parseJson('"\\\\"', "double"), "\\")
  })

  it("gives every number as it was written where decimals are read", () => {
    assertSuccess(parseJson('{"amount":199.50,"e":1e2,"list":[0.1,-0]}', "text"), {
      amount: new NumberText("199.50"),
      e: new NumberText("1e2"),
      list: [new NumberText("0.1"), new NumberText("-0")]
    })
  })

  it("gives a double only for the very number that was written", () => {
    const kept = [
      "0",
      "-0",
      "1",
      "19.99",
      "1e2",
      "1.50e+1",
      "100.0",
      "9007199254740991",
      "1e21",
      "123456789012345",
      "0e9",
      "0.10"
    ]
    for (const text of kept) assertSuccess(parseJson(`[${text}]`, "double"), [Number(text)])
    const lost = [
      "100.00000000000000001",
      "9007199254740993",
      "9007199254740991.4",
      "1e400000000",
      "-1e999",
      "1e-400",
      "0.1234567890123456789",
      "1".repeat(50)
    ]
    for (const text of lost) assertSuccess(parseJson(`[${text}]`, "double"), [new NumberText(text)])
  })

  it("refuses a name that occurs twice in one object, also when it is spelled differently", () => {
    refused('{"amount":1,"amount":2}', /twice/)
    refused('{"a":{"x":1,"\\u0078":1}}', /twice/)
    refused('[{"a":1},{"b":{"":1,"":2}}]', /twice/)
    assertSuccess(parseJson('[{"a":1},{"a":{"a":1}}]', "double"), [{ a: 1 }, { a: { a: 1 } }])
  })

  it("refuses to go deeper than 64, without building anything", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
    assert.isTrue(Result.isSuccess(parseJson(nested(64), "text")))
    refused(nested(65), /nested more than 64/)
    refused("[".repeat(10_000), /nested more than 64/)
    refused('{"a":'.repeat(10_000), /nested more than 64/)
  })

  it("refuses __proto__, and keeps the prototype of what it reads", () => {
    refused('{"__proto__":{"admin":true}}', /__proto__/)
    refused('{"a":[{"\\u005f_proto__":1}]}', /__proto__/)
    assertSuccess(parseJson('{"constructor":1,"text":"__proto__"}', "double"), { constructor: 1, text: "__proto__" })
  })

  it("refuses what a ledger cannot keep as it was written: NUL, half a surrogate pair, a byte order mark", () => {
    refused('{"note":"a\\u0000b"}', /NUL/)
    refused('{"note":"\\ud800"}', /surrogate/)
    refused('{"\\udc00":1}', /surrogate/)
    refused("\ufeff{}", /byte order mark/)
    assertSuccess(parseJson('{"note":"\\ud834\\udd1e \\u202e"}', "double"), { note: "𝄞 \u202e" })
  })

  it("refuses what is not JSON", () => {
    for (const text of [
      "",
      "{",
      "{a:1}",
      "[1,]",
      "NaN",
      "Infinity",
      "0.1+0.2",
      "01",
      "'a'",
      '"a',
      "{} {}",
      '{"a":0x10}',
      "١",
      "1,00",
      '"\\"'
    ])
      refused(text, /not JSON/)
  })

  it("refuses bytes that are not UTF-8", () => {
    assertSuccess(decodeUtf8(new TextEncoder().encode("Größe 𝄞")), "Größe 𝄞")
    assertFailure(decodeUtf8(Uint8Array.of(0x22, 0xff, 0x22)), "The body is not valid UTF-8")
    assertFailure(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), "The body is not valid UTF-8")
    const marked = decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))
    assert(Result.isSuccess(marked))
    refused(marked.success, /byte order mark/)
  })
})

import { assert, describe, it } from "vitest"
import { colored, harmless, hasColor, plainly } from "../src/output/paint.ts"
import { table } from "../src/output/table.ts"
import { problemInWords } from "../src/output/violations.ts"
import { counted, decimal, entriesOf, moment, money } from "../src/output/words.ts"

describe("a number of things", () => {
  it("is one thing or several", () => {
    assert.strictEqual(entriesOf(1, 1), "1 journal entry of 1 order")
    assert.strictEqual(entriesOf(0, 2), "0 journal entries of 2 orders")
    assert.strictEqual(counted(1, "provider event"), "1 provider event")
  })
})

describe("colour", () => {
  it("is for terminals that want it", () => {
    const terminal = { isTTY: true }
    assert.isTrue(hasColor(terminal, {}))
    assert.isTrue(hasColor(terminal, { NO_COLOR: "" }))
    assert.isFalse(hasColor(terminal, { NO_COLOR: "0" }))
    assert.isFalse(hasColor(terminal, { TERM: "dumb" }))
    assert.isFalse(hasColor({}, { FORCE_COLOR: "1" }))
  })

  it("does not move columns", () => {
    const rows = [
      ["a", { text: "settled", style: "green" }, "1"],
      ["bb", "x", "20.00"]
    ] as const
    const columns = [{ name: "id" }, { name: "state" }, { name: "amount", right: true }] as const
    const plain = table(columns, rows, plainly)
    assert.strictEqual(plain, "id  state    amount\na   settled       1\nbb  x         20.00")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
    assert.strictEqual(table(columns, rows, colored).replace(/\u001b\[\d+m/g, ""), plain)
    assert.include(table(columns, rows, colored), "\u001b[32msettled\u001b[0m")
  })
})

describe("what the ledger was told", () => {
  it("cannot steer the terminal, forge a line, or turn text around", () => {
    assert.strictEqual(harmless("a\u001b[31mb\nc\u202ed\u0007"), "a\\u001b[31mb\\u000ac\\u202ed\\u0007")
    const problem = {
      type: "/problems/order-not-found",
      title: "No such order",
      status: 404,
      detail: "",
      code: "OrderNotFound",
      violations: [{ code: "OrderNotFound", message: "No order \u001b[2J" }]
    }
    assert.strictEqual(
      problemInWords(problem, plainly),
      "Rejected: No such order\n  OrderNotFound  No order \\u001b[2J"
    )
  })

  it("lines up whatever the script", () => {
    const rows = table(
      [{ name: "" }, { name: "" }],
      [
        ["日本", "x"],
        ["abcd", "y"]
      ],
      plainly
    ).split("\n")
    assert.deepStrictEqual(rows.slice(1), ["日本  x", "abcd  y"])
  })
})

describe("amounts and times", () => {
  it("have the currency's digits", () => {
    assert.deepStrictEqual(
      [decimal(1999n, "USD"), money(1999n, "JPY"), decimal(1n, "KWD"), decimal(5n, "???")],
      ["19.99", "1999 JPY", "0.001", "5"]
    )
    assert.strictEqual(moment(0), "1970-01-01 00:00:00Z")
    assert.strictEqual(moment(1), "1970-01-01 00:00:00Z")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { canBeKept, given, keptKey, list, valuesOf } from "../src/internal/postgres/lists.ts"
import { makePool } from "../src/internal/postgres/pool.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"

const texts = ["", "plain", 'a"b\\c,{}', "ключ", "🦊", "x".repeat(64), "é".repeat(70_000), "NULL", null, " a\n\t'"]
const numbers = [0, 1, -1, 2 ** 32 - 1, 2 ** 32, -(2 ** 32) - 7, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null]

describe("a list for PostgreSQL", () => {
  it("says how many values there are, and each after its length", () => {
    assert.strictEqual(
      list("int8", [1]).toString("hex"),
      "000000010000000100000014000000010000000100000008" + "0000000000000001"
    )
    assert.strictEqual(list("text", []).toString("hex"), "000000000000000100000019")
  })

  // The first to ask for the server waits until it is made.
  it.skipIf(noPostgres !== null)("is read there as it was written", { timeout: 180_000 }, async () => {
    const place = await newPlace()
    const pool = makePool({ url: place.url, connections: 1, statementMilliseconds: 9_000, lockMilliseconds: 9_000 })
    const columns = { text: "text", no: "int8" } as const
    const rows = texts.map((text, index) => [text, numbers[index] ?? null])
    const read = await pool.use((connection) => {
      return connection.ask(`SELECT v.text, v.no FROM ${given(columns)}`, ...valuesOf(columns, rows))
    })
    assert.deepStrictEqual(read.rows, rows)
    await pool.close()
  })
})

describe("a text that PostgreSQL cannot keep", () => {
  it("is one with NUL, or with half a letter", () => {
    assert.deepStrictEqual(["a", "a\0", "\ud800", "🦊"].map(canBeKept), [true, false, false, true])
  })

  it("is kept where it is a key, and no two keys become one", () => {
    const keys = ["a", "a\0", "a\\0", "a\\\\0", "\\", "\\\\"]
    assert.isTrue(keys.map(keptKey).every(canBeKept))
    assert.strictEqual(new Set(keys.map(keptKey)).size, keys.length)
  })
})

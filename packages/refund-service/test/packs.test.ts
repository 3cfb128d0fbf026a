/** A hostile file costs what it is long, and keeps nothing alive but what is told of it. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Result } from "effect"
import { afterEach, assert, describe, it, vi } from "vitest"
import { type Pack, packsOf, type Reading } from "../src/importing/packs.ts"

const say = (text: string) => text
const reading: Reading = {
  kind: null,
  format: null,
  maps: [],
  defaults: [],
  ignoresOthers: false,
  hasDecimalComma: false,
  saying: { map: say, default: say, kind: say, ignoreOthers: "" },
  readJson: (text) => Result.try({ try: () => JSON.parse(text) as unknown, catch: String }),
  after: 0
}

async function* parts(count: number, part: (at: number) => string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield Buffer.from(part(at))
}

const packed = async (chunks: AsyncIterable<Uint8Array>): Promise<ReadonlyArray<Pack>> => {
  const packs = []
  for await (const pack of packsOf(chunks, reading)) packs.push(pack)
  return packs
}

/** Row by row: its number, the line it begins in, and what is asked. */
const placed = (packs: ReadonlyArray<Pack>) =>
  packs.flatMap(({ rows }) => rows.map(({ item, row }) => [row.number, row.line, item._tag]))

afterEach(() => vi.restoreAllMocks())

describe("blank lines before the first row", () => {
  it("are looked at once each, and counted: rows and lines are numbered as the file has them", async () => {
    const looks = vi.spyOn(String.prototype, "trim")
    const csv = "orderId,amount,currency\nA-1,1.00,USD\n"
    const rows = placed(await packed(parts(301, (at) => (at < 300 ? "\n\r\n \n\n".repeat(25) : csv))))
    assert.deepStrictEqual(rows, [[30_002, 30_002, "Success"]])
    assert.isBelow(looks.mock.calls.length, 31_000)
    const line = '{"refund":{"orderId":"A-1","amount":1}}\n'
    const json = placed(await packed(parts(11, (at) => (at < 10 ? "\n".repeat(100) : line))))
    assert.deepStrictEqual(json, [[1_001, 1_001, "Success"]])
  })

  it("leave others their turn, though all of them came at once", async () => {
    let turns = 0
    let isOver = false
    const turn = () => {
      turns += 1
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    const file = `${"\n".repeat(2 * 1024 * 1024)}orderId,amount,currency\nA-1,1.00,USD\n`
    assert.lengthOf(await packed(parts(1, () => file)), 1)
    isOver = true
    assert.isAtLeast(turns, 30)
  })

  it("that go on for megabytes without an end are no blank lines: nobody knows what is behind", async () => {
    const endless = `${" ".repeat(5_000_000)}\n`
    const refusals = await packed(parts(1, () => `${endless}orderId,amount,currency\n`)).catch((cause) => cause.message)
    assert.match(String(refusals), /The header cannot be read\. Unclosed/)
    const [[number, , tag] = []] = placed(
      await packed(parts(1, () => `orderId,amount,currency\n${endless}A-1,1.00,USD\n`))
    )
    assert.deepStrictEqual([number, tag], [2, "Failure"])
  })
})

describe("rows that cannot be read", () => {
  it("fill a pack by what is kept of them, and keep alive no more of the file than that", async () => {
    setFlagsFromString("--expose-gc")
    const gc = runInNewContext("gc") as () => void
    gc()
    const before = process.memoryUsage().heapUsed
    const head = "orderId,amount,currency\n"
    const long = "y".repeat(3 * 1024 * 1024)
    for (const [first, row] of [
      [head, `a 5" pipe,${long}\n`],
      ['{"refund":{"orderId":"A-1","amount":1}}\n', `{"a":"${long}"}\n`]
    ] as const) {
      const packs = await packed(parts(41, (at) => (at === 0 ? first : row)))
      assert.strictEqual(placed(packs).filter(([, , tag]) => tag === "Failure").length, 40)
      for (const { rows } of packs) assert.isAtMost(rows.length, 10)
      gc()
      assert.isBelow(process.memoryUsage().heapUsed - before, 40 * 1024 * 1024)
      assert.isAbove(packs.length, 4)
    }
  })
})

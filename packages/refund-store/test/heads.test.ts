import { assert, describe, it } from "@effect/vitest"
import { followHead, toKnownOrder } from "../src/internal/batch/heads.ts"
import {
  figureColumns,
  type OrderRow,
  registeredColumns,
  type StoredOrder,
  toOrder
} from "../src/internal/orderRows.ts"

const parts = JSON.stringify([
  [["card", 100, 0, 60, 0, "stripe", "ch_1", "card", 100, 1]],
  [],
  [],
  [[1, 60]],
  [["r-1", "card", 60, 2]],
  []
])

const rowOf = (hash: string, held: number): OrderRow => {
  const figures = [100, 0, 0, 0, held, 0, 0] as const
  return [1, "A-1", "USD", null, null, null, ...figures, parts, 2, hash, 1, 1, 2]
}

describe("the heads of orders that were at hand lately", () => {
  it("are not made again of a row that ends its chain with the same hash", () => {
    const first = toKnownOrder(rowOf("same", 60))
    const again = toKnownOrder(rowOf("same", 60))
    assert.strictEqual(again.head, first.head)
    assert.deepStrictEqual(first, toOrder(rowOf("same", 60)))
  })

  it("are made of the row where another process has added to the order's chain", () => {
    toKnownOrder(rowOf("ours", 60))
    assert.strictEqual(toKnownOrder(rowOf("theirs", 90)).head.held, 90n)
  })

  it("are those of a decision, once it is what the row says", () => {
    const before = toKnownOrder(rowOf("before", 60))
    const after: StoredOrder = { ...before, hash: "after", head: { ...before.head, held: 70n } }
    followHead("before", after)
    const read = toKnownOrder(rowOf("after", 70))
    assert.strictEqual(read.head, after.head)
    assert.deepStrictEqual([...registeredColumns(read.head), ...figureColumns(read.head)].slice(4), [
      ...[100n, 0n, 0n, 0n, 70n, 0n, 0n],
      parts,
      2
    ])
  })

  it("are the row's own again where the decision was undone", () => {
    const before = toKnownOrder(rowOf("kept", 60))
    followHead("kept", { ...before, hash: "undone", head: { ...before.head, held: 70n } })
    assert.strictEqual(toKnownOrder(rowOf("kept", 60)).head.held, 60n)
  })

  it("are forgotten one day, and read again", () => {
    const first = toKnownOrder(rowOf("long ago", 60))
    const many = Array.from({ length: 100 }, (_, id) => ({ ...first.head.recent[0]!, refundId: `r-${id}` as never }))
    const large = { ...first.head, recent: many }
    for (let each = 0; each < 2_500; each++) followHead(undefined, { ...first, hash: `another ${each}`, head: large })
    const again = toKnownOrder(rowOf("long ago", 60))
    assert.notStrictEqual(again.head, first.head)
    assert.deepStrictEqual(again, first)
  })
})

import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Answering } from "../src/internal/answering.ts"
import { type Asking, row, rows, run } from "../src/internal/ask.ts"

const opened = (): Answering => {
  const db = new DatabaseSync(":memory:")
  db.exec("CREATE TABLE refunds (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, amount INTEGER)")
  return new Answering(db)
}

function* made(id: string, amount: bigint | null): Asking<number> {
  const found = yield* row<readonly [number]>("INSERT INTO refunds (id, amount) VALUES (?, ?) RETURNING no", id, amount)
  return found?.[0] ?? 0
}

describe("work that asks, on SQLite", () => {
  it("goes on with each answer: a row, rows, how many it changed", () => {
    const answering = opened()
    const answers = answering.answer(
      (function* () {
        const first = yield* made("r-1", 60n)
        const second = yield* made("r-2", null)
        const changed = yield* run("UPDATE refunds SET amount = ?2 WHERE id = ?1 OR id = ?1", "r-2", 40)
        const all = yield* rows<readonly [number, number]>("SELECT no, amount FROM refunds ORDER BY no")
        const none = yield* row("SELECT 1 FROM refunds WHERE id = ?", "r-3")
        return { first, second, changed, all, none }
      })()
    )
    const all: ReadonlyArray<readonly [number, number]> = [
      [1, 60],
      [2, 40]
    ]
    assert.deepStrictEqual(answers, { first: 1, second: 2, changed: 1, all, none: undefined })
  })

  it("meets what a statement throws where it was asked, and may go on", () => {
    const answering = opened()
    const answer = answering.answer(
      (function* () {
        yield* made("r-1", 60n)
        try {
          yield* made("r-1", 60n)
        } catch (error) {
          const [count] = (yield* row<readonly [number]>("SELECT count(*) FROM refunds")) ?? []
          return { count, said: String(error) }
        }
        return null
      })()
    )
    assert.strictEqual(answer?.count, 1)
    assert.match(answer?.said ?? "", /UNIQUE/)
    assert.throws(() => answering.answer(rows("SELECT 1 FROM nowhere")), /nowhere/)
  })

  it("refuses to write text that SQLite would change on the way in, and finds nothing by it", () => {
    const answering = opened()
    const broken = "\ud800"
    assert.throws(() => answering.answer(run("INSERT INTO refunds (id) VALUES (?)", broken)), /Unicode/)
    assert.throws(() => answering.answer(made(broken, 1n)), /Unicode/)
    answering.answer(made("\ufffd", 1n))
    assert.isUndefined(answering.answer(row("SELECT no FROM refunds WHERE id = ?", broken)))
    assert.deepStrictEqual(answering.answer(rows("SELECT no FROM refunds WHERE id = ?", broken)), [])
  })
})

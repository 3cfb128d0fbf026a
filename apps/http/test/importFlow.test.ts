/** How much of an import is held at once, and what becomes of it while the ledger is busy. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Schedule } from "effect"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { rejected } from "refund-core/Violation"
import { Patience } from "refund-service/importing/answering"
import { importerOf } from "./support/imports.ts"
import { down, withLedger } from "./support/memoryLedger.ts"

type Transact = LedgerStore["Service"]["transact"]

const impatient = Layer.succeed(Patience, Schedule.recurs(2))
const head = "orderId,amount,currency,reference,note\n"
const note = "a note that makes the row a little longer ".repeat(5)
const rowOf = (at: number, amount = "1.00") => `o-${at},${amount},USD,RMA-${at},${note}\n`

/** So many rows, a hundred a part, made when they are asked for. Of ten, nine are of too many decimals, so that the ledger is asked for one. */
const generated = (rows: number) => {
  const seen = { rows: 0 }
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (seen.rows >= rows) return controller.close()
        let text = seen.rows === 0 ? head : ""
        for (let count = 0; count < 100; count++) text += rowOf(++seen.rows, seen.rows % 10 === 0 ? "1.00" : "1.005")
        controller.enqueue(Buffer.from(text))
      }
    },
    { highWaterMark: 0 }
  )
  return { body, seen }
}

const nobody = rejected([{ _tag: "OrderNotFound", orderId: "none" }])

describe("an import of a hundred thousand rows", () => {
  it("is decided as it comes: what was sent and is not decided is never more than a part of it", async () => {
    let decided = 0
    let furthest = 0
    const { body, seen } = generated(100_000)
    const transact = (() =>
      Effect.suspend(() => {
        decided += 1
        furthest = Math.max(furthest, seen.rows - decided * 10)
        return Effect.fail(nobody)
      })) as Transact
    await withLedger({ store: { transact } }, async (server) => {
      const { last, progress, rejected } = await importerOf(server)(body)
      assert.deepInclude(last.totals, { rows: 100_000, made: 0, rejected: 100_000, untold: 0 })
      assert.deepStrictEqual([rejected.length, rejected[99_999]?.row, decided], [100_000, 100_001, 10_000])
      assert.isAbove(progress.length, 100)
    })
    // A pack, and what lies in the buffers of both sockets.
    assert.isBelow(furthest, 60_000)
  }, 120_000)

  it("is not read on while the ledger decides", async () => {
    const { body, seen } = generated(100_000)
    const open = Deferred.makeUnsafe<void>()
    const transact = (() => Effect.andThen(Deferred.await(open), Effect.fail(nobody))) as Transact
    await withLedger({ store: { transact } }, async (server) => {
      const gone = new AbortController()
      const answer = importerOf(server)(body, { signal: gone.signal }).catch(() => null)
      // A busy machine may leave the process alone for a while: only many looks in a row say that nothing comes any more.
      for (let before = 0, quiet = 0; quiet < 20; ) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        quiet = seen.rows > 0 && seen.rows === before ? quiet + 1 : 0
        before = seen.rows
      }
      assert.isBelow(seen.rows, 60_000)
      gone.abort()
      Deferred.doneUnsafe(open, Effect.void)
      assert.isNull(await answer)
    })
  }, 60_000)
})

describe("while the ledger is busy", () => {
  it("rows that it had no time for are asked for again, and those it answered are not", async () => {
    const asked = new Map<string, number>()
    const transact = ((scope: { readonly at: { readonly order: string } }) =>
      Effect.suspend((): Effect.Effect<never, unknown> => {
        const times = (asked.get(scope.at.order) ?? 0) + 1
        asked.set(scope.at.order, times)
        return times === 1 && scope.at.order.endsWith("7") ? down : Effect.fail(nobody)
      })) as unknown as Transact
    await withLedger({ store: { transact }, settings: impatient }, async (server) => {
      const { last, rejected } = await importerOf(server)(
        head + Array.from({ length: 20 }, (_, at) => rowOf(at)).join("")
      )
      assert.deepInclude(last.totals, { rows: 20, rejected: 20 })
      assert.isUndefined(last.problem)
      assert.deepStrictEqual([rejected[7]?.row, rejected[7]?.problem.code], [9, "OrderNotFound"])
      assert.deepStrictEqual([asked.get("o-7"), asked.get("o-17"), asked.get("o-8")], [2, 2, 1])
    })
  })

  it("for good, the last line says so and counts what was decided; from the start, it is an answer of its own: 503", async () => {
    const transact = ((scope: { readonly at: { readonly order: string } }) =>
      scope.at.order.length > 5 ? down : Effect.fail(nobody)) as unknown as Transact
    const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => rowOf(from + at)).join("")
    await withLedger({ store: { transact }, settings: impatient }, async (server) => {
      const send = importerOf(server)
      const begun = await send(head + rows(0, 1_100))
      assert.deepStrictEqual([begun.status, begun.last.problem.code], [200, "Unavailable"])
      assert.deepInclude(begun.last.totals, { rows: 1_000, rejected: 1_000 })
      const never = await send(head + rows(1_000, 1_100))
      assert.deepStrictEqual(
        [never.status, never.problem.code, never.problem.detail],
        [503, "Unavailable", "the disk is full"]
      )
    })
  })
})

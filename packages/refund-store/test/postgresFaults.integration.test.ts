// T12: connections that are killed, transactions that the database gives up, and answers that are lost, at every twentieth
// statement. Nothing of it is seen but that it takes longer, or that somebody is told to ask again.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Command } from "refund-core/Command"
import { decide, scopeOf } from "refund-core/decide"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { caller, capture, freshId, order, register, request } from "refund-testkit/build"
import { make } from "../src/internal/postgres/ledger.ts"
import { makePool } from "../src/internal/postgres/pool.ts"
import { defaults } from "../src/PostgresLedger.ts"
import { breaking } from "./support/faults.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"

const clerk = caller()

const told = (command: Command) =>
  LedgerStore.use((store) => store.transact(scopeOf(command), (facts) => decide(command, facts))).pipe(
    Effect.match({
      onSuccess: () => "accepted",
      onFailure: (failure) => (failure._tag === "Rejected" ? failure.violations[0]._tag : failure._tag)
    })
  )

const count = (answers: ReadonlyArray<string>, answer: string) => answers.filter((each) => each === answer).length

const rounds = 4
const orders = ["o-1", "o-2", "o-3"]
const each = 60

/** Sixty requests of 1 to each of three orders that have 40, all at the same time; half of them name the capture. */
const asked = (round: number) =>
  Array.from({ length: orders.length * each }, (_, index) => {
    const name = `${orders[index % orders.length]}-${round}`
    const where = index % 2 === 0 ? { order: name } : { at: `c-${name}` }
    return request({ caller: clerk, ...where, amount: 1n, key: `k-${round}-${index}`, id: freshId() })
  })

const unnamed = 200

/** Nothing but the ledger keeps these from being made twice, where it was not told that they were made. */
const withoutKeys = Effect.gen(function* () {
  while ((yield* told(register(order({ captures: [capture("c-open", 1_000n)] }), { id: "open" }))) !== "accepted");
  const asked = Array.from({ length: unnamed }, () => request({ caller: clerk, order: "open", amount: 1n }))
  const answers = yield* Effect.forEach(asked, told, { concurrency: "unbounded" })
  assert.strictEqual(count(answers, "accepted"), unnamed)
  return unnamed
})

describe.skipIf(noPostgres !== null)("T12: while connections and statements fail", () => {
  it("every answer is one of the ledger's, and what was answered is what is there, once", async () => {
    const place = await newPlace()
    const broken = breaking(0.05, 20_261_122)
    const store = Layer.effectContext(make({ ...defaults, ...place, batchLimit: 16 }, broken.wrap))
    const pool = makePool({ ...place, connections: 1, statementMilliseconds: 5_000, lockMilliseconds: 1_000 })
    const read = async (sql: string) =>
      (await pool.use((connection) => connection.ask<ReadonlyArray<unknown>>(sql))).rows

    const accepted = await Effect.runPromise(
      Effect.gen(function* () {
        let accepted = 0
        broken.begin()
        for (let round = 0; round < rounds; round++) {
          for (const name of orders) {
            const registered = register(order({ captures: [capture(`c-${name}-${round}`, 40n)] }), {
              id: `${name}-${round}`
            })
            while ((yield* told(registered)) !== "accepted");
          }
          const answers = yield* Effect.forEach(asked(round), told, { concurrency: "unbounded" })
          assert.sameMembers(
            [...new Set(answers)].filter((answer) => answer !== "LedgerUnavailable"),
            ["accepted", "ExceedsCollected", "ExceedsCaptured"]
          )
          // Whoever was told to ask again, asks again with the same key.
          const again = yield* Effect.forEach(asked(round), (command) => told(command), { concurrency: "unbounded" })
          assert.strictEqual(count(again, "LedgerUnavailable"), 0)
          accepted += count(again, "accepted")
        }
        return accepted + (yield* withoutKeys)
      }).pipe(Effect.provide(store))
    )
    assert.strictEqual(accepted, rounds * orders.length * 40 + unnamed)
    assert.deepStrictEqual(
      await read("SELECT count(*), count(DISTINCT request_key), sum(amount)::bigint FROM refunds"),
      [[accepted, accepted - unnamed, accepted]]
    )
    // One entry after the other in every chain, as many as its head says, and no figure that is not its refunds'.
    const odd = `SELECT o.id FROM orders o WHERE entries <> (SELECT count(*) FROM journal j WHERE j.chain = o.no)
      OR entries <> (SELECT max(seq) FROM journal j WHERE j.chain = o.no)
      OR head_hash <> (SELECT hash FROM journal j WHERE j.chain = o.no ORDER BY seq DESC LIMIT 1)
      OR held <> (SELECT sum(amount) FROM refunds r WHERE r.order_no = o.no)`
    assert.deepStrictEqual(await read(odd), [])
    // An order's entries are in the feed in their order.
    const passed = `SELECT a.no FROM journal a JOIN journal b ON a.chain = b.chain AND a.seq < b.seq
      WHERE (a.xid, a.no) > (b.xid, b.no)`
    assert.deepStrictEqual(await read(passed), [])
    for (const [fault, times] of Object.entries(broken.happened)) assert.isAbove(times, 0, fault)
    await pool.close()
  })
})

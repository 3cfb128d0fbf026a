import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import { LedgerReader, type RefundFilter } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, freshId, order, register, request } from "refund-testkit/build"
import { sqlite } from "../src/internal/dialect.ts"
import { sliceSql, stateIs } from "../src/internal/list.ts"
import { portionSql } from "../src/internal/reportRows.ts"
import { countRefunds } from "../src/internal/verify.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const { tenant } = caller()
const others = TenantId.make("others")

/** Rows of another tenant, more than are looked through at once, as if they had come between. */
const crowd = (file: string, from: number, count: number): void => {
  const db = new DatabaseSync(file)
  db.exec(`
    WITH RECURSIVE n (no) AS (SELECT ${from} UNION ALL SELECT no + 1 FROM n WHERE no < ${from + count - 1})
    INSERT INTO refunds (no, tenant, id, order_no, type, destination, amount, currency, state, stage, requested_at,
      updated_at, request)
    SELECT no, 99, 'r-' || no, 99, 'default', 'original', 1, 'USD', 'approved', 0, 0, 0, '{}' FROM n`)
  db.close()
}

const pages = (filter: RefundFilter, limit: number) =>
  Effect.gen(function* () {
    const reader = yield* LedgerReader
    const found: Array<ReadonlyArray<bigint>> = []
    let cursor: string | null = null
    do {
      const page: { readonly refunds: ReadonlyArray<{ readonly amount: bigint }>; readonly next: string | null } =
        yield* reader.list(tenant, filter, { limit, cursor })
      found.push(page.refunds.map((refund) => refund.amount))
      cursor = page.next
    } while (cursor !== null)
    return found
  })

/** Amounts 1 to 4 are the oldest refunds, 5 to 7 the newest; far more than a window lies between them. */
const written = (file: string) =>
  Effect.gen(function* () {
    const ask = (amount: bigint, options = {}) =>
      Refunds.use((refunds) => refunds.execute(request({ amount, id: freshId(), ...options })))
    const registered = (id: string, captureId: string) =>
      Refunds.use((refunds) =>
        refunds.execute(register(order({ captures: [capture(captureId)], customer: `customer of ${id}` }), { id }))
      )
    yield* Effect.gen(function* () {
      yield* registered("o-1", "c-1")
      yield* registered("o-2", "c-2")
      yield* ask(1n)
      yield* ask(2n, { order: "o-2" })
      yield* ask(3n, { requiresApproval: true })
      yield* ask(4n, { destination: "payout", caller: caller({ now: 5_000 }) })
    }).pipe(Effect.provide(ledgerAt(file)))
    crowd(file, 5, 45_000)
    yield* Effect.gen(function* () {
      yield* ask(5n)
      yield* ask(6n, { order: "o-2" })
      yield* ask(7n, { destination: "store_credit" })
    }).pipe(Effect.provide(ledgerAt(file)))
  })

describe("a list of refunds", () => {
  it.effect("is found whole and in order, page by page, however much lies between", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* written(file)
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* pages({}, 3), [[7n, 6n, 5n], [4n, 3n, 2n], [1n]])
        assert.deepStrictEqual(yield* pages({}, 7), [[7n, 6n, 5n, 4n, 3n, 2n, 1n]])
        const filters: ReadonlyArray<readonly [RefundFilter, ReadonlyArray<bigint>]> = [
          [{ orderId: OrderId.make("o-2") }, [6n, 2n]],
          [{ orderId: OrderId.make("o-9") }, []],
          [{ captureId: CaptureId.make("c-1") }, [5n, 3n, 1n]],
          [{ captureId: CaptureId.make("c-1"), orderId: OrderId.make("o-2") }, []],
          [{ customerId: "customer of o-2" }, [6n, 2n]],
          [{ state: "pending_approval" }, [3n]],
          [{ state: "settled" }, [7n]],
          [{ state: "unknown" }, []],
          [{ destination: "payout" }, [4n]],
          [{ type: "shipping" }, []],
          [{ createdBefore: 5_001 }, [4n]],
          [{ createdAfter: 5_001, orderId: OrderId.make("o-1") }, [7n, 5n, 3n, 1n]]
        ]
        for (const [filter, found] of filters) {
          assert.deepStrictEqual((yield* pages(filter, 2)).flat(), found)
          assert.deepStrictEqual(yield* pages(filter, 100), [found])
        }
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )

  it.effect("finds the states that people look for by their index, and in order", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Refunds.use((refunds) => refunds.execute(register())).pipe(Effect.provide(ledgerAt(file)))
      for (const state of ["pending_approval", "requires_action", "unknown", "in_review", "failed"]) {
        const sql = `SELECT no FROM refunds WHERE no < 9 AND no >= 0 AND tenant = 1 AND ${stateIs(state)[0]} ORDER BY no DESC`
        assert.match(planOf(file, sql), /^SEARCH refunds USING (COVERING )?INDEX refunds_to_look_at .*$/)
      }
    })
  )

  it.effect("looks through windows of numbers, and never through all of a tenant's refunds", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Refunds.use((refunds) => refunds.execute(register())).pipe(Effect.provide(ledgerAt(file)))
      const window = /^SEARCH refunds USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)$/
      const listed = sliceSql(`refunds${sqlite.byNumber}`, [["no < ?"], ["no >= ?"], ["tenant = ?"], ["state = ?"]])
      assert.match(planOf(file, listed), window)
      for (const scope of [{}, { currency: "USD" as CurrencyCode, requestedFrom: 1, states: ["approved"] as const }]) {
        assert.match(planOf(file, portionSql(scope, sqlite)), window)
      }
      assert.match(planOf(file, countRefunds(sqlite)), window)
    })
  )

  it.effect("is empty for a tenant that has written nothing, and for a cursor that is none", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* written(file)
      const page = { limit: 10, cursor: null }
      const empty = { refunds: [], next: null }
      yield* Effect.gen(function* () {
        const reader = yield* LedgerReader
        assert.deepStrictEqual(yield* reader.list(others, {}, page), empty)
        assert.deepStrictEqual(yield* reader.list(tenant, {}, { limit: 10, cursor: "nonsense" }), empty)
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )
})

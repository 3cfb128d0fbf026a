import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { noPostgres } from "./support/postgres.ts"
import { ledgerAt, looks, type Place, place } from "./support/postgresLedger.ts"

const { tenant } = caller()
const open = (at: Place) => Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(ledgerAt(at))))
const ask = (amount: bigint) =>
  Refunds.use((refunds) => refunds.execute(request({ amount, destination: "payout", key: `k-${amount}` })))

/** More than are looked through at once. */
const crowd = (
  tenant: number,
  from: number
) => `INSERT INTO refunds (no, tenant, id, order_no, type, destination, amount,
  currency, state, stage, requested_at, updated_at, request) SELECT n, ${tenant}, 'r-' || n, 99, 'default', 'original', 1,
  'USD', 'approved', 0, 0, 0, '{}' FROM generate_series(${from}::bigint, ${from + 24_999}) n`

describe.skipIf(noPostgres !== null)("a list of refunds on PostgreSQL", () => {
  it.effect("is whole and in order, however many of the tenant's own and of others' lie between", () =>
    Effect.gen(function* () {
      const at = yield* place
      const look = yield* looks(at)
      yield* Effect.gen(function* () {
        yield* Refunds.use(({ execute }) => execute(register(order({ captures: [capture("c-1")] }))))
        yield* ask(1n)
        yield* ask(2n)
      }).pipe(Effect.provide(open(at)))
      yield* Effect.promise(async () => {
        await look(crowd(99, 1_000))
        await look(crowd(1, 100_000))
        await look("UPDATE numbers SET next = 200000 WHERE name = 'refunds'")
      })
      yield* Effect.gen(function* () {
        yield* ask(3n)
        const reader = yield* LedgerReader
        const found: Array<ReadonlyArray<bigint>> = []
        let cursor: string | null = null
        do {
          const page: { readonly refunds: ReadonlyArray<{ readonly amount: bigint }>; readonly next: string | null } =
            yield* reader.list(tenant, { destination: "payout" }, { limit: 2, cursor })
          found.push(page.refunds.map(({ amount }) => amount))
          cursor = page.next
        } while (cursor !== null)
        assert.deepStrictEqual(found.flat(), [3n, 2n, 1n])
      }).pipe(Effect.provide(open(at)))
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { noPostgres } from "./support/postgres.ts"
import { execute, ledgerAt, looks, place } from "./support/postgresLedger.ts"

const { tenant } = caller()

/** As no ledger ever writes it: each of the tenant's refunds once more, as another's, and the second after the third. */
const doubled = `INSERT INTO refunds (no, tenant, id, order_no, prior, type, destination, amount, currency, state, stage, requested_at,
  updated_at, request) SELECT no, 99, id, order_no, CASE no WHEN 2 THEN 3 END, type, destination, 77, currency, state, stage, 0, 0, request FROM refunds`

describe.skipIf(noPostgres !== null)("a number that two tenants' refunds have", () => {
  it.effect("shows neither of them what is the other's", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* Effect.gen(function* () {
        yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
        for (const amount of [1n, 2n]) yield* execute(request({ amount, key: `k-${amount}` }))
        yield* execute(register(order({ captures: [capture("c-2", 1_000n)] }), { id: "o-2" }))
        yield* execute(request({ amount: 3n, order: "o-2", key: "k-3" }))
        const look = yield* looks(at)
        yield* Effect.promise(() => look(doubled))
        const reader = yield* LedgerReader
        const { orderId } = register()
        const view = yield* reader.order(tenant, { order: orderId })
        assert.deepStrictEqual(
          view?.refunds.map(({ amount }) => amount),
          [1n, 2n]
        )
        const { refunds } = yield* reader.list(tenant, { orderId }, { limit: 10, cursor: null })
        assert.deepStrictEqual(
          refunds.map(({ amount }) => amount),
          [2n, 1n]
        )
        const scope = { tenant, at: { order: orderId }, open: 10, underWay: 10 }
        const decidedOn = yield* LedgerStore.use((store) =>
          store.read(scope, (facts) => [...facts.refunds.values()].map(({ amount }) => amount))
        )
        assert.deepStrictEqual(decidedOn, [1n, 2n])
      }).pipe(Effect.provide(ledgerAt(at)))
    }).pipe(Effect.scoped)
  )
})

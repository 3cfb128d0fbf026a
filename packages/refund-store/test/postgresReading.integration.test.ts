import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type CaptureId, OrderId, type RefundId, type TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Outbox } from "refund-core/ports/Outbox"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { make } from "../src/internal/postgres/ledger.ts"
import { defaults } from "../src/PostgresLedger.ts"
import { auditTests } from "./support/auditTests.ts"
import { breaking } from "./support/faults.ts"
import { outboxTests } from "./support/outboxTests.ts"
import { noPostgres } from "./support/postgres.ts"
import { ledgerAt, type Place, patient, place } from "./support/postgresLedger.ts"

const clerk = caller({ now: Date.now() })
const { tenant } = clerk

const open = (at: Place, options: { readonly worker?: boolean } = {}) =>
  Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(ledgerAt(at, options))))

describe.skipIf(noPostgres !== null)("what is due on PostgreSQL", () => outboxTests(place, open))

describe.skipIf(noPostgres !== null)("reports and audits on PostgreSQL", () => auditTests(place, open))

describe.skipIf(noPostgres !== null)("whoever reads from PostgreSQL", () => {
  it.effect("finds nothing by a name that PostgreSQL cannot keep", () =>
    Effect.gen(function* () {
      const { execute } = yield* Refunds
      const reader = yield* LedgerReader
      yield* execute(register(order({ captures: [capture("c-1")], customer: "customer-1" })))
      yield* execute(request({ amount: 10n, reference: "\0", reason: "\0 and \ud800" }))
      for (const odd of ["\0", "o-1\0", "\ud800"]) {
        const orderId = odd as OrderId
        assert.isNull(yield* reader.order(tenant, { order: orderId }))
        assert.isNull(yield* reader.order(tenant, { capture: odd as CaptureId }))
        assert.deepStrictEqual(yield* reader.refunds(tenant, { id: odd as RefundId }), [])
        assert.isNull(yield* reader.match(tenant, "simulator", { reference: odd }))
        assert.isNull(yield* reader.match(tenant, odd, { captureReference: "ch-1" }))
        assert.deepStrictEqual(yield* reader.credit(tenant, odd), [])
        assert.deepStrictEqual(yield* reader.journal(tenant, `order:${odd}`), [])
        assert.deepStrictEqual((yield* reader.list(tenant, { customerId: odd }, page)).refunds, [])
        assert.deepStrictEqual((yield* reader.list(tenant, { orderId }, page)).refunds, [])
        assert.isNull(yield* reader.keyByHash(odd))
        assert.isFalse(yield* reader.hasOrders(odd as TenantId))
      }
      // What people write is kept as JSON, which has another way to say it.
      assert.lengthOf((yield* reader.list(tenant, { reference: "\0" }, page)).refunds, 1)
      assert.isTrue((yield* reader.verify(tenant)).ok)
    }).pipe(Effect.provide(Layer.unwrap(Effect.map(place, (at) => open(at)))))
  )

  it.live("is answered while every tenth statement fails, and takes each of what is due once", () =>
    Effect.gen(function* () {
      const at = yield* place
      const broken = breaking(0.1, 20_261_122)
      const ledger = Refunds.layer.pipe(
        Layer.provideMerge(Layer.effectContext(make({ ...defaults, ...patient, ...at }, broken.wrap)))
      )
      yield* Effect.gen(function* () {
        const { execute } = yield* Refunds
        const reader = yield* LedgerReader
        const outbox = yield* Outbox
        yield* execute(register(order({ captures: [capture("c-1")] })))
        yield* Effect.forEach(
          Array.from({ length: 40 }),
          () => Effect.suspend(() => execute(request({ amount: 1n, caller: clerk }))),
          { concurrency: "unbounded" }
        )
        broken.begin()
        for (let time = 0; time < 40; time++) {
          const view = yield* reader.order(tenant, { order: OrderId.make("o-1") })
          assert.lengthOf(view?.refunds ?? [], 40)
        }
        const taken = yield* Effect.forEach(Array.from({ length: 20 }), () => outbox.take(3))
        broken.end()
        const ids = taken.flat().map((due) => due.refundId)
        assert.strictEqual(new Set(ids).size, ids.length)
        // Those of an answer that was lost come back when their lease is over, and not before.
        assert.isAtLeast(ids.length, 20)
        assert.isAbove(broken.happened.killed, 0)
        assert.isAbove(broken.happened["answer lost"], 0)
      }).pipe(Effect.provide(ledger))
    })
  )
})

const page = { limit: 10, cursor: null }

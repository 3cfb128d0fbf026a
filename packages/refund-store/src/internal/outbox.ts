/** The outbox on SQLite: refunds wait until `available_at`, which a lease moves ahead by the file's own clock. */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Exit, Queue } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CustomerId, RefundId, TenantId } from "refund-core/Ids"
import type { DueRefund, Outbox } from "refund-core/ports/Outbox"
import type { Destination, RefundState } from "refund-core/Refund"
import { now } from "./clock.ts"
import { row, rows, tuples } from "./connection.ts"
import { calledFor, type Lease, type Leased } from "./recordRefunds.ts"
import { providerOf } from "./refundRows.ts"
import type { Retried } from "./slices.ts"
import type { Writer } from "./writer.ts"

export const expiredSql = `SELECT t.id, a.customer_id, a.currency FROM accounts a JOIN tenants t ON t.no = a.tenant
  WHERE a.expires_at <= ${now} ORDER BY a.expires_at LIMIT ?`

const statements = (db: DatabaseSync) => ({
  isDue: tuples(db, `SELECT 1 FROM refunds WHERE available_at <= ${now} LIMIT 1`),
  take: tuples(
    db,
    `UPDATE refunds SET available_at = ${now} + ?1, leased_by = ?2
     WHERE no IN (SELECT no FROM refunds WHERE available_at <= ${now} ORDER BY available_at LIMIT ?3)
     RETURNING due_at, no, id, (SELECT t.id FROM tenants t WHERE t.no = tenant), destination, state, request`
  ),
  postpone: db.prepare(
    `UPDATE refunds SET available_at = max(?4, due_at), leased_by = NULL
     WHERE tenant = (SELECT no FROM tenants WHERE id = ?1) AND id = ?2 AND leased_by = ?3
       AND available_at > ${now}`
  ),
  expired: tuples(db, expiredSql),
  release: db.prepare(
    `UPDATE refunds SET available_at = due_at, leased_by = NULL
     WHERE tenant = (SELECT no FROM tenants WHERE id = ?1) AND id = ?2 AND leased_by = ?3`
  )
})

type LeasedRow = readonly [
  dueAt: number,
  no: number,
  refundId: RefundId,
  tenant: TenantId,
  destination: Destination,
  state: RefundState,
  request: string
]

const toDue = ([, , refundId, tenant, destination, state, request]: LeasedRow): DueRefund => {
  return { tenant, refundId, provider: calledFor({ destination, state, ...providerOf(request) }) }
}

export const makeOutbox = (
  db: DatabaseSync,
  writer: Writer,
  retried: Retried,
  fresh: Queue.Queue<DueRefund>,
  lease: Pick<Lease, "by" | "milliseconds">
): (typeof Outbox)["Service"] => {
  const sql = statements(db)

  const leaseDue = (limit: number): ReadonlyArray<DueRefund> =>
    rows<LeasedRow>(sql.take, lease.milliseconds, lease.by, limit)
      .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
      .map(toDue)

  return {
    fresh: Queue.take(fresh),
    take: (limit) =>
      Effect.flatMap(
        retried(() => row(sql.isDue) !== undefined),
        (isDue) => (isDue ? writer.write(() => Exit.succeed(leaseDue(limit))) : Effect.succeed([]))
      ),
    postpone: ({ refundId, tenant }, until) =>
      writer.write(() => {
        sql.postpone.run(tenant, refundId, lease.by, until)
        return Exit.void
      }),
    expired: (limit) =>
      retried(() =>
        rows<readonly [TenantId, CustomerId, CurrencyCode]>(sql.expired, limit).map(
          ([tenant, customerId, currency]) => ({ tenant, customerId, currency })
        )
      ),
    release: (due) =>
      due.length === 0
        ? Effect.void
        : writer.write(() => {
            for (const { refundId, tenant } of due) sql.release.run(tenant, refundId, lease.by)
            return Exit.void
          })
  }
}

/** What a commit leased goes to this process's worker. */
export const offer = (fresh: Queue.Queue<DueRefund>, leased: Leased): void => {
  for (const due of leased) Queue.offerUnsafe(fresh, due)
}

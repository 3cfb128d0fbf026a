/** The outbox on SQLite: rows wait until `available_at`, which a lease moves ahead by the file's own clock. */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Exit, Queue } from "effect"
import type { RefundId, TenantId } from "refund-core/Ids"
import type { DueRefund, Outbox } from "refund-core/ports/Outbox"
import { row, rows, tuples } from "./connection.ts"
import type { Lease, Leased } from "./record.ts"
import type { Retried } from "./slices.ts"
import type { Writer } from "./writer.ts"

const now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)"

const statements = (db: DatabaseSync) => ({
  isDue: tuples(db, `SELECT 1 FROM outbox WHERE available_at <= ${now} LIMIT 1`),
  take: tuples(
    db,
    `UPDATE outbox SET available_at = ${now} + ?1, leased_by = ?2
     WHERE no IN (SELECT no FROM outbox WHERE available_at <= ${now} ORDER BY available_at LIMIT ?3)
     RETURNING no, due_at`
  ),
  names: tuples(db, "SELECT t.id, r.id FROM refunds r JOIN tenants t ON t.no = r.tenant WHERE r.no = ?"),
  release: db.prepare(
    `UPDATE outbox SET available_at = due_at, leased_by = NULL
     WHERE leased_by = ?1 AND no = (SELECT r.no FROM refunds r JOIN tenants t ON t.no = r.tenant
       WHERE t.id = ?2 AND r.id = ?3)`
  )
})

export const makeOutbox = (
  db: DatabaseSync,
  writer: Writer,
  retried: Retried,
  fresh: Queue.Queue<DueRefund>,
  lease: Pick<Lease, "by" | "milliseconds">
): (typeof Outbox)["Service"] => {
  const sql = statements(db)

  const named = (no: number): DueRefund => {
    const found = row<readonly [TenantId, RefundId]>(sql.names, no)
    if (found === undefined) throw new Error(`refund number ${no} is due but not there`)
    return { tenant: found[0], refundId: found[1] }
  }

  const leaseDue = (limit: number): ReadonlyArray<DueRefund> =>
    rows<readonly [no: number, dueAt: number]>(sql.take, lease.milliseconds, lease.by, limit)
      .toSorted((a, b) => a[1] - b[1] || a[0] - b[0])
      .map(([no]) => named(no))

  return {
    fresh: Queue.take(fresh),
    take: (limit) =>
      Effect.flatMap(
        retried(() => row(sql.isDue) !== undefined),
        (isDue) => (isDue ? writer.write(() => Exit.succeed(leaseDue(limit))) : Effect.succeed([]))
      ),
    release: (due) =>
      due.length === 0
        ? Effect.void
        : writer.write(() => {
            for (const { refundId, tenant } of due) sql.release.run(lease.by, tenant, refundId)
            return Exit.void
          })
  }
}

/** What a commit leased goes to this process's worker. */
export const offer = (fresh: Queue.Queue<DueRefund>, leased: Leased): void => {
  for (const { refundId, tenant } of leased) Queue.offerUnsafe(fresh, { tenant, refundId })
}

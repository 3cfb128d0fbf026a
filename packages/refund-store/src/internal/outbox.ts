/** The outbox: refunds wait until `available_at`, which a lease moves ahead by the database's own clock. */
import { Effect, Queue } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CustomerId, RefundId, TenantId } from "refund-core/Ids"
import type { DueCredit, DueRefund, Outbox } from "refund-core/ports/Outbox"
import type { Destination, RefundState } from "refund-core/Refund"
import { type Asking, row, rows, run } from "./ask.ts"
import type { Database } from "./database.ts"
import type { Dialect } from "./dialect.ts"
import { calledFor, type Lease, type Leased } from "./lease.ts"
import { providerOf } from "./refundRows.ts"

export const outboxSql = ({ among, forLease, now }: Dialect) => ({
  isDue: `SELECT 1 FROM refunds WHERE available_at <= ${now} LIMIT 1`,
  take: `UPDATE refunds SET available_at = ${now} + ?1, leased_by = ?2
    WHERE ${among("no", `SELECT no FROM refunds WHERE available_at <= ${now} ORDER BY available_at LIMIT ?3 ${forLease}`)}
    RETURNING due_at, no, id, (SELECT t.id FROM tenants t WHERE t.no = tenant), destination, state, request`,
  postpone: `UPDATE refunds SET available_at = CASE WHEN due_at > ?4 THEN due_at ELSE ?4 END, leased_by = NULL
    WHERE tenant = (SELECT no FROM tenants WHERE id = ?1) AND id = ?2 AND leased_by = ?3 AND available_at > ${now}`,
  release: `UPDATE refunds SET available_at = due_at, leased_by = NULL
    WHERE tenant = (SELECT no FROM tenants WHERE id = ?1) AND id = ?2 AND leased_by = ?3`,
  expired: `SELECT t.id, a.customer_id, a.currency FROM accounts a JOIN tenants t ON t.no = a.tenant
    WHERE a.expires_at <= ${now} ORDER BY a.expires_at LIMIT ?`
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

type ExpiredRow = readonly [tenant: TenantId, customerId: CustomerId, currency: CurrencyCode]

const toCredit = ([tenant, customerId, currency]: ExpiredRow): DueCredit => {
  return { tenant, customerId, currency }
}

export const makeOutbox = (
  { dialect, read, write }: Pick<Database, "dialect" | "read" | "write">,
  fresh: Queue.Queue<DueRefund>,
  lease: Pick<Lease, "by" | "milliseconds">
): (typeof Outbox)["Service"] => {
  const sql = outboxSql(dialect)

  function* leaseDue(limit: number): Asking<ReadonlyArray<DueRefund>> {
    const leased = yield* rows<LeasedRow>(sql.take, lease.milliseconds, lease.by, limit)
    return leased.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]).map(toDue)
  }

  function* release(due: ReadonlyArray<DueRefund>): Asking<void> {
    for (const { refundId, tenant } of due) yield* run(sql.release, tenant, refundId, lease.by)
  }

  return {
    fresh: Queue.take(fresh),
    take: (limit) =>
      Effect.flatMap(
        read(() => row(sql.isDue)),
        (due) => (due === undefined ? Effect.succeed([]) : write(() => leaseDue(limit)))
      ),
    postpone: ({ refundId, tenant }, until) =>
      Effect.asVoid(write(() => run(sql.postpone, tenant, refundId, lease.by, until))),
    expired: (limit) =>
      Effect.map(
        read(() => rows<ExpiredRow>(sql.expired, limit)),
        (found) => found.map(toCredit)
      ),
    release: (due) => (due.length === 0 ? Effect.void : write(() => release(due)))
  }
}

/** What a commit leased goes to this process's worker. */
export const offer = (fresh: Queue.Queue<DueRefund>, leased: Leased): void => {
  for (const due of leased) Queue.offerUnsafe(fresh, due)
}

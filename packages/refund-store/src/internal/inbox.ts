/** The inbox on SQLite: an event is a row, and whoever applies it leases that row by the file's own clock. */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Exit } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { Inbox, InboxEvent, InboxState } from "refund-core/ports/Inbox"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { now } from "./clock.ts"
import { row, rows, run, tuples } from "./connection.ts"
import { isOpenEvent } from "./messageTables.ts"
import { newsText, readNews } from "./news.ts"
import type { Lease } from "./recordRefunds.ts"
import type { Retried } from "./slices.ts"
import type { Tenants } from "./tenants.ts"
import { newestFirst } from "./windows.ts"
import type { Writer } from "./writer.ts"

const columns = `no, (SELECT t.id FROM tenants t WHERE t.no = tenant) AS tenant_id, provider, news, received_at, state,
  tries, detail, due_at`

interface InboxRow {
  readonly no: number
  readonly tenant_id: TenantId
  readonly provider: string
  readonly news: string
  readonly received_at: number
  readonly state: InboxState
  readonly tries: number
  readonly detail: string | null
  readonly due_at: number | null
}

export const inboxSql = {
  isDue: `SELECT 1 FROM inbox WHERE available_at <= ${now} LIMIT 1`,
  take: `UPDATE inbox SET available_at = ${now} + ?1, leased_by = ?2
    WHERE no IN (SELECT no FROM inbox WHERE available_at <= ${now} ORDER BY available_at, no LIMIT ?3)
    RETURNING ${columns}`,
  open: `SELECT ${columns} FROM inbox WHERE tenant = ?1 AND ${isOpenEvent} AND state = ?2 AND no < ?3
    AND (?4 IS NULL OR provider = ?4) ORDER BY no DESC LIMIT ?5`,
  all: `SELECT ${columns} FROM inbox WHERE no >= ?1 AND no < ?2 AND +tenant = ?3 AND (?4 IS NULL OR provider = ?4)
    AND (?5 IS NULL OR state = ?5) ORDER BY no DESC LIMIT ?6`
}

const statements = (db: DatabaseSync) => ({
  isDue: tuples(db, inboxSql.isDue),
  take: db.prepare(inboxSql.take),
  open: db.prepare(inboxSql.open),
  all: db.prepare(inboxSql.all),
  last: tuples(db, "SELECT max(no) FROM inbox"),
  put: db.prepare(
    `INSERT INTO inbox (tenant, provider, event_id, news, received_at, state, tries, due_at, available_at, leased_by)
     VALUES (?1, ?2, ?3, ?4, ?5, 'new', 0, ${now}, ${now} + ?6, ?7)
     ON CONFLICT (tenant, provider, event_id) DO NOTHING RETURNING ${columns}`
  ),
  // What was applied stays so, whoever else still thought to be at it.
  done: db.prepare(
    `UPDATE inbox SET state = ?2, tries = tries + 1, detail = ?3, due_at = ?4, available_at = ?4, leased_by = NULL
     WHERE no = ?1 AND state <> 'applied'`
  ),
  retry: db.prepare(
    `UPDATE inbox SET state = 'new', due_at = ${now}, available_at = ${now}, leased_by = NULL
     WHERE tenant = ?1 AND no = ?2 AND state = 'parked'`
  ),
  release: db.prepare(
    "UPDATE inbox SET available_at = due_at, leased_by = NULL WHERE available_at IS NOT NULL AND leased_by = ?"
  )
})

/** `release` gives back what this process has leased. */
export const makeInbox = (
  db: DatabaseSync,
  writer: Writer,
  tenants: Tenants,
  retried: Retried,
  lease: Pick<Lease, "by" | "milliseconds">
): (typeof Inbox)["Service"] & { readonly release: Effect.Effect<void, LedgerUnavailable> } => {
  const sql = statements(db)
  let hasLeased = false

  const list = (
    tenant: number,
    { provider = null, state = null }: { readonly provider?: string | null; readonly state?: InboxState | null },
    before: number,
    limit: number
  ): Effect.Effect<ReadonlyArray<InboxEvent>, LedgerUnavailable> => {
    const found = (look: () => ReadonlyArray<InboxRow>) => retried(() => look().map(toEvent))
    if (state === "new" || state === "parked") {
      return found(() => rows(sql.open, tenant, state, before, provider, limit))
    }
    return newestFirst(
      (from, below, wanted) => found(() => rows(sql.all, from, below, tenant, provider, state, wanted)),
      before,
      limit
    )
  }

  return {
    put: (tenant, provider, news, receivedAt) =>
      news.length === 0
        ? Effect.succeed([])
        : Effect.map(
            writer.write(({ known }) => {
              hasLeased = true
              const no = tenants.make(known, tenant)
              const kept = news.flatMap((each) =>
                rows<InboxRow>(
                  sql.put,
                  no,
                  provider,
                  keyOf(each.eventId),
                  newsText(each),
                  receivedAt,
                  lease.milliseconds,
                  lease.by
                )
              )
              return Exit.succeed(kept)
            }),
            (kept) => kept.map(toEvent)
          ),
    take: (limit) =>
      Effect.flatMap(
        retried(() => row(sql.isDue) !== undefined),
        (isDue) =>
          isDue
            ? Effect.map(
                writer.write(() => {
                  hasLeased = true
                  return Exit.succeed(rows<InboxRow>(sql.take, lease.milliseconds, lease.by, limit))
                }),
                (taken) => taken.toSorted((a, b) => (a.due_at ?? 0) - (b.due_at ?? 0) || a.no - b.no).map(toEvent)
              )
            : Effect.succeed([])
      ),
    done: ({ id }, { detail, dueAt, state }) =>
      writer.write(() => {
        run(sql.done, id, state, detail?.toWellFormed() ?? null, dueAt)
        return Exit.void
      }),
    list: (tenant, filter, { before, limit }) =>
      Effect.flatMap(
        retried(() => ({ no: tenants.find(tenant), last: row<readonly [number | null]>(sql.last)?.[0] ?? 0 })),
        ({ last, no }) => {
          if (no === null) return Effect.succeed([])
          return list(no, filter, Math.min(before ?? Number.POSITIVE_INFINITY, last + 1), limit)
        }
      ),
    retry: (tenant, id) =>
      writer.write(() => {
        const no = tenants.find(tenant)
        return Exit.succeed(no !== null && run(sql.retry, no, id).changes === 1)
      }),
    release: Effect.suspend(() => {
      if (!hasLeased) return Effect.void
      return writer.write(() => {
        run(sql.release, lease.by)
        return Exit.void
      })
    })
  }
}

/** Half a character would be kept as another one, and two events be taken for the same. */
const keyOf = (eventId: string): string => (eventId.isWellFormed() ? eventId : JSON.stringify(eventId))

const toEvent = (found: InboxRow): InboxEvent => ({
  id: found.no,
  tenant: found.tenant_id,
  provider: found.provider,
  news: readNews(found.news),
  receivedAt: found.received_at,
  state: found.state,
  tries: found.tries,
  detail: found.detail,
  dueAt: found.due_at
})

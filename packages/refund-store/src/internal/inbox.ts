/** The inbox: an event is a row, and whoever applies it leases that row by the database's own clock. */
import { Effect } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { Inbox, InboxEvent, InboxState } from "refund-core/ports/Inbox"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { type Asking, row, rows, run } from "./ask.ts"
import type { Database } from "./database.ts"
import type { Dialect } from "./dialect.ts"
import type { Known, Loader } from "./facts.ts"
import type { Lease } from "./lease.ts"
import { isOpenEvent } from "./messageTables.ts"
import { newsText, readNews } from "./news.ts"
import { madeTenant, tenantNumber } from "./tenants.ts"
import { keptText } from "./texts.ts"
import { newestFirst } from "./windows.ts"

const columns = `no, (SELECT t.id FROM tenants t WHERE t.no = tenant) AS tenant_id, provider, news, received_at, state,
  tries, detail, due_at`

type InboxRow = readonly [
  no: number,
  tenantId: TenantId,
  provider: string,
  news: string,
  receivedAt: number,
  state: InboxState,
  tries: number,
  detail: string | null,
  dueAt: number | null
]

/** How rows are found. */
export const inboxSql = ({ among, forLease, now }: Pick<Dialect, "among" | "forLease" | "now">) => ({
  isDue: `SELECT 1 FROM inbox WHERE available_at <= ${now} LIMIT 1`,
  take: `UPDATE inbox SET available_at = ${now} + ?1, leased_by = ?2
    WHERE ${among("no", `SELECT no FROM inbox WHERE available_at <= ${now} ORDER BY available_at, no LIMIT ?3 ${forLease}`)}
    RETURNING ${columns}`,
  open: `SELECT ${columns} FROM inbox WHERE tenant = ?1 AND ${isOpenEvent} AND state = ?2 AND no < ?3
    AND (CAST(?4 AS TEXT) IS NULL OR provider = ?4) ORDER BY no DESC LIMIT ?5`,
  all: `SELECT ${columns} FROM inbox WHERE no >= ?1 AND no < ?2 AND +tenant = ?3
    AND (CAST(?4 AS TEXT) IS NULL OR provider = ?4) AND (CAST(?5 AS TEXT) IS NULL OR state = ?5)
    ORDER BY no DESC LIMIT ?6`
})

const statements = (dialect: Dialect) => ({
  ...inboxSql(dialect),
  last: "SELECT max(no) FROM inbox",
  put: `INSERT INTO inbox (tenant, provider, event_id, news, received_at, state, tries, due_at, available_at, leased_by)
     VALUES (?1, ?2, ?3, ?4, ?5, 'new', 0, ${dialect.now}, ${dialect.now} + ?6, ?7)
     ON CONFLICT (tenant, provider, event_id) DO NOTHING RETURNING ${columns}`,
  // What was applied stays so, whoever else still thought to be at it.
  done: `UPDATE inbox SET state = ?2, tries = tries + 1, detail = ?3, due_at = ?4, available_at = ?4, leased_by = NULL
     WHERE no = ?1 AND state <> 'applied'`,
  retry: `UPDATE inbox SET state = 'new', due_at = ${dialect.now}, available_at = ${dialect.now}, leased_by = NULL
     WHERE tenant = ?1 AND no = ?2 AND state = 'parked'`,
  release: "UPDATE inbox SET available_at = due_at, leased_by = NULL WHERE available_at IS NOT NULL AND leased_by = ?"
})

type Filter = Parameters<(typeof Inbox)["Service"]["list"]>[1]

/** `release` gives back what this process has leased. */
export const makeInbox = (
  { dialect, read, write }: Pick<Database, "dialect" | "read" | "write">,
  loader: Loader,
  lease: Pick<Lease, "by" | "milliseconds">
): (typeof Inbox)["Service"] & { readonly release: Effect.Effect<void, LedgerUnavailable> } => {
  const sql = statements(dialect)
  let hasLeased = false

  function* put(
    known: Known,
    tenant: TenantId,
    provider: string,
    news: ReadonlyArray<ProviderNews>,
    receivedAt: number
  ): Asking<ReadonlyArray<InboxRow>> {
    const no = yield* madeTenant(loader, known, tenant)
    const kept: Array<InboxRow> = []
    for (const each of news) {
      const event = [no, provider, keyOf(each.eventId), newsText(each), receivedAt]
      kept.push(...(yield* rows<InboxRow>(sql.put, ...event, lease.milliseconds, lease.by)))
    }
    return kept
  }

  const list = (
    tenant: number,
    filter: Filter,
    before: number,
    limit: number
  ): Effect.Effect<ReadonlyArray<InboxEvent>, LedgerUnavailable> => {
    const { provider, state } = { provider: null, state: null, ...filter }
    const found = (look: () => Asking<ReadonlyArray<InboxRow>>) => Effect.map(read(look), (all) => all.map(toEvent))
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
    put: (tenant, provider, news, receivedAt) => {
      if (news.length === 0) return Effect.succeed([])
      hasLeased = true
      return Effect.map(
        write((known) => put(known, tenant, provider, news, receivedAt)),
        (kept) => kept.map(toEvent)
      )
    },
    take: (limit) =>
      Effect.flatMap(
        read(() => row(sql.isDue)),
        (due) => {
          if (due === undefined) return Effect.succeed([])
          hasLeased = true
          return Effect.map(
            write(() => rows<InboxRow>(sql.take, lease.milliseconds, lease.by, limit)),
            (taken) => taken.map(toEvent).toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || a.id - b.id)
          )
        }
      ),
    done: ({ id }, { detail, dueAt, state }) =>
      Effect.asVoid(write(() => run(sql.done, id, state, detail === null ? null : keptText(detail), dueAt))),
    list: (tenant, filter, { before, limit }) =>
      Effect.flatMap(
        read(function* (known): Asking<readonly [no: number | null, last: number]> {
          const no = yield* tenantNumber(loader, known, tenant)
          return [no, (yield* row<readonly [number | null]>(sql.last))?.[0] ?? 0]
        }),
        ([no, last]) => {
          if (no === null) return Effect.succeed([])
          return list(no, filter, Math.min(before ?? Number.POSITIVE_INFINITY, last + 1), limit)
        }
      ),
    retry: (tenant, id) =>
      write(function* (known): Asking<boolean> {
        const no = yield* tenantNumber(loader, known, tenant)
        return no !== null && (yield* run(sql.retry, no, id)) === 1
      }),
    release: Effect.suspend(() => (hasLeased ? Effect.asVoid(write(() => run(sql.release, lease.by))) : Effect.void))
  }
}

/** Half a character would be kept as another one, NUL by some databases not at all, and two events be taken for the same. */
const keyOf = (eventId: string): string =>
  eventId.isWellFormed() && !eventId.includes("\0") ? eventId : JSON.stringify(eventId)

const toEvent = ([id, tenant, provider, news, receivedAt, state, tries, detail, dueAt]: InboxRow): InboxEvent => {
  return { id, tenant, provider, news: readNews(news), receivedAt, state, tries, detail, dueAt }
}

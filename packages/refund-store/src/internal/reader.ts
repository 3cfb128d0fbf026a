/** Lists, look-ups and the audit. */
import { Effect, Semaphore } from "effect"
import type { CreditHead } from "refund-core/Credit"
import type { TenantId } from "refund-core/Ids"
import type {
  ChainHead,
  JournalEntry,
  JournalPage,
  LedgerReader,
  Matched,
  OrderView,
  RefundFilter,
  RefundPage
} from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import type { Asking } from "./ask.ts"
import { Chains, type FoundEntries, type Reached } from "./chains.ts"
import type { Database } from "./database.ts"
import { Known, type Loader } from "./facts.ts"
import { cursorOf, numberOf, RefundList } from "./list.ts"
import { Lookups } from "./lookups.ts"
import { foldRefunds } from "./reportRows.ts"
import { nextTurn } from "./slices.ts"
import { tenantNumber } from "./tenants.ts"
import { Audit } from "./verify.ts"

/** Each has a connection of its own, and a file's has up to 64 MB of its pages: whoever comes beyond waits. */
const longAtOnce = 2

/** `numbers`: the tenants' that were read. They never change, unless the database has lost commits: then they are cleared. */
export const makeReader = (
  database: Database,
  loader: Loader,
  numbers = new Map<TenantId, number>()
): (typeof LedgerReader)["Service"] => {
  const [lookups, chains] = [new Lookups(database.dialect, loader), new Chains(loader)]
  // A report is not to wait for the audit of millions.
  const [reports, audits] = [Semaphore.makeUnsafe(longAtOnce), Semaphore.makeUnsafe(longAtOnce)]
  const refundList = new RefundList(database.dialect, loader)

  /** `otherwise` where nothing of the tenant was ever written. */
  const read = <A>(tenant: TenantId, otherwise: A, look: (no: number) => Asking<A>) =>
    database.read(function* (known): Asking<A> {
      const no = numbers.get(tenant) ?? (yield* tenantNumber(loader, known, tenant))
      if (no === null) return otherwise
      numbers.set(tenant, no)
      return yield* look(no)
    })

  /** Refunds below a number: one more than wanted where there are more. */
  const below = (
    tenant: TenantId,
    filter: RefundFilter,
    before: number,
    wanted: number
  ): Effect.Effect<ReadonlyArray<Refund>, LedgerUnavailable> =>
    read(tenant, noneFound, function* (no): Asking<Found> {
      const { found, next } = yield* refundList.slice(no, filter, before, wanted + 1)
      return { refunds: yield* lookups.toRefunds(found), next }
    }).pipe(
      Effect.flatMap(({ next, refunds }) => {
        if (next === 0 || refunds.length > wanted) return Effect.succeed(refunds)
        const rest = Effect.andThen(nextTurn, below(tenant, filter, next, wanted - refunds.length))
        return Effect.map(rest, (more) => [...refunds, ...more])
      })
    )

  const list = (tenant: TenantId, filter: RefundFilter, { cursor, limit }: Page) =>
    (cursor === null
      ? Effect.map(
          database.read(() => lookups.lastNumber()),
          (last) => last + 1
        )
      : Effect.succeed(numberOf(cursor))
    ).pipe(
      Effect.flatMap((before) => below(tenant, filter, before, limit)),
      Effect.map((found): RefundPage => {
        const refunds = found.slice(0, limit)
        const last = refunds.at(-1)
        return { refunds, next: found.length > limit && last !== undefined ? cursorOf(last.number) : null }
      })
    )

  const entries = (tenant: TenantId, after: number, wanted: number): Effect.Effect<JournalPage, LedgerUnavailable> =>
    read<FoundEntries>(tenant, { entries: [], next: null }, (no) => chains.entries(no, after, wanted)).pipe(
      Effect.flatMap((found): Effect.Effect<JournalPage, LedgerUnavailable> => {
        const left = wanted - found.entries.length
        if (found.next === null) return Effect.succeed({ entries: found.entries, next: null })
        if (left === 0) return Effect.succeed({ entries: found.entries, next: cursorOf(found.next) })
        const rest = Effect.andThen(nextTurn, entries(tenant, found.next, left))
        return Effect.map(rest, ({ entries: more, next }) => ({ entries: [...found.entries, ...more], next }))
      })
    )

  return {
    order: (tenant, at) => read<OrderView | null>(tenant, null, (no) => lookups.order(no, at)),
    refunds: (tenant, at) => read<ReadonlyArray<Refund>>(tenant, [], (no) => lookups.refunds(no, at)),
    list,
    fold: (tenant, scope, begin) =>
      reports.withPermit(
        database.audit(
          function* () {
            const no = yield* tenantNumber(loader, new Known(), tenant)
            return no === null ? begin().end() : yield* foldRefunds(database.dialect, no, scope, begin())
          },
          () => {}
        )
      ),
    credit: (tenant, customerId) => read<ReadonlyArray<CreditHead>>(tenant, [], (no) => lookups.credit(no, customerId)),
    match: (tenant, provider, at) => read<Matched | null>(tenant, null, (no) => lookups.match(no, provider, at)),
    keyByHash: (hash) => database.read((known) => lookups.key(known, hash)),
    journal: (tenant, chain) => read<ReadonlyArray<JournalEntry>>(tenant, [], (no) => chains.journal(no, chain)),
    entries: (tenant, { cursor, limit }) => entries(tenant, cursor === null ? 0 : numberOf(cursor), limit),
    verify: (tenant, onProgress) =>
      audits.withPermit(
        database.audit(
          () => new Audit(database.dialect, tenant).run(),
          (done) => onProgress?.(done)
        )
      ),
    heads: (tenant, after, limit) => read<ReadonlyArray<ChainHead>>(tenant, [], (no) => chains.heads(no, after, limit)),
    entriesAt: (tenant, at) => {
      const none: ReadonlyArray<Reached> = at.map(() => ({ entries: 0, hash: null }))
      return read(tenant, none, (no) => chains.entriesAt(no, at))
    },
    hasOrders: (tenant) => read(tenant, false, (no) => lookups.hasOrders(no))
  }
}

interface Page {
  readonly limit: number
  readonly cursor: string | null
}

interface Found {
  readonly refunds: ReadonlyArray<Refund>
  /** The number to go on below; 0 when none are left. */
  readonly next: number
}
const noneFound: Found = { refunds: [], next: 0 }

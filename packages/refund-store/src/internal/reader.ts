/** Lists, look-ups and the audit. */
import { Effect, Result } from "effect"
import type { CreditHead } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import { creditChain, orderChain, readEntry, settingsChain } from "refund-core/Journal"
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
import type { ApiKey } from "refund-core/Settings"
import { type AccountRow, accountColumns, chainOfAccount, firstChain, toAccount } from "./accountRows.ts"
import { type Asking, row, rows } from "./ask.ts"
import type { Database } from "./database.ts"
import type { Dialect } from "./dialect.ts"
import { Known, type Loader } from "./facts.ts"
import { cursorOf, numberOf, RefundList } from "./list.ts"
import type { StoredOrder } from "./orderRows.ts"
import { heldAs, orderNoOf, type RefundRow, refundColumns, toRefund, walkOfOrder } from "./refundRows.ts"
import { foldRefunds } from "./reportRows.ts"
import { nextTurn } from "./slices.ts"
import { tenantNumber } from "./tenants.ts"
import { Audit } from "./verify.ts"

/** Left to itself, SQLite would look through all captures of a tenant: the index has to be named. */
export const lookupSql = ({ among, by, contains, numberIn }: Dialect) => ({
  refundsOfOrder: `${walkOfOrder} SELECT ${refundColumns} FROM refunds WHERE ${among("no", "SELECT no FROM walk")} ORDER BY no`,
  refundByNumber: `SELECT ${refundColumns} FROM refunds WHERE no = ? AND tenant = ?`,
  orderIds: `SELECT no, id FROM orders WHERE ${numberIn("no", "?1")}`,
  lastNumber: "SELECT max(no) FROM refunds",
  accounts: `SELECT ${accountColumns} FROM accounts WHERE tenant = ? AND customer_id = ? ORDER BY currency`,
  refundByReference: `SELECT id FROM refunds WHERE ${contains("request", "?3")} AND ${among(
    "no",
    `SELECT no FROM refunds WHERE tenant = ?1 AND provider_reference = ?2
      UNION SELECT refund_no FROM former_references WHERE tenant = ?1 AND reference = ?2`
  )} ORDER BY no LIMIT 1`,
  capturesByReference: `SELECT o.id, c.id FROM captures c${by("captures_by_reference")}
    JOIN orders o ON o.no = c.order_no WHERE c.tenant = ?1 AND c.reference = ?2 AND c.provider = ?3 LIMIT 2`,
  tenantOfKey: "SELECT t.id FROM keys k JOIN tenants t ON t.no = k.tenant WHERE k.hash = ?",
  journal: "SELECT seq, hash, text FROM journal WHERE chain = ? ORDER BY seq",
  orderHeads: "SELECT id, entries, head_hash FROM orders WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
  accountHeads: `SELECT customer_id, currency, entries, head_hash FROM accounts
    WHERE tenant = ? AND (customer_id, currency) > (?, ?) ORDER BY customer_id, currency LIMIT ?`,
  settingsHead: "SELECT entries, head_hash FROM tenants WHERE no = ?",
  orderNo: "SELECT no FROM orders WHERE tenant = ? AND id = ?",
  lastSeq: "SELECT max(seq) FROM journal WHERE chain = ?",
  entryHash: "SELECT hash FROM journal WHERE chain = ? AND seq = ?",
  entries: `SELECT no, seq, hash, text FROM (
      SELECT no, seq, hash, text, CASE
        WHEN chain > ${firstChain} THEN (SELECT a.tenant FROM accounts a WHERE a.no = chain - ${firstChain})
        WHEN chain > 0 THEN (SELECT o.tenant FROM orders o WHERE o.no = chain)
        ELSE -chain END AS tenant
      FROM journal WHERE no > ?1 AND no <= ?2) j
    WHERE tenant = ?3 ORDER BY no LIMIT ?4`,
  lastEntry: "SELECT max(no) FROM journal",
  anyOrder: "SELECT 1 FROM orders WHERE tenant = ? LIMIT 1"
})

const orders = orderChain("")

type At = { readonly chain: string; readonly seq: number }
type Reached = { readonly entries: number; readonly hash: string | null }

type OwnedKey = { readonly tenant: TenantId; readonly key: ApiKey }

type Named = Parameters<(typeof LedgerReader)["Service"]["match"]>[2]

/** Each inside one read transaction, for a tenant that has a number. */
class Lookups {
  readonly #sql
  readonly #loader

  constructor(dialect: Dialect, loader: Loader) {
    this.#sql = lookupSql(dialect)
    this.#loader = loader
  }

  *order(tenant: number, at: Parameters<(typeof LedgerReader)["Service"]["order"]>[1]): Asking<OrderView | null> {
    const order =
      "order" in at
        ? yield* this.#loader.orderById(tenant, at.order)
        : yield* this.#loader.orderByCapture(tenant, at.capture)
    return order === null ? null : yield* this.#viewOf(order)
  }

  *#viewOf({ createdAt, head, no, updatedAt }: StoredOrder): Asking<OrderView> {
    const refunds = (yield* rows<RefundRow>(this.#sql.refundsOfOrder, no)).map((each) => toRefund(each, head.id))
    return { head, ...(yield* this.#loader.registrationOf(no)), createdAt, updatedAt, refunds }
  }

  *refunds(tenant: number, at: { readonly id: RefundId } | { readonly number: number }): Asking<ReadonlyArray<Refund>> {
    const found =
      "id" in at
        ? yield* this.#loader.groupRows(tenant, at.id)
        : yield* rows<RefundRow>(this.#sql.refundByNumber, at.number, tenant)
    return yield* this.toRefunds(found)
  }

  *toRefunds(found: ReadonlyArray<RefundRow>): Asking<ReadonlyArray<Refund>> {
    if (found.length === 0) return []
    const numbers = JSON.stringify([...new Set(found.map(orderNoOf))])
    const ids = new Map(yield* rows<readonly [number, OrderId]>(this.#sql.orderIds, numbers))
    return found.map((each) => {
      const id = ids.get(orderNoOf(each))
      if (id === undefined) throw new Error(`refund number ${each[0]} belongs to no order`)
      return toRefund(each, id)
    })
  }

  *lastNumber(): Asking<number> {
    return (yield* row<readonly [number | null]>(this.#sql.lastNumber))?.[0] ?? 0
  }

  *journal(tenant: number, chain: string): Asking<ReadonlyArray<JournalEntry>> {
    const no = yield* this.#numberOfChain(tenant, chain)
    if (no === undefined) return []
    const found = yield* rows<readonly [number, string, string]>(this.#sql.journal, no)
    return found.map(([seq, hash, text]) => ({ chain, seq, hash, text }))
  }

  *heads(tenant: number, after: string | null, limit: number): Asking<ReadonlyArray<ChainHead>> {
    const found: Array<ChainHead> = []
    if (after === null) {
      const [entries, hash] = (yield* row<readonly [number, string]>(this.#sql.settingsHead, tenant)) ?? [0, ""]
      if (entries > 0) found.push({ chain: settingsChain, entries, hash })
    }
    const account = after === null ? null : /^credit:([^:]*):(.*)$/su.exec(after)
    if (account === null) {
      const last = after?.startsWith(orders) === true ? after.slice(orders.length) : ""
      type Row = readonly [id: string, entries: number, hash: string]
      const more = yield* rows<Row>(this.#sql.orderHeads, tenant, last, limit - found.length)
      found.push(...more.map(([id, entries, hash]) => ({ chain: orderChain(id), entries, hash })))
    }
    const [, currency = "", customer = ""] = account ?? []
    type Row = readonly [customer: string, currency: string, entries: number, hash: string]
    const rest = yield* rows<Row>(this.#sql.accountHeads, tenant, customer, currency, limit - found.length)
    for (const [id, code, entries, hash] of rest) {
      // What was owed before there were accounts has its entries in the chains of the orders.
      if (entries > 0) found.push({ chain: creditChain(id, code), entries, hash })
    }
    return found
  }

  *entriesAt(tenant: number, at: ReadonlyArray<At>): Asking<ReadonlyArray<Reached>> {
    const found: Array<Reached> = []
    for (const { chain, seq } of at) {
      const no = yield* this.#numberOfChain(tenant, chain)
      if (no === undefined) {
        found.push({ entries: 0, hash: null })
        continue
      }
      const [entries] = (yield* row<readonly [number | null]>(this.#sql.lastSeq, no)) ?? [null]
      const [hash] = (yield* row<readonly [string]>(this.#sql.entryHash, no, seq)) ?? [null]
      found.push({ entries: entries ?? 0, hash })
    }
    return found
  }

  /** Of the entries after a number, as many as a look may take; where to go on, or null at the end. */
  *entries(tenant: number, after: number, wanted: number): Asking<FoundEntries> {
    const [last] = (yield* row<readonly [number | null]>(this.#sql.lastEntry)) ?? []
    const until = Math.min(Number(last ?? 0), after + entriesAtOnce)
    type Entry = readonly [no: number, seq: number, hash: string, text: string]
    const found = yield* rows<Entry>(this.#sql.entries, after, until, tenant, wanted)
    const reached = found.length === wanted ? (found.at(-1)?.[0] ?? until) : until
    return {
      entries: found.map(([, seq, hash, text]) => ({ chain: chainIn(text), seq, hash, text })),
      next: reached < Number(last ?? 0) ? reached : null
    }
  }

  *#numberOfChain(tenant: number, chain: string): Asking<number | undefined> {
    if (chain === settingsChain) return -tenant
    if (chain.startsWith(orders)) {
      return (yield* row<readonly [number]>(this.#sql.orderNo, tenant, chain.slice(orders.length)))?.[0]
    }
    const [, currency, customerId] = /^credit:([^:]*):(.*)$/su.exec(chain) ?? []
    if (currency === undefined || customerId === undefined) return undefined
    const { no } = yield* this.#loader.accountOf(tenant, customerId as CustomerId, currency as CurrencyCode)
    return no === null ? undefined : chainOfAccount(no)
  }

  *credit(tenant: number, customerId: string): Asking<ReadonlyArray<CreditHead>> {
    return (yield* rows<AccountRow>(this.#sql.accounts, tenant, customerId)).map((each) => toAccount(each).head)
  }

  /** A name that two captures have says of neither of them that it is meant. */
  *match(tenant: number, provider: string, at: Named): Asking<Matched | null> {
    if ("reference" in at) {
      const held = heldAs("provider", provider)
      const [refundId] =
        (yield* row<readonly [RefundId]>(this.#sql.refundByReference, tenant, at.reference, held)) ?? []
      return refundId === undefined ? null : { _tag: "refund", refundId }
    }
    const name = at.captureReference
    const found = yield* rows<readonly [OrderId, CaptureId]>(this.#sql.capturesByReference, tenant, name, provider)
    const [only] = found
    return only === undefined || found.length > 1 ? null : { _tag: "capture", orderId: only[0], captureId: only[1] }
  }

  *key(known: Known, hash: string): Asking<OwnedKey | null> {
    const [tenant] = (yield* row<readonly [TenantId]>(this.#sql.tenantOfKey, hash)) ?? []
    if (tenant === undefined) return null
    const { settings } = yield* this.#loader.tenantOf(known, tenant)
    const key = settings.keys.find((each) => each.hash === hash)
    return key === undefined ? null : { tenant, key }
  }

  *hasOrders(tenant: number): Asking<boolean> {
    return (yield* row(this.#sql.anyOrder, tenant)) !== undefined
  }
}

export const makeReader = (database: Database, loader: Loader): (typeof LedgerReader)["Service"] => {
  const lookups = new Lookups(database.dialect, loader)
  const refundList = new RefundList(database.dialect, loader)
  /** A tenant's number never changes. */
  const numbers = new Map<TenantId, number>()

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
    read<FoundEntries>(tenant, { entries: [], next: null }, (no) => lookups.entries(no, after, wanted)).pipe(
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
      database.audit(
        function* () {
          const no = yield* tenantNumber(loader, new Known(), tenant)
          return no === null ? begin().end() : yield* foldRefunds(database.dialect, no, scope, begin())
        },
        () => {}
      ),
    credit: (tenant, customerId) => read<ReadonlyArray<CreditHead>>(tenant, [], (no) => lookups.credit(no, customerId)),
    match: (tenant, provider, at) => read<Matched | null>(tenant, null, (no) => lookups.match(no, provider, at)),
    keyByHash: (hash) => database.read((known) => lookups.key(known, hash)),
    journal: (tenant, chain) => read<ReadonlyArray<JournalEntry>>(tenant, [], (no) => lookups.journal(no, chain)),
    entries: (tenant, { cursor, limit }) => entries(tenant, cursor === null ? 0 : numberOf(cursor), limit),
    verify: (tenant, onProgress) =>
      database.audit(
        () => new Audit(database.dialect, tenant).run(),
        (done) => onProgress?.(done)
      ),
    heads: (tenant, after, limit) =>
      read<ReadonlyArray<ChainHead>>(tenant, [], (no) => lookups.heads(no, after, limit)),
    entriesAt: (tenant, at) => {
      const none: ReadonlyArray<Reached> = at.map(() => ({ entries: 0, hash: null }))
      return read(tenant, none, (no) => lookups.entriesAt(no, at))
    },
    hasOrders: (tenant) => read(tenant, false, (no) => lookups.hasOrders(no))
  }
}

/** So many entries of all tenants are looked through at once. */
const entriesAtOnce = 4_000

interface FoundEntries {
  readonly entries: ReadonlyArray<JournalEntry>
  readonly next: number | null
}

/** As the entry itself says: an entry that cannot be read is of no chain, and `verify` says what is wrong with it. */
const chainIn = (text: string): string => {
  const read = readEntry(text)
  return Result.isSuccess(read) ? read.success.chain : ""
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

/** Lists, look-ups and the audit, on the same connection as the writer: between two batches, with its warm pages. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import { Effect } from "effect"
import type { OrderId, RefundId, TenantId } from "refund-core/Ids"
import { orderChain, settingsChain } from "refund-core/Journal"
import type { JournalEntry, LedgerReader, OrderView, RefundFilter, RefundPage } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import { type ReadInOne, row, rows, tuples } from "./connection.ts"
import { Known, type Loader } from "./facts.ts"
import type { StoredOrder } from "./orderRows.ts"
import { orderNoOf, type RefundRow, refundColumns, toRefund, walkOfOrder } from "./refundRows.ts"
import { nextTurn, type Retried } from "./slices.ts"
import { verifying } from "./verify.ts"

const statements = (db: DatabaseSync) => ({
  refundsOfOrder: tuples(db, `${walkOfOrder} SELECT ${refundColumns} FROM refunds WHERE no IN walk ORDER BY no`),
  refundByNumber: tuples(db, `SELECT ${refundColumns} FROM refunds WHERE no = ? AND tenant = ?`),
  orderId: tuples(db, "SELECT id FROM orders WHERE no = ?"),
  lastNumber: tuples(db, "SELECT max(no) FROM refunds"),
  credits: tuples(db, "SELECT currency, balance FROM credits WHERE tenant = ? AND customer_id = ? ORDER BY currency"),
  tenantOfKey: tuples(db, "SELECT t.id FROM keys k JOIN tenants t ON t.no = k.tenant WHERE k.hash = ?"),
  journal: tuples(db, "SELECT seq, hash, text FROM journal WHERE chain = ? ORDER BY seq"),
  anyOrder: tuples(db, "SELECT 1 FROM orders WHERE tenant = ? LIMIT 1")
})

export const makeReader = (
  db: DatabaseSync,
  loader: Loader,
  readInOne: ReadInOne,
  retried: Retried,
  openAnother: () => DatabaseSync
): (typeof LedgerReader)["Service"] => {
  const sql = statements(db)

  /** `otherwise` where nothing of the tenant was ever written. */
  const read = <A>(tenant: TenantId, otherwise: A, look: (no: number, known: Known) => A) =>
    retried(() =>
      readInOne(() => {
        const known = new Known()
        const { no } = loader.tenantOf(known, tenant)
        return no === null ? otherwise : look(no, known)
      })
    )

  const viewOf = ({ createdAt, head, no, updatedAt }: StoredOrder): OrderView => ({
    head,
    ...loader.registrationOf(no),
    createdAt,
    updatedAt,
    refunds: rows<RefundRow>(sql.refundsOfOrder, no).map((each) => toRefund(each, head.id))
  })

  const toRefunds = (found: ReadonlyArray<RefundRow>): ReadonlyArray<Refund> => {
    const ids = new Map<number, OrderId>()
    return found.map((each) => {
      const no = orderNoOf(each)
      const id = ids.get(no) ?? row<readonly [OrderId]>(sql.orderId, no)?.[0]
      if (id === undefined) throw new Error(`refund number ${each[0]} belongs to no order`)
      ids.set(no, id)
      return toRefund(each, id)
    })
  }

  const refundsAt = (tenant: number, at: { readonly id: RefundId } | { readonly number: number }) =>
    "id" in at ? loader.groupRows(tenant, at.id) : rows<RefundRow>(sql.refundByNumber, at.number, tenant)

  const chainOf = (tenant: number, known: Known, chain: string): number | null => {
    if (chain === settingsChain) return -tenant
    const prefix = orderChain("")
    return chain.startsWith(prefix) ? (loader.orderById(known, tenant, chain.slice(prefix.length))?.no ?? null) : null
  }

  const entriesOf = (chain: string, no: number | null): ReadonlyArray<JournalEntry> =>
    no === null
      ? []
      : rows<readonly [number, string, string]>(sql.journal, no).map(([seq, hash, text]) => ({
          chain,
          seq,
          hash,
          text
        }))

  const pages = listing(db, loader)
  const list = (tenant: TenantId, filter: RefundFilter, page: Page): Effect.Effect<RefundPage, LedgerUnavailable> =>
    Effect.gen(function* () {
      const last = yield* retried(() => row<readonly [number | null]>(sql.lastNumber)?.[0] ?? 0)
      let before = page.cursor === null ? last + 1 : numberOf(page.cursor)
      let refunds: ReadonlyArray<Refund> = []
      while (before > 0 && refunds.length <= page.limit) {
        const wanted = page.limit + 1 - refunds.length
        const slice = yield* read(tenant, nothing, (no, known) => {
          const { found, next } = pages(no, known, filter, before, wanted)
          return { refunds: toRefunds(found), next }
        })
        refunds = [...refunds, ...slice.refunds]
        before = slice.next
        if (before > 0 && refunds.length <= page.limit) yield* nextTurn
      }
      const shown = refunds.slice(0, page.limit)
      const final = shown.at(-1)
      return {
        refunds: shown,
        next: refunds.length > page.limit && final !== undefined ? cursorOf(final.number) : null
      }
    })

  return {
    order: (tenant, at) =>
      read<OrderView | null>(tenant, null, (no, known) => {
        const order =
          "order" in at ? loader.orderById(known, no, at.order) : loader.orderByCapture(known, no, at.capture)
        return order === null ? null : viewOf(order)
      }),
    refunds: (tenant, at) => read<ReadonlyArray<Refund>>(tenant, [], (no) => toRefunds(refundsAt(no, at))),
    list,
    credit: (tenant, customerId) =>
      read<ReadonlyArray<{ readonly currency: string; readonly balance: bigint }>>(tenant, [], (no) =>
        rows<readonly [string, number]>(sql.credits, no, customerId).map(([currency, balance]) => ({
          currency,
          balance: BigInt(balance)
        }))
      ),
    keyByHash: (hash) =>
      retried(() =>
        readInOne(() => {
          const tenant = row<readonly [TenantId]>(sql.tenantOfKey, hash)?.[0]
          if (tenant === undefined) return null
          const key = loader.tenantOf(new Known(), tenant).settings.keys.find((each) => each.hash === hash)
          return key === undefined ? null : { tenant, key }
        })
      ),
    journal: (tenant, chain) =>
      read<ReadonlyArray<JournalEntry>>(tenant, [], (no, known) => entriesOf(chain, chainOf(no, known, chain))),
    verify: verifying(openAnother, retried),
    hasOrders: (tenant) => read(tenant, false, (no) => row(sql.anyOrder, no) !== undefined)
  }
}

interface Page {
  readonly limit: number
  readonly cursor: string | null
}

const nothing: { readonly refunds: ReadonlyArray<Refund>; readonly next: number } = { refunds: [], next: 0 }

const cursorOf = (number: number): string => Buffer.from(String(number)).toString("base64url")
/** What is no cursor of ours is before everything. */
const numberOf = (cursor: string): number => {
  const number = Number(Buffer.from(cursor, "base64url").toString())
  return Number.isSafeInteger(number) ? number : 0
}

/** How many refunds are looked through at once where no index has them: about ten milliseconds. */
const window = 20_000
/** The states of the index `refunds_to_look_at`. A partial index is used only for a state that the SQL spells out. */
const lookedAt: ReadonlySet<string> = new Set(["pending_approval", "requires_action", "unknown", "in_review", "failed"])

type Condition = readonly [sql: string, value?: SQLInputValue]

/** Refunds below a number, newest first: as many as wanted, and the number to go on below; 0 when none are left. */
const listing = (db: DatabaseSync, loader: Loader) => {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? tuples(db, sql)
    prepared.set(sql, known)
    return known
  }

  const orderOf = (tenant: number, known: Known, { captureId, orderId }: RefundFilter) => {
    if (orderId !== undefined) return loader.orderById(known, tenant, orderId)
    return captureId === undefined ? undefined : loader.orderByCapture(known, tenant, captureId)
  }

  return (tenant: number, known: Known, filter: RefundFilter, before: number, wanted: number) => {
    const order = orderOf(tenant, known, filter)
    if (order === null) return { found: [], next: 0 }
    const isIndexed = order !== undefined || (filter.state !== undefined && lookedAt.has(filter.state))
    const from = isIndexed ? 0 : Math.max(0, before - window)
    const conditions: ReadonlyArray<Condition> = [
      ["no < ?", before],
      ["no >= ?", from],
      ...(order === undefined ? [] : [["no IN walk"] as const]),
      ["tenant = ?", tenant],
      ...conditionsOf(filter)
    ]
    const walk = order === undefined ? "" : walkOfOrder
    const where = conditions.map(([sql]) => sql).join(" AND ")
    const sql = `${walk} SELECT ${refundColumns} FROM refunds WHERE ${where} ORDER BY no DESC LIMIT ?`
    const values = conditions.flatMap(([, value]) => (value === undefined ? [] : [value]))
    const found = rows<RefundRow>(prepare(sql), ...(order === undefined ? [] : [order.no]), ...values, wanted)
    const last = found.at(-1)
    return { found, next: found.length === wanted && last !== undefined ? last[0] : from }
  }
}

const conditionsOf = (filter: RefundFilter): ReadonlyArray<Condition> => {
  const { captureId, createdAfter, createdBefore, customerId, destination, state, type } = filter
  return [
    ...(state === undefined ? [] : [stateIs(state)]),
    ...(type === undefined ? [] : [["type = ?", type] as const]),
    ...(destination === undefined ? [] : [["destination = ?", destination] as const]),
    ...(captureId === undefined ? [] : [["capture_id = ?", captureId] as const]),
    ...(customerId === undefined ? [] : [["customer_id = ?", customerId] as const]),
    ...(createdAfter === undefined ? [] : [["requested_at >= ?", createdAfter] as const]),
    ...(createdBefore === undefined ? [] : [["requested_at < ?", createdBefore] as const])
  ]
}

const stateIs = (state: string): Condition => (lookedAt.has(state) ? [`state = '${state}'`] : ["state = ?", state])

/** Writes all that a batch changed: each table in one statement, each row once, however many decisions changed it. */
import { canonical } from "refund-core/canonical"
import type { SettingsHead } from "refund-core/Settings"
import { creditColumns } from "../accountRows.ts"
import { type Asking, type Each, row, type Values } from "../ask.ts"
import { calledFor, type Lease, type Leased } from "../lease.ts"
import { figureColumns, registeredColumns } from "../orderRows.ts"
import { progressValues, referenceOf, requestText, requestValues, textsValue } from "../refundRows.ts"
import type { Book, HeldOrder, HeldRefund } from "./book.ts"
import type { Writes } from "./columns.ts"
import type { Changes } from "./decided.ts"

const insertTenant = `INSERT INTO tenants (id, version, settings, entries, head_hash) VALUES (?, ?, ?, 0, '')
  ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING no`

/** The number of a tenant; its row is made with its first entry, whoever of several comes first. */
export function* numberTenants(changes: Changes): Asking<void> {
  for (const book of changes.books) {
    if (book.tenant.no !== null) continue
    const { settingsBefore, tenant } = book
    const settings = settingsBefore ?? tenant.settings
    const made = yield* row<readonly [number]>(insertTenant, book.id, settings.version, canonical(settings))
    book.tenant = { ...tenant, no: made?.[0] ?? null }
  }
}

const noOf = ({ tenant }: Book): number => {
  if (tenant.no === null) throw new Error("what is written has a tenant")
  return tenant.no
}

/** All rows of a table together, which none of the others waits for. */
export const flush = (writes: Writes, changes: Changes, lease: Lease | null): ReadonlyArray<Each> => {
  const all: Array<Each> = []
  const send: Send = (statement, rows) => {
    if (rows.length > 0) all.push({ statement: writes[statement], rows })
  }
  sendSettings(send, changes)
  sendOrders(send, changes)
  const refunds = [...changes.refunds]
  send(
    "newRefunds",
    refunds.flatMap(([held, book]) => (held.isNew ? [newRefundRow(held, book, lease)] : []))
  )
  send(
    "refunds",
    refunds.flatMap(([held, book]) => (held.isNew ? [] : [changedRefundRow(held, book, lease)]))
  )
  send(
    "former",
    changes.former.flatMap(({ book, reference, refundNo }) =>
      book.dialect.keptName(reference) === null ? [] : [[noOf(book), reference, refundNo]]
    )
  )
  sendAccounts(send, changes)
  send(
    "journal",
    changes.entries.map(({ book, chain, hash, seq, text }) => [noOf(book), chain ?? -noOf(book), seq, hash, text])
  )
  return all
}

type Send = (statement: keyof Writes, rows: ReadonlyArray<Values>) => void

const sendSettings = (send: Send, { books }: Changes): void => {
  const set = [...books].filter((book) => book.settingsBefore !== null)
  send(
    "tenants",
    set.map((book) => {
      const { entries, hash, settings } = book.tenant
      return [noOf(book), settings.version, canonical(settings), entries, hash]
    })
  )
  send(
    "dropKeys",
    set.flatMap((book) => hashesOnlyIn(book.settingsBefore, book.tenant.settings).map((hash) => [hash, noOf(book)]))
  )
  send(
    "keys",
    set.flatMap((book) => hashesOnlyIn(book.tenant.settings, book.settingsBefore).map((hash) => [hash, noOf(book)]))
  )
}

const hashesOnlyIn = (settings: SettingsHead | null, other: SettingsHead | null): ReadonlyArray<string> => {
  const known = new Set(other?.keys.map(({ hash }) => hash))
  return (settings?.keys ?? []).map(({ hash }) => hash).filter((hash) => !known.has(hash))
}

const sendOrders = (send: Send, { orders }: Changes): void => {
  const all = [...orders].toSorted(([a], [b]) => storedOf(a).no - storedOf(b).no)
  const made = all.filter(([held]) => held.isNew)
  send(
    "newOrders",
    made.map(([held, book]) => {
      const { createdAt, head } = storedOf(held)
      return [...orderRow(held, book), head.id, createdAt]
    })
  )
  send(
    "orders",
    all.filter(([held]) => !held.isNew).map(([held, book]) => orderRow(held, book))
  )
  const registered = all.filter(([held]) => held.isRegistered)
  send(
    "registrations",
    registered.map(([held, book]) => {
      const { registration, texts } = held
      return [storedOf(held).no, noOf(book), canonical(registration), texts === null ? null : JSON.stringify(texts)]
    })
  )
  const captures = registered.flatMap(([held, book]) =>
    storedOf(held).head.captures.map(({ id, provider, reference }): Values => {
      return [noOf(book), id, storedOf(held).no, book.dialect.keptName(provider), book.dialect.keptName(reference)]
    })
  )
  send(
    "captures",
    captures.toSorted((a, b) => ((a[1] as string) < (b[1] as string) ? -1 : 1))
  )
}

const storedOf = ({ stored }: HeldOrder) => {
  if (stored === null) throw new Error("what is written of an order is there")
  return stored
}

const orderRow = (held: HeldOrder, book: Book): Values => {
  const { hash, head, lastRefund, no, updatedAt } = storedOf(held)
  const figures = [...registeredColumns(head), ...figureColumns(head)] as Values
  return [no, noOf(book), ...figures, hash, lastRefund, updatedAt]
}

const dueRow = ({ due }: HeldRefund, lease: Lease | null): Values =>
  due?.isLeased === true && lease !== null ? [due.at, lease.milliseconds, lease.by] : [due?.at ?? null, null, null]

const progressRow = ({ refund }: HeldRefund, { dialect }: Book): Values => [
  ...(progressValues(refund).slice(0, 4) as Values),
  dialect.keptName(referenceOf(refund))
]

const newRefundRow = (held: HeldRefund, book: Book, lease: Lease | null): Values => [
  ...(requestValues(held.refund) as Values),
  textsValue(held.refund),
  ...progressRow(held, book),
  noOf(book),
  held.orderNo,
  held.prior,
  held.key,
  held.fingerprint,
  ...dueRow(held, lease)
]

const changedRefundRow = (held: HeldRefund, book: Book, lease: Lease | null): Values => [
  held.refund.number,
  noOf(book),
  ...progressRow(held, book),
  held.hasOtherShares ? requestText(held.refund) : null,
  held.hasOtherTexts ? 1 : 0,
  textsValue(held.refund),
  held.due === null ? 0 : 1,
  ...dueRow(held, lease)
]

const sendAccounts = (send: Send, { accounts }: Changes): void => {
  const row = (
    stored: { readonly no: number | null; readonly hash: string },
    columns: ReadonlyArray<unknown>,
    book: Book
  ) => [stored.no, noOf(book), ...(columns as Values), stored.hash]
  const all = [...accounts]
  send(
    "newAccounts",
    all.flatMap(([{ isNew, stored }, book]) => {
      const { currency, customerId } = stored.head
      return isNew ? [[...row(stored, creditColumns(stored.head), book), customerId, currency]] : []
    })
  )
  send(
    "accounts",
    all.flatMap(([{ isNew, stored }, book]) => (isNew ? [] : [row(stored, creditColumns(stored.head), book)]))
  )
}

/** What the commit leases to this process, in the order of the decisions. */
export const leasedBy = (changes: Changes): Leased =>
  [...changes.refunds].flatMap(([{ due, refund }, book]) =>
    due?.isLeased === true
      ? [{ tenant: book.id as Leased[number]["tenant"], refundId: refund.id, provider: calledFor(refund) }]
      : []
  )

/** Writes all that a batch changed: each table in one statement, each row once, however many decisions changed it. */
import { canonical } from "refund-core/canonical"
import type { SettingsHead } from "refund-core/Settings"
import { creditColumns } from "../accountRows.ts"
import { unicodeOrNull } from "../connection.ts"
import { figureColumns, registeredColumns } from "../orderRows.ts"
import { calledFor, type Lease, type Leased } from "../recordRefunds.ts"
import { progressValues, referenceOf, requestText, requestValues, textsValue } from "../refundRows.ts"
import type { Book, HeldOrder, HeldRefund } from "./book.ts"
import type { Changes } from "./decided.ts"
import { type Columns, canBeKept, type Value, valuesOf } from "./lists.ts"
import type { Connection } from "./pool.ts"
import {
  capture,
  changedRefund,
  credit,
  entry,
  former,
  key,
  newAccount,
  newOrder,
  newRefund,
  order,
  registration,
  sql,
  tenant
} from "./statements.ts"

const kept = (text: string | null): string | null => (text !== null && canBeKept(text) ? unicodeOrNull(text) : null)

/** The number of a tenant; its row is made with its first entry, whoever of several comes first. */
export const numberTenants = async (connection: Connection, changes: Changes): Promise<void> => {
  for (const book of changes.books) {
    if (book.tenant.no !== null) continue
    const { settingsBefore, tenant } = book
    const settings = settingsBefore ?? tenant.settings
    const { rows } = await connection.ask<readonly [number]>(sql.tenant, book.id, settings.version, canonical(settings))
    book.tenant = { ...tenant, no: rows[0]?.[0] ?? null }
  }
}

const noOf = ({ tenant }: Book): number => {
  if (tenant.no === null) throw new Error("what is written has a tenant")
  return tenant.no
}

/** Everything is sent at once; resumes when all of it is answered. */
export const flush = (
  connection: Connection,
  changes: Changes,
  lease: Lease | null
): ReadonlyArray<Promise<unknown>> => {
  const sent: Array<Promise<unknown>> = []
  const send = (statement: string, columns: Columns, rows: ReadonlyArray<ReadonlyArray<Value>>) => {
    if (rows.length > 0) sent.push(connection.ask(statement, ...valuesOf(columns, rows)))
  }
  sendSettings(send, changes)
  sendOrders(send, changes)
  const refunds = [...changes.refunds]
  send(
    sql.newRefunds,
    newRefund,
    refunds.flatMap(([held, book]) => (held.isNew ? [newRefundRow(held, book, lease)] : []))
  )
  send(
    sql.refunds,
    changedRefund,
    refunds.flatMap(([held, book]) => (held.isNew ? [] : [changedRefundRow(held, book, lease)]))
  )
  const names = changes.former.map(({ book, reference, refundNo }) => [noOf(book), reference, refundNo])
  send(
    sql.former,
    former,
    names.filter(([, reference]) => canBeKept(reference as string))
  )
  sendAccounts(send, changes)
  send(
    sql.journal,
    entry,
    changes.entries.map(({ book, chain, hash, seq, text }) => [noOf(book), chain ?? -noOf(book), seq, hash, text])
  )
  return sent
}

type Send = (statement: string, columns: Columns, rows: ReadonlyArray<ReadonlyArray<Value>>) => void

const sendSettings = (send: Send, { books }: Changes): void => {
  const set = [...books].filter((book) => book.settingsBefore !== null)
  send(
    sql.tenants,
    tenant,
    set.map((book) => {
      const { entries, hash, settings } = book.tenant
      return [noOf(book), settings.version, canonical(settings), entries, hash]
    })
  )
  send(
    sql.dropKeys,
    key,
    set.flatMap((book) => hashesOnlyIn(book.settingsBefore, book.tenant.settings).map((hash) => [hash, noOf(book)]))
  )
  send(
    sql.keys,
    key,
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
    sql.newOrders,
    newOrder,
    made.map(([held, book]) => {
      const { createdAt, head } = storedOf(held)
      return [...orderRow(held, book), head.id, createdAt]
    })
  )
  send(
    sql.orders,
    order,
    all.filter(([held]) => !held.isNew).map(([held, book]) => orderRow(held, book))
  )
  const registered = all.filter(([held]) => held.isRegistered)
  send(
    sql.registrations,
    registration,
    registered.map(([held, book]) => {
      const { registration, texts } = held
      return [storedOf(held).no, noOf(book), canonical(registration), texts === null ? null : JSON.stringify(texts)]
    })
  )
  const captures = registered.flatMap(([held, book]) =>
    storedOf(held).head.captures.map(({ id, provider, reference }): ReadonlyArray<Value> => {
      return [noOf(book), id, storedOf(held).no, kept(provider), kept(reference)]
    })
  )
  send(
    sql.captures,
    capture,
    captures.toSorted((a, b) => ((a[1] as string) < (b[1] as string) ? -1 : 1))
  )
}

const storedOf = ({ stored }: HeldOrder) => {
  if (stored === null) throw new Error("what is written of an order is there")
  return stored
}

const orderRow = (held: HeldOrder, book: Book): ReadonlyArray<Value> => {
  const { hash, head, lastRefund, no, updatedAt } = storedOf(held)
  const figures = [...registeredColumns(head), ...figureColumns(head)] as ReadonlyArray<Value>
  return [no, noOf(book), ...figures, hash, lastRefund, updatedAt]
}

const dueRow = ({ due }: HeldRefund, lease: Lease | null): ReadonlyArray<Value> =>
  due?.isLeased === true && lease !== null ? [due.at, lease.milliseconds, lease.by] : [due?.at ?? null, null, null]

const progressRow = ({ refund }: HeldRefund): ReadonlyArray<Value> => [
  ...(progressValues(refund).slice(0, 4) as ReadonlyArray<Value>),
  kept(referenceOf(refund))
]

const newRefundRow = (held: HeldRefund, book: Book, lease: Lease | null): ReadonlyArray<Value> => [
  ...(requestValues(held.refund) as ReadonlyArray<Value>),
  textsValue(held.refund),
  ...progressRow(held),
  noOf(book),
  held.orderNo,
  held.prior,
  held.key,
  held.fingerprint,
  ...dueRow(held, lease)
]

const changedRefundRow = (held: HeldRefund, book: Book, lease: Lease | null): ReadonlyArray<Value> => [
  held.refund.number,
  noOf(book),
  ...progressRow(held),
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
  ) => [stored.no, noOf(book), ...(columns as ReadonlyArray<Value>), stored.hash]
  const all = [...accounts]
  send(
    sql.newAccounts,
    newAccount,
    all.flatMap(([{ isNew, stored }, book]) => {
      const { currency, customerId } = stored.head
      return isNew ? [[...row(stored, creditColumns(stored.head), book), customerId, currency]] : []
    })
  )
  send(
    sql.accounts,
    credit,
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

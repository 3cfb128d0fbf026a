/**
 * What a batch has in hand: the rows that were read for it, as the decisions before left them. Each decision reads its facts
 * from here, and what it decides is kept here until the whole batch is written.
 */
import { Schema } from "effect"
import { noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"
import type { OrderTexts, Registration } from "refund-core/Order"
import type { Earlier, Facts, Scope } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import { initialSettings, SettingsHead } from "refund-core/Settings"
import { type StoredAccount, toAccount } from "../accountRows.ts"
import type { Dialect } from "../dialect.ts"
import { fingerprint } from "../digest.ts"
import type { StoredTenant } from "../facts.ts"
import { type OrderRow, type StoredOrder, toRegistered } from "../orderRows.ts"
import { type RefundRow, stageOf, stages, toRefund } from "../refundRows.ts"
import { toKnownOrder } from "./heads.ts"
import type { Found, FoundAccount, FoundRefund, Wanted } from "./load.ts"

/** What the worker has to do, to be written: `isLeased` to this process, by the database's clock. */
export interface DueChange {
  readonly at: number | null
  readonly isLeased: boolean
}

export interface HeldRefund {
  refund: Refund
  readonly orderNo: number
  readonly prior: number | null
  readonly key: string | null
  readonly fingerprint: string | null
  readonly isNew: boolean
  isChanged: boolean
  hasOtherShares: boolean
  hasOtherTexts: boolean
  due: DueChange | null
}

export interface HeldOrder {
  stored: StoredOrder | null
  registration: Registration | null
  texts: OrderTexts | null
  readonly refunds: Map<RefundId, HeldRefund>
  /** The stages at which the oldest refunds were read, and whether those are all. */
  readonly stages: Map<number, boolean>
  isNew: boolean
  isChanged: boolean
  isRegistered: boolean
}

export interface HeldAccount {
  stored: StoredAccount
  isNew: boolean
  isChanged: boolean
}

/** How the database keeps keys and names. */
type Words = Pick<Dialect, "keptKey" | "keptName">

/** One tenant's. */
export class Book {
  readonly id: string
  readonly dialect: Words
  tenant: StoredTenant
  /** As they were read; null where they were not changed. */
  settingsBefore: SettingsHead | null = null
  readonly orders = new Map<string, HeldOrder>()
  readonly refunds = new Map<string, HeldRefund>()
  readonly groups = new Map<string, Array<HeldRefund>>()
  /** By a request's key, as it is kept: its group. */
  readonly keys = new Map<string, string>()
  readonly owners = new Map<CaptureId, OrderId>()
  /** Null: read, and not there. */
  readonly accounts = new Map<string, HeldAccount | null>()

  constructor(id: string, tenant: StoredTenant, dialect: Words) {
    this.id = id
    this.dialect = dialect
    this.tenant = tenant
  }

  order(id: string): HeldOrder {
    const known = this.orders.get(id)
    if (known !== undefined) return known
    const held: HeldOrder = {
      stored: null,
      registration: null,
      texts: null,
      refunds: new Map(),
      stages: new Map(),
      isNew: false,
      isChanged: false,
      isRegistered: false
    }
    this.orders.set(id, held)
    return held
  }

  hold(held: HeldRefund): void {
    const { groupId, id, orderId } = held.refund
    this.refunds.set(id, held)
    this.order(orderId).refunds.set(id, held)
    const group = this.groups.get(groupId)
    if (group === undefined) this.groups.set(groupId, [held])
    else if (group.every((each) => each.refund.id !== id)) group.push(held)
    if (held.key !== null) this.keys.set(held.key, groupId)
  }

  /** All refunds of the group with this id, or of the one that the refund with this id belongs to; oldest first. */
  group(id: string): ReadonlyArray<HeldRefund> {
    const named = this.refunds.get(id)
    const group = this.groups.get(named?.refund.groupId ?? id) ?? []
    return group.toSorted((a, b) => a.refund.number - b.refund.number)
  }
}

export const nameOfAccount = (customer: string, currency: string): string => `${currency} ${customer}`

const decodeSettings = Schema.decodeUnknownSync(Schema.toCodecJson(SettingsHead))
const settingsLimit = 100
let decoded = new Map<string, SettingsHead>()

/** Settings are read with every batch and change seldom: the same text is decoded once. */
const settingsOf = (text: string): SettingsHead => {
  const before = decoded.get(text)
  if (before !== undefined) return before
  if (decoded.size >= settingsLimit) decoded = new Map()
  const settings = decodeSettings(JSON.parse(text))
  decoded.set(text, settings)
  return settings
}

/** By tenant. */
export type Books = ReadonlyMap<string, Book>

export const booksOf = (dialect: Words, wanted: ReadonlyArray<Wanted>, found: Found): Books => {
  const books = new Map<string, Book>()
  const byNumber = new Map<number, Book>()
  for (const [no, id, settings, entries, hash] of found.tenants) {
    const book = new Book(id, { no, settings: settingsOf(settings), entries, hash }, dialect)
    books.set(id, book)
    byNumber.set(no, book)
  }
  for (const { scope } of wanted) {
    if (books.has(scope.tenant)) continue
    const none: StoredTenant = { no: null, settings: initialSettings, entries: 0, hash: "" }
    books.set(scope.tenant, new Book(scope.tenant, none, dialect))
  }
  fill((no) => byNumber.get(no) as Book, found)
  for (const { scope } of wanted) nameAccounts(books.get(scope.tenant) as Book, scope)
  return books
}

const fill = (book: (no: number) => Book, found: Found): void => {
  for (const row of found.orders) {
    const stored = toKnownOrder(row as unknown as OrderRow)
    const { head } = stored
    const kept = book(row[19])
    kept.order(head.id).stored = stored
    if (head.customerId !== null) kept.accounts.set(nameOfAccount(head.customerId, head.currency), null)
  }
  for (const row of found.refunds) holdRow(book(row[16]), row)
  for (const { isWhole, order, stage, tenant } of found.stages) book(tenant).order(order).stages.set(stage, isWhole)
  for (const row of found.accounts) holdAccount(book(row[6]), row)
  for (const [tenant, order, registration, texts] of found.registrations) {
    const held = book(tenant).order(order)
    Object.assign(held, toRegistered(held.stored?.no ?? 0, [registration, texts]))
  }
  for (const [tenant, capture, order] of found.owners) book(tenant).owners.set(capture as CaptureId, order as OrderId)
}

/** One that was read twice is the same. */
const holdRow = (book: Book, row: FoundRefund): void => {
  if (book.refunds.has(row[2])) return
  const [orderId, prior, key, fingerprint] = [row[17], row[18], row[19], row[20]]
  const refund = toRefund(row as unknown as RefundRow, orderId as OrderId)
  const unchanged = { isNew: false, isChanged: false, hasOtherShares: false, hasOtherTexts: false, due: null }
  book.hold({ refund, orderNo: row[1], prior, key, fingerprint, ...unchanged })
}

export const holdAccount = (book: Book, row: FoundAccount): void => {
  const stored = toAccount(row.slice(0, 6) as unknown as Parameters<typeof toAccount>[0])
  const { currency, customerId } = stored.head
  book.accounts.set(nameOfAccount(customerId, currency), { stored, isNew: false, isChanged: false })
}

const nameAccounts = (book: Book, { at }: Scope): void => {
  if (!("customer" in at)) return
  const name = nameOfAccount(at.customer, at.currency)
  if (!book.accounts.has(name)) book.accounts.set(name, null)
}

/** The facts, and what they came from. */
export interface Loaded {
  readonly facts: Facts
  readonly book: Book
  readonly order: HeldOrder | null
  readonly account: StoredAccount | null
}

/** Null where a decision before it, in the same batch, made something needed that was not read: it has to come later. */
export const factsOf = (books: Books, { order: orderId, scope }: Wanted, nextNumber: number): Loaded | null => {
  const book = books.get(scope.tenant) as Book
  const known = orderId === null ? null : book.order(orderId)
  const order = known?.stored === null ? null : known
  const account = accountAt(book, scope, order)
  const refunds = refundsAt(book, scope, order)
  if (account === undefined || refunds === null) return null
  const isRegistering = scope.registering !== undefined
  const facts: Facts = {
    settings: book.tenant.settings,
    order: order?.stored?.head ?? null,
    registration: isRegistering ? (order?.registration ?? null) : null,
    texts: isRegistering ? (order?.texts ?? null) : null,
    captureOwners: ownersOf(book, scope),
    refunds,
    credit: account?.head ?? null,
    earlier: scope.once === undefined ? null : earlierOf(book, scope.once),
    nextNumber
  }
  return { facts, book, order: known, account }
}

/** Undefined where it was not read. */
const accountAt = (book: Book, { at }: Scope, order: HeldOrder | null): StoredAccount | null | undefined => {
  const head = order?.stored?.head
  const [customer, currency] =
    "customer" in at ? [at.customer, at.currency] : [head?.customerId ?? null, head?.currency as CurrencyCode]
  if (customer === null) return null
  const held = book.accounts.get(nameOfAccount(customer, currency))
  return held === null ? { no: null, head: noCredit(customer as CustomerId, currency), hash: "" } : held?.stored
}

/** The group, the open ones, those under way, and the return costs that any of them carries or that wait in the order. */
const refundsAt = (book: Book, scope: Scope, order: HeldOrder | null): Facts["refunds"] | null => {
  const refunds = new Map<RefundId, Refund>()
  const head = order?.stored?.head
  if (order === null || head === undefined) return refunds
  if ("refund" in scope.at) for (const { refund } of book.group(scope.at.refund)) refunds.set(refund.id, refund)
  for (const [stage, limit] of [
    [stages.unsubmitted, scope.open] as const,
    [stages.underWay, scope.underWay] as const
  ]) {
    if (limit === undefined) continue
    const oldest = oldestAt(order, stage, limit)
    if (oldest === null) return null
    for (const refund of oldest) refunds.set(refund.id, refund)
  }
  const carried = [...refunds.values()].flatMap((refund) => refund.deductions)
  for (const { refundId } of [...carried, ...head.waiting]) {
    const held = book.refunds.get(refundId)
    if (held === undefined) return null
    refunds.set(refundId, held.refund)
  }
  return refunds
}

/** Where not all of them were read, what the batch has changed since may have moved others up. */
const oldestAt = (order: HeldOrder, stage: number, limit: number): ReadonlyArray<Refund> | null => {
  const isWhole = order.isNew || order.stages.get(stage)
  if (isWhole !== true && order.isChanged) return null
  return [...order.refunds.values()]
    .map((held) => held.refund)
    .filter((refund) => stageOf(refund) === stage)
    .toSorted((a, b) => a.number - b.number)
    .slice(0, limit)
}

const ownersOf = (book: Book, { registering }: Scope): Facts["captureOwners"] => {
  const owners = new Map<CaptureId, OrderId>()
  for (const capture of registering?.captures ?? []) {
    const owner = book.owners.get(capture)
    if (owner !== undefined) owners.set(capture, owner)
  }
  return owners
}

/** The request with this key or chosen id. Where the two name different requests, the content is not the same. */
const earlierOf = (book: Book, once: NonNullable<Scope["once"]>): Earlier | null => {
  const keyed = once.key === null ? undefined : book.keys.get(book.dialect.keptKey(once.key))
  const group = book.group(keyed ?? once.chosen ?? "")
  const [first] = group
  if (first === undefined) return null
  const refunds = group.map(({ refund }) => refund)
  const isNamed = once.chosen === null || refunds.every((refund) => refund.groupId === once.chosen)
  return { sameContent: isNamed && fingerprint(once.content) === first.fingerprint, refunds }
}

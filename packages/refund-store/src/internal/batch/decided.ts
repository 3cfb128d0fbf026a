/** Keeps what a decision made in the batch's books, with its entries; `flush.ts` writes all of them at once. */
import { isCreditEvent } from "refund-core/Credit"
import type { Event } from "refund-core/Event"
import type { RefundId } from "refund-core/Ids"
import { byHome, chained, creditChain, entryText, type Home, orderChain, settingsChain } from "refund-core/Journal"
import type { Decision, Due, Scope } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import { chainOfAccount } from "../accountRows.ts"
import { fingerprint, sha256 } from "../digest.ts"
import type { StoredOrder } from "../orderRows.ts"
import { referencesOf } from "../refundRows.ts"
import {
  type Book,
  type DueChange,
  type HeldAccount,
  type HeldOrder,
  type HeldRefund,
  type Loaded,
  nameOfAccount
} from "./book.ts"
import { followHead } from "./heads.ts"

/** `chain`: its number in the journal; null for the tenant's own, which may have none before the batch is written. */
export interface NewEntry {
  readonly book: Book
  readonly chain: number | null
  readonly seq: number
  readonly hash: string
  readonly text: string
}

/** A name that a refund no longer goes by, and is found by all the same. */
export interface FormerReference {
  readonly book: Book
  readonly reference: string
  readonly refundNo: number
}

/** Draws the number of a new order or account; null where none is at hand. */
export interface NewNumbers {
  readonly order: () => number | null
  readonly account: () => number | null
}

/** Whether what is due is leased to this process. */
export type Leases = (due: number, decidedAt: number) => boolean

export class Changes {
  readonly entries: Array<NewEntry> = []
  readonly former: Array<FormerReference> = []
  readonly books = new Set<Book>()
  readonly orders = new Map<HeldOrder, Book>()
  readonly refunds = new Map<HeldRefund, Book>()
  readonly accounts = new Map<HeldAccount, Book>()

  get isEmpty(): boolean {
    return this.entries.length === 0 && this.refunds.size === 0
  }
}

interface Entry {
  readonly home: Home
  readonly seq: number
  readonly hash: string
  readonly text: string
}

/** False where a number is missing: then nothing was kept, and the decision comes again in the next batch. */
export const keep = (
  changes: Changes,
  scope: Scope,
  loaded: Loaded,
  decision: Decision<unknown>,
  numbers: NewNumbers,
  leases: Leases
): boolean => {
  const { book } = loaded
  const dues = new Map(decision.due.map((each) => [each.refundId, dueChange(each, decision.stamp.at, leases)]))
  if (decision.events.length === 0) {
    for (const [id, due] of dues) {
      const held = decision.after.refunds.has(id) ? book.refunds.get(id) : undefined
      if (held === undefined) continue
      held.due = due
      changes.refunds.set(held, book)
    }
    return true
  }
  // Whatever may fail comes before anything is changed: a decision is kept whole, or not at all.
  const entries = entriesOf(scope, loaded, decision)
  refuseOddTexts(book, scope, decision)
  refuseTaken(book, loaded, decision)
  const needed = neededNumbers(loaded, entries, numbers)
  if (needed === null) return false
  for (const entry of entries) {
    if (entry.home === "order") keepOrder(changes, scope, loaded, decision, entry, needed.order, dues)
    else if (entry.home === "credit") keepAccount(changes, loaded, decision, entry, needed.account)
    else keepSettings(changes, loaded, decision, entry)
  }
  changes.books.add(book)
  return true
}

const dueChange = ({ at }: Due, decidedAt: number, leases: Leases): DueChange => ({
  at,
  isLeased: at !== null && leases(at, decidedAt)
})

/** The entry of each chain that has events, after the one that is its last. */
const entriesOf = (scope: Scope, loaded: Loaded, { after, events, stamp }: Decision<unknown>): ReadonlyArray<Entry> =>
  byHome(events).map(([home, kept]) => {
    const { chain, previous, seq } = follows(home, loaded, after)
    if (home === "credit") refuseOthersCredit(kept, after.credit)
    const text = entryText(scope.tenant, chain, seq, stamp, kept, sha256)
    return { home, seq, text, hash: sha256(chained(previous, text)) }
  })

const follows = (home: Home, { account, book, order }: Loaded, { credit, order: head }: Decision<unknown>["after"]) => {
  if (home === "settings") return { chain: settingsChain, seq: book.tenant.entries + 1, previous: book.tenant.hash }
  if (home === "order") {
    const before = order?.stored ?? null
    if (head === null || order === null || head.entries !== (before?.head.entries ?? 0) + 1) {
      throw new Error("an order's decision adds one entry to its journal")
    }
    return { chain: orderChain(head.id), seq: head.entries, previous: before?.hash ?? "" }
  }
  if (credit === null || account === null || credit.entries !== account.head.entries + 1) {
    throw new Error("an account's decision adds one entry to its journal")
  }
  return { chain: creditChain(credit.customerId, credit.currency), seq: credit.entries, previous: account.hash }
}

const refuseOthersCredit = (events: ReadonlyArray<Event>, credit: Decision<unknown>["after"]["credit"]): void => {
  const isTheirs = (event: Event) =>
    !isCreditEvent(event) || (event.customerId === credit?.customerId && event.currency === credit.currency)
  if (!events.every(isTheirs)) throw new Error("credit was moved of another account than the one at hand")
}

/** The database would refuse or change them. What is a JSON text in its row has no such letters. */
const refuseOddTexts = ({ dialect }: Book, { once, tenant }: Scope, { after }: Decision<unknown>): void => {
  const texts: Array<string | null | undefined> = [
    tenant,
    after.order?.id,
    after.order?.customerId,
    after.credit?.customerId
  ]
  if (once !== undefined && once.key !== null) texts.push(dialect.keptKey(once.key))
  for (const capture of after.order?.captures ?? []) texts.push(capture.id)
  for (const refund of after.refunds.values())
    texts.push(refund.id, refund.groupId, refund.captureId, refund.customerId)
  if (texts.every((text) => text === null || text === undefined || dialect.keptName(text) !== null)) return
  throw new Error("text that is not Unicode cannot be stored")
}

const refuseTaken = (book: Book, { facts }: Loaded, { after }: Decision<unknown>): void => {
  for (const id of after.refunds.keys()) {
    if (!facts.refunds.has(id) && book.refunds.has(id)) throw new Error(`there is a refund ${id} already`)
  }
}

const neededNumbers = ({ account, order }: Loaded, entries: ReadonlyArray<Entry>, numbers: NewNumbers) => {
  const isNew = (home: Home) => entries.some((entry) => entry.home === home)
  const orderNo = order?.stored?.no ?? (isNew("order") ? numbers.order() : 0)
  const accountNo = account?.no ?? (isNew("credit") ? numbers.account() : 0)
  return orderNo === null || accountNo === null ? null : { order: orderNo, account: accountNo }
}

type Dues = ReadonlyMap<RefundId, DueChange>

const keepOrder = (
  changes: Changes,
  scope: Scope,
  loaded: Loaded,
  decision: Decision<unknown>,
  { hash, seq, text }: Entry,
  no: number,
  dues: Dues
): void => {
  const { book, facts: before, order } = loaded
  const { after, stamp } = decision
  const head = after.order
  if (order === null || head === null) return
  const lastRefund = keepRefunds(changes, scope, loaded, decision, { no, last: order.stored?.lastRefund ?? null }, dues)
  const isNew = order.stored === null
  const createdAt = order.stored?.createdAt ?? stamp.at
  const stored: StoredOrder = { no, head, hash, lastRefund, createdAt, updatedAt: stamp.at }
  followHead(order.stored?.hash, stored)
  order.stored = stored
  order.isNew ||= isNew
  order.isChanged = true
  if (after.registration !== before.registration || after.texts !== before.texts) {
    if (after.registration === null) throw new Error("what is registered has a registration")
    order.registration = after.registration
    order.texts = after.texts
    order.isRegistered = true
    for (const { id } of head.captures) book.owners.set(id, head.id)
  }
  changes.orders.set(order, book)
  changes.entries.push({ book, chain: no, seq, hash, text })
}

/** The number of the order's newest refund after it. */
const keepRefunds = (
  changes: Changes,
  scope: Scope,
  { book, facts: before }: Loaded,
  { after }: Decision<unknown>,
  place: { readonly no: number; readonly last: number | null },
  dues: Dues
): number | null => {
  let last = place.last
  let isFirst = true
  for (const [id, refund] of after.refunds) {
    const known = before.refunds.get(id)
    const due = dues.get(id) ?? null
    if (known === undefined) {
      const held: HeldRefund = {
        refund,
        orderNo: place.no,
        prior: last,
        ...(isFirst ? intentOf(book, scope) : unnamed),
        isNew: true,
        isChanged: true,
        hasOtherShares: false,
        hasOtherTexts: true,
        due
      }
      book.hold(held)
      changes.refunds.set(held, book)
      last = refund.number
      isFirst = false
      continue
    }
    const held = book.refunds.get(id) as HeldRefund
    if (due !== null) held.due = due
    if (refund !== known) changeRefund(changes, book, held, refund)
    if (refund !== known || due !== null) changes.refunds.set(held, book)
  }
  return last
}

const unnamed = { key: null, fingerprint: null }

/** Kept with the request's first refund. */
const intentOf = ({ dialect }: Book, { once }: Scope): Pick<HeldRefund, "key" | "fingerprint"> =>
  once === undefined || (once.key === null && once.chosen === null)
    ? unnamed
    : { key: once.key === null ? null : dialect.keptKey(once.key), fingerprint: fingerprint(once.content) }

const changeRefund = (changes: Changes, book: Book, held: HeldRefund, refund: Refund): void => {
  const before = held.refund
  held.refund = refund
  held.isChanged = true
  held.hasOtherShares ||= refund.shares !== before.shares
  held.hasOtherTexts ||= refund.texts !== before.texts
  const [goesBy, ...others] = referencesOf(refund)
  for (const reference of [...referencesOf(before), ...others]) {
    if (reference !== goesBy) changes.former.push({ book, reference, refundNo: refund.number })
  }
}

const keepAccount = (
  changes: Changes,
  { book }: Loaded,
  { after: { credit } }: Decision<unknown>,
  { hash, seq, text }: Entry,
  no: number
): void => {
  if (credit === null) return
  const name = nameOfAccount(credit.customerId, credit.currency)
  const known = book.accounts.get(name) ?? null
  const stored = { no, head: credit, hash }
  const held: HeldAccount = known ?? { stored, isNew: true, isChanged: true }
  held.stored = stored
  held.isChanged = true
  book.accounts.set(name, held)
  changes.accounts.set(held, book)
  changes.entries.push({ book, chain: chainOfAccount(no), seq, hash, text })
}

const keepSettings = (changes: Changes, { book }: Loaded, { after }: Decision<unknown>, entry: Entry): void => {
  book.settingsBefore ??= book.tenant.settings
  book.tenant = { ...book.tenant, settings: after.settings, entries: entry.seq, hash: entry.hash }
  changes.entries.push({ book, chain: null, seq: entry.seq, hash: entry.hash, text: entry.text })
}

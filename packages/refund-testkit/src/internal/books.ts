/**
 * The ledger as plain Maps: what a store keeps, which facts it gives a decision, and what it writes of the answer. It is
 * the reference for what ports/LedgerStore.ts says, and knows nothing of time, fibers or files.
 */

import { createHash } from "node:crypto"
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { Event } from "refund-core/Event"
import type { CaptureId, CustomerId, Instant, OrderId, RefundId, TenantId } from "refund-core/Ids"
import { byHome, chained, creditChain, entryText, type Home, orderChain, settingsChain } from "refund-core/Journal"
import type { OrderHead, OrderTexts, Registration } from "refund-core/Order"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import type { Decision, Earlier, Facts, Scope } from "refund-core/ports/LedgerStore"
import { isUnderWay, isUnsubmitted, type Refund } from "refund-core/Refund"
import { initialSettings, type SettingsHead } from "refund-core/Settings"

export const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex")

export interface KeptOrder {
  head: OrderHead
  registration: Registration
  texts: OrderTexts | null
  readonly createdAt: Instant
  updatedAt: Instant
  /** Oldest first. */
  readonly refunds: Map<RefundId, Refund>
  readonly entries: Array<JournalEntry>
}

export interface KeptCredit {
  head: CreditHead
  readonly entries: Array<JournalEntry>
}

export interface TenantBooks {
  readonly id: TenantId
  settings: SettingsHead
  readonly settingsEntries: Array<JournalEntry>
  readonly orders: Map<OrderId, KeptOrder>
  readonly captureOwners: Map<CaptureId, OrderId>
  readonly refundOwners: Map<RefundId, OrderId>
  readonly groups: Map<RefundId, ReadonlyArray<RefundId>>
  /** By idempotency key: the group it made. */
  readonly keys: Map<string, RefundId>
  /** By group: what was asked for. */
  readonly contents: Map<RefundId, string>
  readonly credits: Map<string, KeptCredit>
  /** The entries of all chains, as they were committed. */
  readonly log: Array<JournalEntry>
  /** How often each thing was written: whoever read one that was written since must read again. */
  readonly versions: Map<string, number>
}

export interface Books {
  readonly tenants: Map<TenantId, TenantBooks>
  nextNumber: number
}

export const emptyBooks = (): Books => ({ tenants: new Map(), nextNumber: 1 })

export const tenantBooks = (books: Books, tenant: TenantId): TenantBooks => {
  const known = books.tenants.get(tenant)
  if (known !== undefined) return known
  const fresh: TenantBooks = {
    id: tenant,
    settings: initialSettings,
    settingsEntries: [],
    orders: new Map(),
    captureOwners: new Map(),
    refundOwners: new Map(),
    groups: new Map(),
    keys: new Map(),
    contents: new Map(),
    credits: new Map(),
    log: [],
    versions: new Map()
  }
  books.tenants.set(tenant, fresh)
  return fresh
}

/** Decisions that share a lane wait for each other. */
export const laneOf = (books: Books, scope: Scope): string => {
  const { at, tenant } = scope
  if ("settings" in at) return JSON.stringify([tenant, "settings"])
  if ("customer" in at) return JSON.stringify([tenant, "credit", keyOfAccount(at.customer, at.currency)])
  return JSON.stringify([tenant, "order", ownerOf(tenantBooks(books, tenant), at)])
}

const ownerOf = (tenant: TenantBooks, at: Scope["at"]): OrderId | null => {
  if ("order" in at) return at.order
  if ("capture" in at) return tenant.captureOwners.get(at.capture) ?? null
  if ("refund" in at) return tenant.refundOwners.get(at.refund) ?? null
  return null
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a decision reads, and the version of everything that was read for it. */
export interface Loaded {
  readonly facts: Facts
  readonly versions: ReadonlyMap<string, number>
}

export const load = (books: Books, scope: Scope): Loaded => {
  const tenant = tenantBooks(books, scope.tenant)
  const orderId = ownerOf(tenant, scope.at)
  const kept = orderId === null ? undefined : tenant.orders.get(orderId)
  const registering = scope.registering?.captures ?? []
  const account = accountOf(scope, kept)
  const facts: Facts = {
    settings: tenant.settings,
    order: kept?.head ?? null,
    registration: scope.registering === undefined ? null : (kept?.registration ?? null),
    texts: scope.registering === undefined ? null : (kept?.texts ?? null),
    captureOwners: new Map(
      registering.flatMap((id) => {
        const owner = tenant.captureOwners.get(id)
        return owner === undefined ? [] : [[id, owner] as const]
      })
    ),
    refunds: kept === undefined ? new Map() : refundsFor(tenant, kept, scope),
    credit: account === null ? null : (tenant.credits.get(creditKey(account))?.head ?? account),
    earlier: earlierOf(tenant, scope.once),
    nextNumber: books.nextNumber
  }
  const read = [...readBy(scope), ...(orderId === null ? [] : [`order ${orderId}`])]
  if (account !== null) read.push(`credit ${creditKey(account)}`)
  return { facts, versions: new Map(read.map((thing) => [thing, versionOf(tenant, thing)])) }
}

const refundsFor = (tenant: TenantBooks, kept: KeptOrder, scope: Scope): ReadonlyMap<RefundId, Refund> => {
  const found = new Map<RefundId, Refund>()
  const add = (id: RefundId) => {
    const refund = kept.refunds.get(id)
    if (refund !== undefined) found.set(id, refund)
  }
  if ("refund" in scope.at) for (const id of groupOf(tenant, scope.at.refund)) add(id)
  if (scope.open !== undefined) {
    for (const refund of [...kept.refunds.values()].filter(isUnsubmitted).slice(0, scope.open)) add(refund.id)
  }
  if (scope.underWay !== undefined) {
    for (const refund of [...kept.refunds.values()].filter(isUnderWay).slice(0, scope.underWay)) add(refund.id)
  }
  for (const refund of [...found.values()]) for (const deduction of refund.deductions) add(deduction.refundId)
  for (const waiting of kept.head.waiting) add(waiting.refundId)
  return found
}

/** All refunds of the group that has this id, or that the refund with this id belongs to. */
export const groupOf = (tenant: TenantBooks, id: RefundId): ReadonlyArray<RefundId> => {
  const group = tenant.groups.get(id)
  if (group !== undefined) return group
  const orderId = tenant.refundOwners.get(id)
  const refund = orderId === undefined ? undefined : tenant.orders.get(orderId)?.refunds.get(id)
  return refund === undefined ? [] : (tenant.groups.get(refund.groupId) ?? [])
}

/** A chosen id that some refund already has names that refund's group: it is taken, whatever was asked for then. */
const earlierOf = (tenant: TenantBooks, once: Scope["once"]): Earlier | null => {
  if (once === undefined) return null
  const byKey = once.key === null ? undefined : tenant.keys.get(once.key)
  const group = byKey ?? (once.chosen !== null && tenant.refundOwners.has(once.chosen) ? once.chosen : undefined)
  if (group === undefined) return null
  return { sameContent: tenant.contents.get(group) === once.content, refunds: refundsOf(tenant, group) }
}

export const refundsOf = (tenant: TenantBooks, id: RefundId): ReadonlyArray<Refund> =>
  groupOf(tenant, id).flatMap((each) => {
    const orderId = tenant.refundOwners.get(each)
    return (orderId === undefined ? undefined : tenant.orders.get(orderId)?.refunds.get(each)) ?? []
  })

const keyOfAccount = (customerId: CustomerId, currency: string): string => `${currency} ${customerId}`
const creditKey = ({ currency, customerId }: CreditHead): string => keyOfAccount(customerId, currency)

/** The account that a decision reads, as it is before anything was posted to it. */
const accountOf = ({ at }: Scope, kept: KeptOrder | undefined): CreditHead | null => {
  if ("customer" in at) return noCredit(at.customer, at.currency)
  const customerId = kept?.head.customerId ?? null
  return kept === undefined || customerId === null ? null : noCredit(customerId, kept.head.currency)
}

const readBy = (scope: Scope): Array<string> => {
  const things = ["settings", ...(scope.registering?.captures ?? []).map((id) => `capture ${id}`)]
  if ("capture" in scope.at) things.push(`capture ${scope.at.capture}`)
  if ("refund" in scope.at) things.push(`refund ${scope.at.refund}`)
  if (scope.once !== undefined && scope.once.key !== null) things.push(`key ${scope.once.key}`)
  if (scope.once !== undefined && scope.once.chosen !== null) things.push(`refund ${scope.once.chosen}`)
  return things
}

const versionOf = (tenant: TenantBooks, thing: string): number => tenant.versions.get(thing) ?? 0

/** Whether nothing that was read has been written since. */
export const isCurrent = (books: Books, scope: Scope, loaded: Loaded): boolean => {
  const tenant = tenantBooks(books, scope.tenant)
  return [...loaded.versions].every(([thing, version]) => versionOf(tenant, thing) === version)
}

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Writes all of a decision, or throws. Nothing may have been written since `facts` were read. */
export const write = <A>(books: Books, scope: Scope, facts: Facts, decision: Decision<A>): void => {
  if (decision.events.length === 0) return
  const tenant = tenantBooks(books, scope.tenant)
  for (const event of decision.events) {
    if (event._tag !== "RefundRequested") continue
    const taken = [event.refund.id, event.refund.groupId].find((id) => tenant.refundOwners.has(id))
    if (taken !== undefined) throw new Error(`there is a refund ${taken} already`)
  }
  const { after, events } = decision
  books.nextNumber = Math.max(books.nextNumber, after.nextNumber)
  if (after.settings !== facts.settings) {
    tenant.settings = after.settings
    touch(tenant, "settings")
  }
  for (const [home, kept] of byHome(events)) writers[home](tenant, facts, { ...decision, events: kept })
  for (const event of events) writeDirectories(tenant, scope, event)
}

type Write = <A>(tenant: TenantBooks, facts: Facts, decision: Decision<A>) => void

/** `events`: those that are kept in that chain. */
const writers: Readonly<Record<Home, Write>> = {
  order: (tenant, facts, decision) => {
    const { after } = decision
    if (after.order === null) throw new Error("events of an order need an order")
    const kept = writeOrder(tenant, after.order, facts, decision)
    for (const refund of after.refunds.values()) {
      if (facts.refunds.get(refund.id) !== refund) writeRefund(tenant, kept, refund)
    }
    append(tenant, kept.entries, orderChain(after.order.id), after.order.entries, decision)
  },
  credit: (tenant, _, decision) => {
    const head = decision.after.credit
    if (head === null) throw new Error("events of an account need an account")
    const key = creditKey(head)
    const kept = tenant.credits.get(key) ?? { head, entries: [] }
    kept.head = head
    tenant.credits.set(key, kept)
    touch(tenant, `credit ${key}`)
    append(tenant, kept.entries, creditChain(head.customerId, head.currency), head.entries, decision)
  },
  settings: (tenant, _, decision) => {
    append(tenant, tenant.settingsEntries, settingsChain, tenant.settingsEntries.length + 1, decision)
  }
}

const writeOrder = <A>(tenant: TenantBooks, head: OrderHead, facts: Facts, decision: Decision<A>): KeptOrder => {
  const { after, stamp } = decision
  touch(tenant, `order ${head.id}`)
  const known = tenant.orders.get(head.id)
  if (known === undefined && after.registration === null) throw new Error(`order ${head.id} was never registered`)
  const kept: KeptOrder = known ?? {
    head,
    registration: after.registration as Registration,
    texts: null,
    createdAt: stamp.at,
    updatedAt: stamp.at,
    refunds: new Map(),
    entries: []
  }
  kept.head = head
  kept.updatedAt = stamp.at
  // Facts hold registration and texts only where they were asked for: null is "not read", not "none".
  if (after.registration !== null && after.registration !== facts.registration) kept.registration = after.registration
  if (after.texts !== facts.texts) kept.texts = after.texts
  tenant.orders.set(head.id, kept)
  for (const { id } of head.captures) {
    if (tenant.captureOwners.get(id) === head.id) continue
    tenant.captureOwners.set(id, head.id)
    touch(tenant, `capture ${id}`)
  }
  return kept
}

const writeRefund = (tenant: TenantBooks, kept: KeptOrder, refund: Refund): void => {
  const isNew = !kept.refunds.has(refund.id)
  kept.refunds.set(refund.id, refund)
  if (!isNew) return
  tenant.groups.set(refund.groupId, [...(tenant.groups.get(refund.groupId) ?? []), refund.id])
  for (const id of [refund.id, refund.groupId]) {
    tenant.refundOwners.set(id, kept.head.id)
    touch(tenant, `refund ${id}`)
  }
}

const writeDirectories = (tenant: TenantBooks, scope: Scope, event: Event): void => {
  if (event._tag !== "RefundRequested" || scope.once === undefined) return
  tenant.contents.set(event.refund.groupId, scope.once.content)
  if (scope.once.key === null) return
  tenant.keys.set(scope.once.key, event.refund.groupId)
  touch(tenant, `key ${scope.once.key}`)
}

const touch = (tenant: TenantBooks, thing: string): void => {
  tenant.versions.set(thing, versionOf(tenant, thing) + 1)
}

const append = <A>(
  tenant: TenantBooks,
  entries: Array<JournalEntry>,
  chain: string,
  seq: number,
  { events, stamp }: Decision<A>
): void => {
  const text = entryText(tenant.id, chain, seq, stamp, events, sha256)
  const entry = { chain, seq, text, hash: sha256(chained(entries.at(-1)?.hash ?? "", text)) }
  entries.push(entry)
  tenant.log.push(entry)
}

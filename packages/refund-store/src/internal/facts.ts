/** Reads what a decision needs: on the writer inside its transaction, and for previews in a read transaction. */
import { Schema } from "effect"
import { noFacts } from "refund-core/apply"
import { noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId, RefundId } from "refund-core/Ids"
import type { Earlier, Facts, Scope } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"
import { initialSettings, SettingsHead } from "refund-core/Settings"
import { type AccountRow, accountColumns, type StoredAccount, toAccount } from "./accountRows.ts"
import { type Asking, row, rows } from "./ask.ts"
import { fingerprint } from "./digest.ts"
import {
  type OrderRow,
  orderColumns,
  type Registered,
  type RegistrationRow,
  type StoredOrder,
  toOrder,
  toRegistered
} from "./orderRows.ts"
import { groupIdOf, orderNoOf, type RefundRow, refundColumns, stages, toRefund } from "./refundRows.ts"

/** A tenant's row. `no` is null until the tenant's first entry. */
export interface StoredTenant {
  readonly no: number | null
  readonly settings: SettingsHead
  readonly entries: number
  readonly hash: string
}

/**
 * What was read or written of tenants and orders since nobody else wrote: a hot order is not read and parsed again for
 * each of its refunds.
 */
export class Known {
  readonly #tenants = new Map<string, StoredTenant>()
  readonly #orders = new Map<number, StoredOrder>()
  readonly #numbers = new Map<string, number>()
  nextNumber: number | null = null

  tenant(id: string): StoredTenant | undefined {
    return this.#tenants.get(id)
  }

  order(no: number): StoredOrder | undefined {
    return this.#orders.get(no)
  }

  orderNumber(tenant: number, id: string): number | undefined {
    return this.#numbers.get(`${tenant}/${id}`)
  }

  setTenant(id: string, tenant: StoredTenant): void {
    this.#tenants.set(id, tenant)
  }

  setOrder(tenant: number, order: StoredOrder): void {
    this.#orders.set(order.no, order)
    this.#numbers.set(`${tenant}/${order.head.id}`, order.no)
  }

  get size(): number {
    return this.#orders.size + this.#tenants.size
  }
}

/** The facts, and the stored rows they came from. */
export interface Loaded {
  readonly facts: Facts
  readonly tenant: StoredTenant
  readonly order: StoredOrder | null
  readonly account: StoredAccount | null
}

/** A partial index is used only where the SQL spells out what it is of. */
export const factsSql = {
  tenant: "SELECT no, settings, entries, head_hash FROM tenants WHERE id = ?",
  order: `SELECT ${orderColumns} FROM orders WHERE tenant = ? AND id = ?`,
  orderByNo: `SELECT ${orderColumns} FROM orders WHERE no = ?`,
  captureOwner: "SELECT order_no FROM captures WHERE tenant = ? AND id = ?",
  registration: "SELECT registration, texts FROM registrations WHERE order_no = ?",
  account: `SELECT ${accountColumns} FROM accounts WHERE tenant = ? AND customer_id = ? AND currency = ?`,
  refund: `SELECT ${refundColumns} FROM refunds WHERE tenant = ? AND id = ?`,
  group: `SELECT ${refundColumns} FROM refunds WHERE tenant = ? AND group_id = ? ORDER BY no`,
  atStage: `SELECT ${refundColumns} FROM refunds WHERE order_no = ? AND stage > 0 AND stage = ? ORDER BY no LIMIT ?`,
  byKey: "SELECT id, group_id FROM refunds WHERE tenant = ? AND request_key = ?",
  fingerprint: "SELECT fingerprint FROM refunds WHERE no = ?",
  lastNumber: "SELECT max(no) FROM refunds"
}
const sql = factsSql

const noTenant: StoredTenant = { no: null, settings: initialSettings, entries: 0, hash: "" }

const decodeSettings = Schema.decodeUnknownSync(Schema.toCodecJson(SettingsHead))

/** Settings that are kept as they were decoded. */
const settingsLimit = 100

export class Loader {
  readonly #settings = new Map<string, SettingsHead>()

  /** Settings are read with every decision and change seldom: the same text is decoded once. */
  #toSettings(text: string): SettingsHead {
    const before = this.#settings.get(text)
    if (before !== undefined) return before
    if (this.#settings.size >= settingsLimit) this.#settings.clear()
    const settings = decodeSettings(JSON.parse(text))
    this.#settings.set(text, settings)
    return settings
  }

  *tenantOf(known: Known, id: string): Asking<StoredTenant> {
    const before = known.tenant(id)
    if (before !== undefined) return before
    const found = yield* row<readonly [number, string, number, string]>(sql.tenant, id)
    const tenant: StoredTenant =
      found === undefined
        ? noTenant
        : { no: found[0], settings: this.#toSettings(found[1]), entries: found[2], hash: found[3] }
    known.setTenant(id, tenant)
    return tenant
  }

  #stored(known: Known, tenant: number, found: OrderRow | undefined): StoredOrder | null {
    if (found === undefined) return null
    const order = toOrder(found)
    known.setOrder(tenant, order)
    return order
  }

  *#orderByNo(known: Known, tenant: number, no: number): Asking<StoredOrder | null> {
    return known.order(no) ?? this.#stored(known, tenant, yield* row<OrderRow>(sql.orderByNo, no))
  }

  *orderById(known: Known, tenant: number, id: string): Asking<StoredOrder | null> {
    const no = known.orderNumber(tenant, id)
    return no === undefined
      ? this.#stored(known, tenant, yield* row<OrderRow>(sql.order, tenant, id))
      : yield* this.#orderByNo(known, tenant, no)
  }

  *orderByCapture(known: Known, tenant: number, capture: string): Asking<StoredOrder | null> {
    const no = (yield* row<readonly [number]>(sql.captureOwner, tenant, capture))?.[0]
    return no === undefined ? null : yield* this.#orderByNo(known, tenant, no)
  }

  /** All refunds of the group with this id, or of the one that the refund with this id belongs to; oldest first. */
  *groupRows(tenant: number, id: string): Asking<ReadonlyArray<RefundRow>> {
    const named = yield* row<RefundRow>(sql.refund, tenant, id)
    const groupId = named === undefined ? id : groupIdOf(named)
    return groupId === null
      ? [named].filter((each) => each !== undefined)
      : yield* rows<RefundRow>(sql.group, tenant, groupId)
  }

  /** The order at hand, and at a refund's or group's id that group's rows. */
  *#locate(known: Known, tenant: number, at: Scope["at"]): Asking<Located> {
    if ("order" in at) return { order: yield* this.orderById(known, tenant, at.order), group: [] }
    if ("capture" in at) return { order: yield* this.orderByCapture(known, tenant, at.capture), group: [] }
    if (!("refund" in at)) return nowhere
    const group = yield* this.groupRows(tenant, at.refund)
    const [first] = group
    return first === undefined ? nowhere : { order: yield* this.#orderByNo(known, tenant, orderNoOf(first)), group }
  }

  /** The group, the open ones, those under way, and the return costs that any of them carries or that wait in the order. */
  *#refundsAt(tenant: number, { group, order }: Located, { open, underWay }: Scope): Asking<Facts["refunds"]> {
    const refunds = new Map<RefundId, Refund>()
    if (order === null) return refunds
    const { head, no } = order
    const keep = (found: RefundRow | undefined) => {
      if (found === undefined) return
      const refund = toRefund(found, head.id)
      refunds.set(refund.id, refund)
    }
    group.forEach(keep)
    if (open !== undefined) (yield* rows<RefundRow>(sql.atStage, no, stages.unsubmitted, open)).forEach(keep)
    if (underWay !== undefined) (yield* rows<RefundRow>(sql.atStage, no, stages.underWay, underWay)).forEach(keep)
    const carried = [...refunds.values()].flatMap((refund) => refund.deductions)
    for (const { refundId } of [...carried, ...head.waiting]) {
      if (!refunds.has(refundId)) keep(yield* row<RefundRow>(sql.refund, tenant, refundId))
    }
    return refunds
  }

  /** The request with this key or chosen id. Where the two name different requests, the content is not the same. */
  *#earlierOf(known: Known, tenant: number, once: NonNullable<Scope["once"]>): Asking<Earlier | null> {
    const keyed = once.key === null ? undefined : yield* this.#groupOfKey(tenant, once.key)
    const group = yield* this.groupRows(tenant, keyed ?? once.chosen ?? "")
    const [first] = group
    if (first === undefined) return null
    const order = yield* this.#orderByNo(known, tenant, orderNoOf(first))
    if (order === null) throw new Error(`refund number ${first[0]} belongs to no order`)
    const refunds = group.map((each) => toRefund(each, order.head.id))
    const named = once.chosen === null || refunds.every((refund) => refund.groupId === once.chosen)
    const made = (yield* row<readonly [string | null]>(sql.fingerprint, first[0]))?.[0] ?? null
    return { sameContent: named && fingerprint(once.content) === made, refunds }
  }

  *#groupOfKey(tenant: number, key: string): Asking<string | undefined> {
    const found = yield* row<readonly [id: string, groupId: string | null]>(sql.byKey, tenant, key)
    return found === undefined ? undefined : (found[1] ?? found[0])
  }

  *#ownersOf(known: Known, tenant: number, captures: ReadonlyArray<CaptureId>): Asking<Facts["captureOwners"]> {
    const owners = new Map<CaptureId, OrderId>()
    for (const id of captures) {
      const order = yield* this.orderByCapture(known, tenant, id)
      if (order !== null) owners.set(id, order.head.id)
    }
    return owners
  }

  *registrationOf(no: number): Asking<Registered> {
    return toRegistered(no, yield* row<RegistrationRow>(sql.registration, no))
  }

  /** A customer's account; an empty one where there is none yet. */
  *accountOf(tenant: number | null, customerId: CustomerId, currency: CurrencyCode): Asking<StoredAccount> {
    const found = tenant === null ? undefined : yield* row<AccountRow>(sql.account, tenant, customerId, currency)
    return found === undefined ? { no: null, head: noCredit(customerId, currency), hash: "" } : toAccount(found)
  }

  *#accountAt(tenant: number | null, at: Scope["at"], order: StoredOrder | null): Asking<StoredAccount | null> {
    if ("customer" in at) return yield* this.accountOf(tenant, at.customer, at.currency)
    if (order === null || order.head.customerId === null) return null
    return yield* this.accountOf(tenant, order.head.customerId, order.head.currency)
  }

  *#nextNumber(known: Known): Asking<number> {
    known.nextNumber ??= ((yield* row<readonly [number | null]>(sql.lastNumber))?.[0] ?? 0) + 1
    return known.nextNumber
  }

  *load(known: Known, scope: Scope): Asking<Loaded> {
    const tenant = yield* this.tenantOf(known, scope.tenant)
    const { no, settings } = tenant
    if (no === null) {
      const account = yield* this.#accountAt(null, scope.at, null)
      const nextNumber = yield* this.#nextNumber(known)
      const facts = { ...noFacts, settings, credit: account?.head ?? null, nextNumber }
      return { facts, tenant, order: null, account }
    }
    const located = yield* this.#locate(known, no, scope.at)
    const { order } = located
    const account = yield* this.#accountAt(no, scope.at, order)
    const registered = scope.registering === undefined || order === null ? null : yield* this.registrationOf(order.no)
    const facts: Facts = {
      settings,
      order: order?.head ?? null,
      registration: registered?.registration ?? null,
      texts: registered?.texts ?? null,
      captureOwners:
        scope.registering === undefined
          ? noFacts.captureOwners
          : yield* this.#ownersOf(known, no, scope.registering.captures),
      refunds: yield* this.#refundsAt(no, located, scope),
      credit: account?.head ?? null,
      earlier: scope.once === undefined ? null : yield* this.#earlierOf(known, no, scope.once),
      nextNumber: yield* this.#nextNumber(known)
    }
    return { facts, tenant, order, account }
  }
}

interface Located {
  readonly order: StoredOrder | null
  readonly group: ReadonlyArray<RefundRow>
}
const nowhere: Located = { order: null, group: [] }

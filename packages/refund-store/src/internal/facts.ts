/** Reads single rows of tenants, orders, refunds and accounts, as what they are: for whoever decides nothing. */
import { Schema } from "effect"
import { noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CustomerId } from "refund-core/Ids"
import { initialSettings, SettingsHead } from "refund-core/Settings"
import { type AccountRow, accountColumns, type StoredAccount, toAccount } from "./accountRows.ts"
import { type Asking, row, rows } from "./ask.ts"
import {
  type OrderRow,
  orderColumns,
  type Registered,
  type RegistrationRow,
  type StoredOrder,
  toOrder,
  toRegistered
} from "./orderRows.ts"
import { groupIdOf, type RefundRow, refundColumns } from "./refundRows.ts"

/** A tenant's row. `no` is null until the tenant's first entry. */
export interface StoredTenant {
  readonly no: number | null
  readonly settings: SettingsHead
  readonly entries: number
  readonly hash: string
}

/** What one transaction has read of tenants. */
export class Known {
  readonly #tenants = new Map<string, StoredTenant>()

  tenant(id: string): StoredTenant | undefined {
    return this.#tenants.get(id)
  }

  setTenant(id: string, tenant: StoredTenant): void {
    this.#tenants.set(id, tenant)
  }
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
  group: `SELECT ${refundColumns} FROM refunds WHERE tenant = ? AND group_id = ? ORDER BY no`
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

  *orderById(tenant: number, id: string): Asking<StoredOrder | null> {
    return storedOf(yield* row<OrderRow>(sql.order, tenant, id))
  }

  *orderByCapture(tenant: number, capture: string): Asking<StoredOrder | null> {
    const no = (yield* row<readonly [number]>(sql.captureOwner, tenant, capture))?.[0]
    return no === undefined ? null : storedOf(yield* row<OrderRow>(sql.orderByNo, no))
  }

  /** All refunds of the group with this id, or of the one that the refund with this id belongs to; oldest first. */
  *groupRows(tenant: number, id: string): Asking<ReadonlyArray<RefundRow>> {
    const named = yield* row<RefundRow>(sql.refund, tenant, id)
    const groupId = named === undefined ? id : groupIdOf(named)
    return groupId === null
      ? [named].filter((each) => each !== undefined)
      : yield* rows<RefundRow>(sql.group, tenant, groupId)
  }

  *registrationOf(no: number): Asking<Registered> {
    return toRegistered(no, yield* row<RegistrationRow>(sql.registration, no))
  }

  /** A customer's account; an empty one where there is none yet. */
  *accountOf(tenant: number | null, customerId: CustomerId, currency: CurrencyCode): Asking<StoredAccount> {
    const found = tenant === null ? undefined : yield* row<AccountRow>(sql.account, tenant, customerId, currency)
    return found === undefined ? { no: null, head: noCredit(customerId, currency), hash: "" } : toAccount(found)
  }
}

const storedOf = (found: OrderRow | undefined): StoredOrder | null => (found === undefined ? null : toOrder(found))

/** Writes the refunds a decision made or changed, and what it made due. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import type { RefundId } from "refund-core/Ids"
import type { Decision, Due, Facts, Scope } from "refund-core/ports/LedgerStore"
import type { DueRefund } from "refund-core/ports/Outbox"
import { paidByWorker, type Refund } from "refund-core/Refund"
import { row, run, tuples } from "./connection.ts"
import { fingerprint } from "./digest.ts"
import { progressValues, referencesOf, requestText, requestValues, textsValue } from "./refundRows.ts"
import type { Batch } from "./writer.ts"

/** What is due and was leased to this process by the commit, in the order of the decisions. */
export type Leased = Array<DueRefund>

/** Who leases what a commit makes due. Null: nobody does; a worker of another process takes it. */
export interface Lease {
  readonly by: number
  readonly milliseconds: number
  readonly hasRoom: () => boolean
}

interface Place {
  readonly scope: Scope
  readonly tenant: number
  readonly orderNo: number
  /** The number of the order's newest refund before. */
  readonly last: number | null
}

/** Null where nobody is called: the refund, or its approval, has only waited too long. */
export const calledFor = (
  refund: Pick<Refund, "deducts" | "destination" | "provider" | "state">
): DueRefund["provider"] => (paidByWorker(refund) && refund.state !== "pending_approval" ? refund.provider : null)

/** `due_at`, `available_at` and `leased_by`. */
type DueValues = readonly [dueAt: number | null, availableAt: number | null, leasedBy: number | null]
const notDue: DueValues = [null, null, null]

const progress = "state = ?, stage = ?, updated_at = ?, progress = ?, provider_reference = ?"

const statements = (db: DatabaseSync) => ({
  insert: db.prepare(
    `INSERT INTO refunds (no, id, group_id, capture_id, customer_id, type, destination, amount, currency, requested_at,
       request, texts, state, stage, updated_at, progress, provider_reference, due_at, available_at, leased_by, tenant,
       order_no, prior, request_key, fingerprint)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
  ),
  update: db.prepare(`UPDATE refunds SET ${progress} WHERE no = ?`),
  updateDue: db.prepare(`UPDATE refunds SET ${progress}, due_at = ?, available_at = ?, leased_by = ? WHERE no = ?`),
  keepReference: db.prepare("INSERT OR IGNORE INTO former_references (tenant, reference, refund_no) VALUES (?, ?, ?)"),
  setRequest: db.prepare("UPDATE refunds SET request = ? WHERE no = ?"),
  setTexts: db.prepare("UPDATE refunds SET texts = ? WHERE no = ?"),
  setDue: db.prepare("UPDATE refunds SET due_at = ?, available_at = ?, leased_by = ? WHERE no = ?"),
  now: tuples(db, "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)")
})

export class RefundRecorder {
  readonly #sql
  readonly #lease

  constructor(db: DatabaseSync, lease: Lease | null) {
    this.#sql = statements(db)
    this.#lease = lease
  }

  #now(): number {
    return row<readonly [number]>(this.#sql.now)?.[0] ?? 0
  }

  /** What is due already is leased to this process, by the file's clock. */
  #dueValues(
    batch: Batch,
    scope: Scope,
    due: Due | undefined,
    refund: Refund,
    decidedAt: number
  ): DueValues | undefined {
    if (due === undefined) return undefined
    const { at } = due
    if (at === null) return notDue
    if (this.#lease === null || at > decidedAt || !this.#lease.hasRoom()) return [at, at, null]
    batch.leased.push({ tenant: scope.tenant, refundId: refund.id, provider: calledFor(refund) })
    return [at, this.#now() + this.#lease.milliseconds, this.#lease.by]
  }

  #insert(
    { orderNo, scope, tenant }: Place,
    refund: Refund,
    due: DueValues,
    prior: number | null,
    isFirst: boolean
  ): void {
    const { once } = scope
    const isNamed = isFirst && once !== undefined && (once.key !== null || once.chosen !== null)
    const named: ReadonlyArray<SQLInputValue> = isNamed ? [once.key, fingerprint(once.content)] : [null, null]
    const request = [...requestValues(refund), textsValue(refund)]
    run(this.#sql.insert, ...request, ...progressValues(refund), ...due, tenant, orderNo, prior, ...named)
  }

  #update(tenant: number, refund: Refund, before: Refund, due: DueValues | undefined): void {
    const progress = progressValues(refund)
    if (due === undefined) this.#sql.update.run(...progress, refund.number)
    else this.#sql.updateDue.run(...progress, ...due, refund.number)
    this.#keepReferences(tenant, refund, before)
    if (refund.shares !== before.shares) this.#sql.setRequest.run(requestText(refund), refund.number)
    if (refund.texts !== before.texts) this.#sql.setTexts.run(textsValue(refund), refund.number)
  }

  /** The one it goes by is in its row; whoever still knows it by another finds it all the same. */
  #keepReferences(tenant: number, refund: Refund, before: Refund): void {
    const [goesBy, ...others] = referencesOf(refund)
    for (const reference of [...referencesOf(before), ...others]) {
      if (reference !== goesBy) this.#sql.keepReference.run(tenant, reference, refund.number)
    }
  }

  /** The number of the order's newest refund after it. */
  save(batch: Batch, place: Place, before: Facts, { after, due, stamp }: Decision<unknown>): number | null {
    const dues = lastOf(due)
    let last = place.last
    let isFirst = true
    for (const [id, refund] of after.refunds) {
      const known = before.refunds.get(id)
      const isDue = this.#dueValues(batch, place.scope, dues.get(id), refund, stamp.at)
      if (known === undefined) {
        this.#insert(place, refund, isDue ?? notDue, last, isFirst)
        last = refund.number
        isFirst = false
      } else if (refund !== known) this.#update(place.tenant, refund, known, isDue)
      else if (isDue !== undefined) this.#sql.setDue.run(...isDue, refund.number)
    }
    return last
  }

  saveDue(batch: Batch, scope: Scope, { after, due, stamp }: Decision<unknown>): void {
    for (const [id, each] of lastOf(due)) {
      const refund = after.refunds.get(id)
      if (refund === undefined) continue
      const isDue = this.#dueValues(batch, scope, each, refund, stamp.at)
      if (isDue !== undefined) this.#sql.setDue.run(...isDue, refund.number)
    }
  }
}

/** What a decision says last about a refund holds. */
const lastOf = (due: ReadonlyArray<Due>): ReadonlyMap<RefundId, Due> =>
  new Map(due.map((each) => [each.refundId, each]))

/**
 * One order's ledger as a value: what a store keeps of it, and exactly the facts that a store gives a decision. A step
 * leaves the ledger it was taken from as it was, so that from one ledger every way on can be tried.
 */
import type { Command } from "refund-core/Command"
import { type CreditHead, noCredit } from "refund-core/Credit"
import { type AnswerOf, decide, scopeOf } from "refund-core/decide"
import type { Decided } from "refund-core/decision"
import type { RefundId } from "refund-core/Ids"
import type { OrderHead, OrderTexts, Registration } from "refund-core/Order"
import type { Facts, Scope } from "refund-core/ports/LedgerStore"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import { isUnderWay, isUnsubmitted, type Refund } from "refund-core/Refund"
import { initialSettings, type SettingsHead } from "refund-core/Settings"
import { message } from "refund-core/Violation"

export interface OneOrder {
  readonly settings: SettingsHead
  readonly order: OrderHead | null
  readonly registration: Registration | null
  readonly texts: OrderTexts | null
  /** Oldest first. */
  readonly refunds: ReadonlyMap<RefundId, Refund>
  /** Of the order's customer, who stays the same; null before anything was posted. */
  readonly credit: CreditHead | null
  readonly nextNumber: number
}

export const empty: OneOrder = {
  settings: initialSettings,
  order: null,
  registration: null,
  texts: null,
  refunds: new Map(),
  credit: null,
  nextNumber: 1
}

/** `after` is `before` where the command is rejected or changes nothing. Chosen ids are remembered, keys are not. */
export const step = <C extends Command>(
  before: OneOrder,
  command: C,
  capabilitiesOf: (provider: string) => Capabilities = () => assumed
): { readonly decided: Decided<AnswerOf<C>>; readonly after: OneOrder } => {
  const scope = scopeOf(command)
  const facts = factsFor(before, scope)
  const decided = decide(command, facts, capabilitiesOf)
  if (decided._tag === "Failure" || decided.success.events.length === 0) return { decided, after: before }
  const { after } = decided.success
  if ("settings" in scope.at) return { decided, after: { ...before, settings: after.settings } }
  return {
    decided,
    after: {
      settings: before.settings,
      order: after.order ?? before.order,
      registration: after.registration ?? before.registration,
      texts: after.texts ?? before.texts,
      refunds: merged(before.refunds, facts.refunds, after.refunds),
      credit: after.credit === null || after.credit.entries === 0 ? before.credit : after.credit,
      nextNumber: after.nextNumber
    }
  }
}

/** Steps that must be accepted, one after the other. */
export const after = (...commands: ReadonlyArray<Command>): OneOrder =>
  commands.reduce((ledger, command) => {
    const taken = step(ledger, command)
    if (taken.decided._tag === "Success") return taken.after
    throw new Error(`${command._tag} is rejected: ${taken.decided.failure.violations.map(message).join("; ")}`)
  }, empty)

const merged = (
  all: ReadonlyMap<RefundId, Refund>,
  read: ReadonlyMap<RefundId, Refund>,
  now: ReadonlyMap<RefundId, Refund>
): ReadonlyMap<RefundId, Refund> => {
  if (read === now) return all
  const refunds = new Map(all)
  for (const [id, refund] of now) if (read.get(id) !== refund) refunds.set(id, refund)
  return refunds
}

const factsFor = ({ refunds, registration, texts, ...kept }: OneOrder, scope: Scope): Facts => ({
  ...kept,
  order: "settings" in scope.at || "customer" in scope.at ? null : kept.order,
  credit: accountFor(kept, scope),
  registration: scope.registering === undefined ? null : registration,
  texts: scope.registering === undefined ? null : texts,
  captureOwners: new Map(),
  refunds: refundsFor(refunds, kept.order, scope),
  earlier: earlierOf(refunds, scope)
})

/** A chosen id stands for what it was used for first, whatever is asked for now. */
const earlierOf = (refunds: OneOrder["refunds"], { once }: Scope): Facts["earlier"] => {
  const groupId = once?.chosen === null || once === undefined ? undefined : refunds.get(once.chosen)?.groupId
  if (groupId === undefined) return null
  return { sameContent: true, refunds: [...refunds.values()].filter((refund) => refund.groupId === groupId) }
}

const accountFor = ({ credit, order }: Pick<OneOrder, "credit" | "order">, { at }: Scope): CreditHead | null => {
  if ("settings" in at) return null
  if ("customer" in at) return credit ?? noCredit(at.customer, at.currency)
  const customerId = order?.customerId ?? null
  return order === null || customerId === null ? null : (credit ?? noCredit(customerId, order.currency))
}

/** The group, the open ones, those under way, and the return costs that they carry or that wait: no more than a decision may read. */
const refundsFor = (
  all: ReadonlyMap<RefundId, Refund>,
  order: OrderHead | null,
  { at, open, underWay }: Scope
): ReadonlyMap<RefundId, Refund> => {
  const found = new Map<RefundId, Refund>()
  const add = (refund: Refund | undefined) => refund !== undefined && found.set(refund.id, refund)
  if ("refund" in at) {
    const groupId = all.get(at.refund)?.groupId ?? at.refund
    for (const refund of all.values()) if (refund.groupId === groupId) add(refund)
  }
  let room = open ?? 0
  for (const refund of all.values()) {
    if (room === 0) break
    if (!isUnsubmitted(refund)) continue
    add(refund)
    room--
  }
  if (underWay !== undefined) for (const refund of [...all.values()].filter(isUnderWay).slice(0, underWay)) add(refund)
  for (const refund of [...found.values()]) for (const { refundId } of refund.deductions) add(all.get(refundId))
  for (const { refundId } of order?.waiting ?? []) add(all.get(refundId))
  return found
}

/** Store credit leaves a customer's account: it pays for an order, or nobody spent it in time. */
import type { ExpireCredit, SpendCredit } from "./Command.ts"
import { type CreditHead, expired, noCredit, spendable } from "./Credit.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import { maxMinor } from "./Money.ts"
import { type Capture, findCapture, type OrderHead } from "./Order.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { expiredLines, spentLines } from "./postings.ts"
import { creditProvider } from "./Refund.ts"
import { captureConflict, doesNotAdd, foreignCaptures, merge } from "./registration.ts"
import { post } from "./settlement.ts"
import type { Violation } from "./Violation.ts"

export interface Spent {
  /** False: this capture had been paid so before, nothing changed. */
  readonly changed: boolean
  readonly order: OrderHead
  readonly credit: CreditHead
}

/** The account pays, the order has collected: one decision, so that neither happens alone. */
export const spendCredit = (command: SpendCredit, facts: Facts): Decided<Spent> => {
  const { amount, caller, captureId, customerId, orderId } = command
  const missing = lacks(caller, "credit:write")
  if (missing !== null) return refuse(missing)
  const { order, registration } = facts
  if (order === null || registration === null) return refuse({ _tag: "OrderNotFound", orderId })
  const wrong = notTheirs(command, order)
  if (wrong.length > 0 || facts.credit === null) return refuse(...wrong)
  const known = findCapture(order, captureId)
  const draft = new Draft(caller, facts)
  if (known !== undefined) {
    const isSame = known.provider === creditProvider && known.collected === amount
    if (isSame) return draft.commit({ changed: false, order, credit: facts.credit })
    return refuse(
      known.provider === creditProvider
        ? captureConflict(captureId, "amount", String(known.collected), String(amount))
        : captureConflict(captureId, "provider", known.provider, creditProvider)
    )
  }

  const capture: Capture = {
    id: captureId,
    amount,
    provider: creditProvider,
    reference: null,
    tender: creditProvider,
    authorizedAmount: null,
    capturedAt: caller.now
  }
  const merged = merge(registration, { currency: registration.currency, captures: [capture] })
  const violations = [
    ...amountRules(command, facts.credit),
    ...foreignCaptures(orderId, { captures: [capture] }, facts),
    ...doesNotAdd(merged)
  ]
  if (violations.length > 0) return refuse(...violations)
  expire(draft, facts.credit)
  draft.add({ _tag: "CreditSpent", customerId, currency: order.currency, amount, orderId, captureId })
  post(draft, `credit:${captureId}`, order.currency, caller.now, spentLines(amount))
  draft.add({ _tag: "OrderRegistered", orderId, order: merged })
  const { after } = draft
  return draft.commit({ changed: true, order: after.order ?? order, credit: after.credit ?? facts.credit })
}

/** Only the order's own customer pays for it so, in its own currency. */
const notTheirs = ({ currency, customerId }: SpendCredit, order: OrderHead): ReadonlyArray<Violation> => {
  if (order.customerId === null) return [{ _tag: "CustomerRequired", orderId: order.id }]
  const field = { _tag: "OrderConflict", orderId: order.id, field: "customerId" } as const
  return [
    ...(order.customerId === customerId ? [] : [{ ...field, registered: order.customerId, requested: customerId }]),
    ...(order.currency === currency
      ? []
      : [{ _tag: "CurrencyMismatch", registered: order.currency, requested: currency } as const])
  ]
}

const amountRules = ({ amount, caller, currency, customerId }: SpendCredit, credit: CreditHead) => {
  const refundable = spendable(credit, caller.now)
  const violations: Array<Violation> = []
  if (amount <= 0n) violations.push({ _tag: "AmountNotPositive", field: "amount", amount: String(amount) })
  if (amount > maxMinor) {
    violations.push({ _tag: "Malformed", path: "amount", expected: `at most ${maxMinor} minor units` })
  }
  if (amount > refundable) {
    violations.push({ _tag: "ExceedsCredit", customerId, currency, requested: amount, refundable })
  }
  return violations
}

/** Due or not: what has not expired stays. */
export const expireCredit = (command: ExpireCredit, facts: Facts): Decided<CreditHead> => {
  const missing = lacks(command.caller, "worker")
  if (missing !== null) return refuse(missing)
  const credit = facts.credit ?? noCredit(command.customerId, command.currency)
  const draft = new Draft(command.caller, facts)
  expire(draft, credit)
  return draft.commit(draft.after.credit ?? credit)
}

const expire = (draft: Draft, credit: CreditHead): void => {
  const { currency, customerId } = credit
  const before = draft.stamp.at
  const amount = expired(credit, before)
  if (amount === 0n) return
  draft.add({ _tag: "CreditExpired", customerId, currency, amount, before })
  post(draft, "credit:expired", currency, before, expiredLines(amount))
}

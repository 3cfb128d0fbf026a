/**
 * Store credit, held against what it stands for: every refund that went to credit was posted once, in full, and what was
 * spent paid for an order.
 */
import { applyEvent, countEntry, noFacts } from "refund-core/apply"
import { balance, type CreditEvent, type CreditHead, isCreditEvent, type Lot } from "refund-core/Credit"
import type { EventOf } from "refund-core/Event"
import type { CaptureId, OrderId, RefundId } from "refund-core/Ids"
import { creditChain, type ReadEntry } from "refund-core/Journal"
import type { CaptureHead } from "refund-core/Order"
import type { Facts } from "refund-core/ports/LedgerStore"
import { creditProvider, goesToCredit, holds, isRefunded, payout, type Refund } from "refund-core/Refund"
import type { Recomputed } from "./recompute.ts"

/** What the orders say of an account. */
export interface Promised {
  /** Owed by their old entries, from before the account had a chain of its own. */
  readonly opening: bigint
  /** Refunds that were posted by them, and those that the account has to have posted. */
  readonly postedBefore: number
  readonly refunds: number
  /** Captures that it paid. */
  readonly captures: number
}

const nothing: Promised = { opening: 0n, postedBefore: 0, refunds: 0, captures: 0 }

/** By the name of the account's chain. */
export class Promises {
  readonly #accounts = new Map<string, Promised>()
  readonly #postedByOrders = new Set<RefundId>()

  #promise(chain: string, promised: Partial<Promised>): void {
    const before = this.#accounts.get(chain) ?? nothing
    const sum = (of: "captures" | "postedBefore" | "refunds") => before[of] + (promised[of] ?? 0)
    this.#accounts.set(chain, {
      opening: before.opening + (promised.opening ?? 0n),
      postedBefore: sum("postedBefore"),
      refunds: sum("refunds"),
      captures: sum("captures")
    })
  }

  /** What is wrong with the credit of an order's own entries; null: nothing. */
  addOrder({ creditCaptures, creditEvents, facts, refunds, uncredited }: Recomputed): string | null {
    for (const event of creditEvents) {
      const what = this.#addOld(event, refunds.get(event.refundId))
      if (what !== null) return what
    }
    for (const refund of refunds.values()) {
      const account = accountOf(refund)
      if (account !== null && wasSettled(refund) && !uncredited.has(refund.id)) this.#promise(account, { refunds: 1 })
    }
    const customerId = facts.order?.customerId ?? null
    if (creditCaptures.size === 0 || facts.order === null) return null
    if (customerId === null) return "store credit paid for an order of nobody's"
    this.#promise(creditChain(customerId, facts.order.currency), { captures: creditCaptures.size })
    return null
  }

  #addOld(event: EventOf<"CreditPosted" | "CreditReversed">, refund: Refund | undefined): string | null {
    const { amount, currency, customerId, refundId } = event
    const isPosted = event._tag === "CreditPosted"
    const what = notPostedFor(event, refund)
    if (what !== null) return what
    if (isPosted && this.#postedByOrders.has(refundId)) return `refund ${refundId} was posted as credit twice`
    if (isPosted) this.#postedByOrders.add(refundId)
    const moved = isPosted ? { opening: amount, postedBefore: 1 } : { opening: -amount }
    this.#promise(creditChain(customerId, currency), moved)
    return null
  }

  wasPosted(refundId: RefundId): boolean {
    return this.#postedByOrders.has(refundId)
  }

  /** What is told of an account; afterwards nothing is left of it. */
  take(chain: string): Promised {
    const promised = this.#accounts.get(chain) ?? nothing
    this.#accounts.delete(chain)
    return promised
  }

  /** An account that orders tell of and that was not taken. */
  left(): string | null {
    return this.#accounts.keys().next().value ?? null
  }
}

/** Once settled, its credit was posted; whatever became of it later. */
const wasSettled = (refund: Refund): boolean => refund.settledAt !== null && payout(refund) > 0n

const accountOf = (refund: Refund): string | null =>
  goesToCredit(refund) && refund.customerId !== null ? creditChain(refund.customerId, refund.currency) : null

const notPostedFor = (
  { _tag, amount, currency, customerId, refundId }: EventOf<"CreditPosted" | "CreditReversed">,
  refund: Refund | undefined
): string | null => {
  if (refund === undefined) return `refund ${refundId} is not there`
  if (accountOf(refund) !== creditChain(customerId, currency)) return `refund ${refundId} does not go there`
  const isSettled = wasSettled(refund)
  if (_tag === "CreditPosted" && isSettled && amount === payout(refund)) return null
  const isUndone = !isRefunded(refund.state) && !holds(refund.state)
  if (_tag === "CreditReversed" && isSettled && isUndone && amount <= payout(refund)) return null
  return `${_tag} of ${amount}, refund ${refundId} is ${refund.state} with ${payout(refund)}`
}

/** What the ledger stores besides, and is known to be right. */
export interface Stored {
  readonly refund: (id: RefundId) => Refund | undefined
  readonly capture: (orderId: OrderId, captureId: CaptureId) => CaptureHead | undefined
  readonly wasPostedBefore: (id: RefundId) => boolean
}

/** An account's entries, applied from what it was opened with. */
export class AccountEntries {
  readonly #stored: Stored
  readonly #posted = new Set<RefundId>()
  readonly #reversed = new Set<RefundId>()
  readonly #spent = new Set<CaptureId>()
  #facts: Facts

  constructor(empty: CreditHead, { opening }: Promised, stored: Stored) {
    const lots: ReadonlyArray<Lot> = opening === 0n ? [] : [{ expiresAt: null, left: opening }]
    this.#facts = { ...noFacts, credit: { ...empty, lots, entries: 0 } }
    this.#stored = stored
  }

  get head(): CreditHead | null {
    return this.#facts.credit
  }

  /** What is wrong with the entry; null: nothing. */
  add({ events, stamp }: ReadEntry): string | null {
    for (const event of events) {
      const before = balance(this.head)
      this.#facts = applyEvent(this.#facts, event, stamp)
      const what = isCreditEvent(event) ? (this.#miscounts(event, before) ?? this.#unfounded(event)) : null
      if (what !== null) return what
    }
    this.#facts = countEntry(this.#facts, events)
    return null
  }

  /** What is there or expires is no less and no more than the event says. */
  #miscounts(event: CreditEvent, before: bigint): string | null {
    const { _tag, amount, currency, customerId } = event
    if (customerId !== this.head?.customerId || currency !== this.head.currency) return "it tells of another account"
    const moved = balance(this.head) - before
    const isRight = amount > 0n && moved === (_tag === "CreditPosted" ? amount : -amount)
    return isRight ? null : `${_tag} of ${amount} where the balance was ${before} and became ${before + moved}`
  }

  #unfounded(event: CreditEvent): string | null {
    switch (event._tag) {
      case "CreditPosted":
        if (this.#stored.wasPostedBefore(event.refundId)) return `refund ${event.refundId} was posted as credit before`
        return this.#once(this.#posted, event.refundId) ?? notPostedFor(event, this.#stored.refund(event.refundId))
      case "CreditReversed":
        return this.#once(this.#reversed, event.refundId) ?? notPostedFor(event, this.#stored.refund(event.refundId))
      case "CreditSpent": {
        const capture = this.#stored.capture(event.orderId, event.captureId)
        const isPaid = capture?.provider === creditProvider && capture.collected === event.amount
        if (!isPaid) return `it paid ${event.amount} of order ${event.orderId}, which capture ${event.captureId} is not`
        return this.#once(this.#spent, event.captureId)
      }
      case "CreditExpired":
        return null
    }
  }

  #once<A extends string>(told: Set<A>, id: A): string | null {
    if (told.has(id)) return `it tells of ${id} a second time`
    told.add(id)
    return null
  }

  /** What the orders say that its entries do not; null where all is there. */
  missing({ captures, postedBefore, refunds }: Promised): string | null {
    const posted = postedBefore + this.#posted.size
    if (posted !== refunds) return `${posted} refunds were posted as credit, ${refunds} went to it`
    if (this.#spent.size === captures) return null
    return `${this.#spent.size} captures were paid with it, the orders have ${captures}`
  }
}

/** What a chain's entries give when they are applied from nothing. */
import { apply, noFacts } from "refund-core/apply"
import { canonical } from "refund-core/canonical"
import { creditMoved } from "refund-core/credit"
import type { Event } from "refund-core/Event"
import type { RefundId } from "refund-core/Ids"
import type { ReadEntry } from "refund-core/Journal"
import type { Facts } from "refund-core/ports/LedgerStore"
import type { Refund } from "refund-core/Refund"

export class Recomputed {
  readonly refunds = new Map<RefundId, Refund>()
  readonly textsHashes = new Map<RefundId, string>()
  readonly keys = new Map<RefundId, string>()
  /** Store credit posted, by currency and customer. */
  readonly credits = new Map<string, bigint>()
  orderTextsHash: string | null = null
  firstAt: number | null = null
  lastAt: number | null = null
  facts: Facts = noFacts

  /** Applies with only those refunds at hand that the entry names: an order may have very many. */
  add({ events, hashes, stamp }: ReadEntry): void {
    const named = new Map(
      events.flatMap(refundIds).flatMap((id) => {
        const refund = this.refunds.get(id)
        return refund === undefined ? [] : [[id, refund] as const]
      })
    )
    this.facts = apply({ ...this.facts, refunds: named }, events, stamp)
    for (const [id, refund] of this.facts.refunds) this.refunds.set(id, refund)
    for (const [index, event] of events.entries()) this.#note(event, hashes[index] ?? null)
    this.firstAt ??= stamp.at
    this.lastAt = stamp.at
  }

  #note(event: Event, textsHash: string | null): void {
    switch (event._tag) {
      case "OrderRegistered":
        this.orderTextsHash = textsHash ?? this.orderTextsHash
        return
      case "RefundRequested":
        if (textsHash !== null) this.textsHashes.set(event.refund.id, textsHash)
        if (event.key !== null) this.keys.set(event.refund.id, event.key)
        return
    }
    const credit = creditMoved(event)
    if (credit === null) return
    const of = `${credit.currency} ${credit.customerId}`
    this.credits.set(of, (this.credits.get(of) ?? 0n) + credit.amount)
  }
}

const refundIds = (event: Event): ReadonlyArray<RefundId> => [
  ...("refundId" in event ? [event.refundId] : []),
  ...("intoId" in event ? [event.intoId] : [])
]

/** The first field that is stored otherwise than the journal gives it; null where none is. */
export const difference = (stored: object, recomputed: object): string | null => {
  const fields = (of: object) => of as Record<string, unknown>
  for (const field of new Set([...Object.keys(stored), ...Object.keys(recomputed)])) {
    const [is, gives] = [canonical(fields(stored)[field] ?? null), canonical(fields(recomputed)[field] ?? null)]
    if (is !== gives) return `${field} is ${shortened(is)}, the journal gives ${shortened(gives)}`
  }
  return null
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

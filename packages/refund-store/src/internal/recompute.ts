/** What a chain's entries give when they are applied from nothing. */
import { apply, noFacts } from "refund-core/apply"
import { canonical } from "refund-core/canonical"
import type { Event, EventOf } from "refund-core/Event"
import type { CaptureId, RefundId } from "refund-core/Ids"
import type { ReadEntry } from "refund-core/Journal"
import type { Facts } from "refund-core/ports/LedgerStore"
import { creditProvider, type Refund } from "refund-core/Refund"

export class Recomputed {
  readonly refunds = new Map<RefundId, Refund>()
  readonly textsHashes = new Map<RefundId, string>()
  readonly keys = new Map<RefundId, string>()
  /** The credit that an order's old entries tell of. */
  readonly creditEvents: Array<EventOf<"CreditPosted" | "CreditReversed">> = []
  /** Refunds to captures that say store credit, from before these were paid with it: settled, and not posted as credit. */
  readonly uncredited = new Set<RefundId>()
  /** Captures that were paid with store credit. */
  readonly creditCaptures = new Set<CaptureId>()
  readonly #toldCaptures = new Set<CaptureId>()
  orderTextsHash: string | null = null
  firstAt: number | null = null
  lastAt: number | null = null
  facts: Facts = noFacts

  /** Applies with only those refunds at hand that the entry names: an order may have very many. */
  add({ events, hashes, stamp, tenant }: ReadEntry): null {
    const named = new Map(
      events.flatMap(refundIds).flatMap((id) => {
        const refund = this.refunds.get(id)
        return refund === undefined ? [] : [[id, refund] as const]
      })
    )
    this.facts = apply({ ...this.facts, refunds: named }, events, stamp)
    for (const [id, refund] of this.facts.refunds) this.refunds.set(id, refund)
    for (const [index, event] of events.entries()) this.#note(event, hashes[index] ?? null, tenant === null)
    this.firstAt ??= stamp.at
    this.lastAt = stamp.at
    return null
  }

  #note(event: Event, textsHash: string | null, isOld: boolean): void {
    switch (event._tag) {
      case "OrderRegistered":
        this.orderTextsHash = textsHash ?? this.orderTextsHash
        for (const { id, provider } of event.order.captures) {
          if (provider === creditProvider && !isOld && !this.#toldCaptures.has(id)) this.creditCaptures.add(id)
          this.#toldCaptures.add(id)
        }
        return
      case "CreditPosted":
      case "CreditReversed":
        this.creditEvents.push(event)
        return
      case "RefundSettled":
        if (isOld) this.#noteUncredited(event.refundId)
        return
      case "RefundRequested":
        if (textsHash !== null) this.textsHashes.set(event.refund.id, textsHash)
        if (event.key !== null) this.keys.set(event.refund.id, event.key)
        if (isOld && event.refund.state === "settled") this.#noteUncredited(event.refund.id)
        return
    }
  }

  #noteUncredited(id: RefundId): void {
    const refund = this.refunds.get(id)
    if (refund?.destination === "original" && refund.provider === creditProvider) this.uncredited.add(id)
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

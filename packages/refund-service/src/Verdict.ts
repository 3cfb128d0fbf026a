/** What becomes of an event that a provider told. */
import type { Instant } from "refund-core/Ids"
import type { InboxEvent, InboxState } from "refund-core/ports/Inbox"
import { message, type Rejected } from "refund-core/Violation"

export interface Verdict {
  readonly state: InboxState
  readonly detail: string
  /** When it is tried again; null: only when somebody asks. */
  readonly dueAt: Instant | null
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** It was recorded, or it changes nothing. */
export const applied = (detail: string): Verdict => ({ state: "applied", detail, dueAt: null })

/** A person has to look at it. */
export const parked = (detail: string): Verdict => ({ state: "parked", detail, dueAt: null })

/** After as long as it has waited so far, but not sooner than in a minute, nor later than in an hour. */
const nextLook = ({ receivedAt }: InboxEvent, now: Instant): Instant =>
  now + Math.min(Math.max(now - receivedAt, minute), hour)

/** What it is about is under way: it waits for that, however long it takes. */
export const waits = (event: InboxEvent, now: Instant, detail: string): Verdict => ({
  state: "parked",
  detail,
  dueAt: nextLook(event, now)
})

/** What it is about may still become known; after a day it is a person's. */
export const comesBack = (event: InboxEvent, now: Instant, detail: string): Verdict => ({
  state: "parked",
  detail,
  dueAt: now - event.receivedAt < day ? nextLook(event, now) : null
})

/** It changes nothing, unless something older is told within the hour: it is looked at again until then. */
export const lingers = (event: InboxEvent, now: Instant, detail: string): Verdict =>
  now - event.receivedAt < hour ? { state: "new", detail, dueAt: nextLook(event, now) } : applied(detail)

/** So many tries, then an event that cannot be applied for a reason of our own is a person's. */
const triesAtMost = 12

/** The ledger could not be asked, or broke: again after 1, 2, 4 … seconds, at most 5 minutes. */
export const again = (event: InboxEvent, now: Instant, detail: string): Verdict =>
  event.tries + 1 >= triesAtMost
    ? parked(`given up after ${event.tries + 1} tries: ${detail}`)
    : { state: "new", detail, dueAt: now + Math.min(1_000 * 2 ** event.tries, 5 * minute) }

export const sentenceOf = ({ violations }: Rejected): string => violations.map(message).join("; ")

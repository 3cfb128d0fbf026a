/** When a provider is asked again about an attempt, and what it can be asked. */
import type { Instant } from "./Ids.ts"
import type { Capabilities } from "./ports/RefundProvider.ts"
import type { AttemptRecord, Refund } from "./Refund.ts"

const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** When to ask the provider again about an outcome that is not known yet; after the last, a person looks at it. */
export const lookupAfter: ReadonlyArray<number> = [5 * minute, hour, 6 * hour, day, day, day, day, day]
/** What a provider can do, by its name. */
export type CapabilitiesOf = (provider: string) => Capabilities

export const capabilitiesOf = (of: CapabilitiesOf, { provider }: Refund): Capabilities => of(provider ?? "")

export const openAttempt = (refund: Refund): AttemptRecord | undefined => refund.attempts.at(-1)

/** What waits for the customer ends by the provider's word; long after any of them would have, a person looks at it. */
export const actionDays = 60

/** The provider can be asked about this attempt: by our id, or by the reference that it has told. */
export const canBeAsked = ({ lookup }: Capabilities, attempt: AttemptRecord): boolean =>
  lookup === "key" || (lookup === "reference" && attempt.reference !== null)

/** How long before its end an id is not relied on any more: a call takes its time to arrive, and clocks differ (T63). */
export const honourMargin = 10 * minute

/** The provider still takes the same id for the same attempt. */
export const isHonoured = ({ honoursKeyFor }: Capabilities, attempt: AttemptRecord, now: Instant): boolean =>
  now < attempt.startedAt + honoursKeyFor - honourMargin

/** Null when the lookups are used up. */
export const nextLookup = (refund: Refund, now: Instant): Instant | null => {
  const wait = lookupAfter[(openAttempt(refund)?.asked ?? 1) - 1]
  return wait === undefined ? null : now + wait
}

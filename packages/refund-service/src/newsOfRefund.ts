/**
 * A provider tells what became of a refund. It is one of ours (by the attempt it carries, else by the provider's name for
 * it), or one that somebody made at the provider's own desk: then it has happened, and the ledger follows.
 */
import { Effect } from "effect"
import type { AttemptId, Instant, RefundId } from "refund-core/Ids"
import type { InboxEvent } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { RefundNews } from "refund-core/ports/ProviderNews"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { payout, type Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Rejected } from "refund-core/Violation"
import { ownCaller } from "./Access.ts"
import { captureOf, type NamedCapture } from "./captureOf.ts"
import { externalId } from "./externalId.ts"
import { logOutcome } from "./logOutcome.ts"
import { applied, comesBack, lingers, parked, sentenceOf, type Verdict, waits } from "./Verdict.ts"
import { Wakes } from "./Wakes.ts"

/** An event, what it says, and when it is looked at. */
interface Told {
  readonly event: InboxEvent
  readonly about: RefundNews
  readonly now: Instant
}

type Deciding<A> = Effect.Effect<A, Rejected | LedgerUnavailable, Refunds | LedgerReader | Wakes>

export const applyRefund = (event: InboxEvent, about: RefundNews, now: Instant): Deciding<Verdict> =>
  Effect.gen(function* () {
    const told: Told = { event, about, now }
    const undone = yield* undoneOutside(told)
    const named = undone ?? (about.attempt === null ? null : yield* record(told, about.attempt))
    if (named !== null) return named
    const found = yield* byReference(told)
    const known = found === null ? null : yield* record(told, found)
    return known ?? (yield* unknownHere(told))
  })

/** What comes back was recorded under its own name where our attempt had been given up: then it is that one's. */
const undoneOutside = (told: Told): Deciding<Verdict | null> =>
  Effect.gen(function* () {
    const { about, event } = told
    const reference = referenceOf(about)
    const comesBack = about.outcome._tag === "reversed" || about.outcome._tag === "declined"
    if (reference === null || !comesBack) return null
    const outside = yield* outsideOf(event, reference)
    return outside === null ? null : yield* record(told, outside)
  })

interface Ours {
  readonly refundId: RefundId
  /** Null: of a refund that no attempt of ours made. */
  readonly attemptId: AttemptId | null
}

/** Null: there is no such refund in this ledger. */
const record = (told: Told, ours: Ours): Deciding<Verdict | null> =>
  Effect.gen(function* () {
    const { about, event, now } = told
    const { outcome } = about
    const refunds = yield* Refunds
    const caller = ownCaller(event.tenant, `provider:${event.provider}`, "worker", now)
    const command = { _tag: "RecordOutcome", caller, ...ours, outcome, toldAt: event.news.at } as const
    const recorded = yield* refunds.execute(command).pipe(
      Effect.map((group) => ({ group })),
      Effect.catchTag("Rejected", (rejection) => Effect.succeed({ rejection }))
    )
    if ("rejection" in recorded) {
      const [first] = recorded.rejection.violations
      if (first._tag === "RefundNotFound") return null
      if (first._tag === "StateConflict") return yield* conflicting(told, ours)
      return parked(sentenceOf(recorded.rejection))
    }
    const refund = recorded.group.find(({ id }) => id === ours.refundId)
    if (refund === undefined) return null
    yield* logOutcome(refund, { ...ours, outcome, provider: event.provider, tenant: event.tenant, from: "webhook" })
    yield* Wakes.use((wakes) => Effect.sync(() => wakes.wake(event.tenant, refund.groupId)))
    return applied(`refund ${refund.id} is ${refund.state}`)
  })

/** It fits nothing that is known of the refund, and is not lost for that. */
const conflicting = (told: Told, ours: Ours): Deciding<Verdict> =>
  Effect.gen(function* () {
    const { about, event, now } = told
    const { outcome } = about
    const refund = yield* refundOf(event, ours.refundId)
    if (refund === null) return parked(`refund ${ours.refundId} cannot be read`)
    const says = `refund ${refund.id} is ${refund.state}, ${event.provider} says ${outcome._tag}`
    if (!moves.has(outcome._tag)) return applied(`${says}: this changes nothing`)
    if (refund.state === "in_review") return waits(event, now, says)
    if (outcome._tag === "declined") return applied(`${says}: nothing moved by that attempt`)
    if (isOlder(told, refund, ours.attemptId)) return applied(`${says}: it was told since that it came back`)
    if (outcome._tag === "settled") {
      if (refund.state === "settled" && refund.settledBy !== null) return settledByHand(refund, outcome, says)
      const { captureId, orderId } = refund
      return yield* external(told, captureId === null ? null : { captureId, orderId }, true)
    }
    return parked(says)
  })

/** A person may have written down another name for the same payment, so it is not taken for a second one. */
const settledByHand = (
  refund: Refund,
  { amount, currency, reference }: Extract<Outcome, { readonly _tag: "settled" }>,
  says: string
): Verdict => {
  const isSame = reference === refund.providerReference && amount === payout(refund) && currency === refund.currency
  if (isSame) return applied(`${says}: ${refund.settledBy} had recorded it`)
  return parked(
    `${says} as ${reference}: ${amount} ${currency} (minor units); ${refund.settledBy} had settled it by hand`
  )
}

/** Outcomes that tell of money, or that there is none: the others are on the way to one of these. */
const moves: ReadonlySet<Outcome["_tag"]> = new Set(["settled", "reversed", "declined"])

/** By the provider's own time, its attempt ended later than what is told now. */
const isOlder = ({ about, event }: Told, refund: Refund, attemptId: AttemptId | null): boolean => {
  const attempt = refund.attempts.find(({ id }) => id === attemptId)
  if (about.outcome._tag !== "settled" || attempt?.outcome !== "declined") return false
  return attempt.toldAt !== null && event.news.at < attempt.toldAt
}

const refundOf = ({ tenant }: InboxEvent, id: RefundId) =>
  LedgerReader.use((reader) =>
    Effect.map(reader.refunds(tenant, { id }), (refunds) => refunds.find((refund) => refund.id === id) ?? null)
  )

/** Recorded from outside under this name. Whoever chose that id for a refund of their own has another one. */
const outsideOf = (event: InboxEvent, reference: string): Effect.Effect<Ours | null, LedgerUnavailable, LedgerReader> =>
  Effect.map(refundOf(event, externalId(event.provider, reference)), (refund) =>
    refund?.origin === "external" ? { refundId: refund.id, attemptId: null } : null
  )

const referenceOf = ({ outcome, reference }: RefundNews): string | null =>
  reference ?? ("reference" in outcome ? outcome.reference : null)

/** Recorded from outside under this name, or sent by us and answered with it. */
const byReference = ({ about, event }: Told): Effect.Effect<Ours | null, LedgerUnavailable, LedgerReader> =>
  Effect.gen(function* () {
    const reference = referenceOf(about)
    if (reference === null) return null
    const outside = yield* outsideOf(event, reference)
    if (outside !== null) return outside
    const reader = yield* LedgerReader
    const found = yield* reader.match(event.tenant, event.provider, { reference })
    if (found?._tag !== "refund") return null
    const refund = yield* refundOf(event, found.refundId)
    if (refund === null) return null
    const attempt = refund.attempts.find((each) => each.reference === reference) ?? refund.attempts.at(-1)
    return { refundId: refund.id, attemptId: attempt?.id ?? null }
  })

/** No refund of this ledger has been called so, so far. */
const unknownHere = (told: Told): Deciding<Verdict> =>
  Effect.gen(function* () {
    const { about, event, now } = told
    const { captureAliases = [], captureReference, outcome } = about
    const name = referenceOf(about) ?? "without a name"
    switch (outcome._tag) {
      case "settled": {
        const names = captureReference === null ? captureAliases : [captureReference, ...captureAliases]
        const capture = yield* captureOf(event, names)
        if (capture !== null) return yield* external(told, capture, false)
        return comesBack(event, now, `refund ${name} is of no capture that is registered here (${names.join(", ")})`)
      }
      // It was paid before it came back: that may be told yet.
      case "reversed":
        return comesBack(event, now, `refund ${name} came back, but nobody told that it was paid`)
      // A late no to what was paid may overtake the yes: then it is what undoes it.
      case "declined":
        return lingers(event, now, `refund ${name} is not of this ledger, and failed: nothing moved`)
      default:
        return applied(`refund ${name} is not of this ledger, and is ${outcome._tag}: nothing has moved`)
    }
  })

/** `isNotOurs`: it has been ruled out that it is one of ours under way. */
const external = (told: Told, capture: NamedCapture | null, isNotOurs: boolean): Deciding<Verdict> =>
  Effect.gen(function* () {
    const { about, event, now } = told
    const { outcome } = about
    const { provider, tenant } = event
    if (outcome._tag !== "settled" || capture === null) return parked("it is of no capture")
    if (about.amount === null || about.currency === null) {
      return parked(`${provider} does not say how much refund ${outcome.reference} is`)
    }
    const refunds = yield* Refunds
    const answered = yield* refunds.execute({
      _tag: "RecordExternal",
      caller: ownCaller(tenant, `provider:${provider}`, "worker", now),
      orderId: capture.orderId,
      captureId: capture.captureId,
      refundId: externalId(provider, outcome.reference),
      provider,
      reference: outcome.reference,
      amount: outcome.amount,
      currency: outcome.currency,
      settledAt: outcome.at ?? event.news.at,
      isNotOurs
    })
    if (answered._tag === "waits") {
      return waits(event, now, `it may be refund ${answered.for.id}, which is ${answered.for.state}`)
    }
    const { refund } = answered
    if (answered._tag === "known") return applied(`refund ${refund.id} was recorded before`)
    yield* logOutcome(refund, { outcome, attemptId: null, provider, tenant, from: "webhook" })
    return applied(`recorded from outside as refund ${refund.id}`)
  })

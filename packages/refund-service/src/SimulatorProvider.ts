/**
 * A provider that moves no money, so that a refund can travel every way without a vendor's account. The capture's
 * reference chooses what it does, as test card numbers do (README.md has the table); the amount never does.
 *
 * It remembers nothing: what it says follows from the attempt and the time alone, so it says the same after a restart,
 * and in every process.
 */
import { Clock, Effect } from "effect"
import type { Instant } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt, Capabilities, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"

/** From when the attempt was first sent: how long the customer takes, and how long until the money comes back. */
const aMinute = 60_000
/** How long `sim_busy` has no time, and says so. */
export const busyMilliseconds = 7_000
/** When `sim_late` answers: longer than any caller waits. */
export const lateMilliseconds = 30_000

export const simulatorCapabilities: Capabilities = {
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "key",
  honoursKeyFor: 86_400_000,
  pendingDays: 30
}

export const simulator: RefundProvider["Service"] = {
  submit: (attempt) => Effect.flatMap(Clock.currentTimeMillis, (now) => cardOf(attempt).submit(attempt, now)),
  lookup: (attempt) => Effect.map(Clock.currentTimeMillis, (now) => cardOf(attempt).lookup(attempt, now))
}

/** What it would tell of its own accord, oldest first; nothing is to be told before its own time has come. */
export const simulatorNews = (attempt: Attempt): ReadonlyArray<ProviderNews> => cardOf(attempt).news?.(attempt) ?? []

// ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────────

const referenceOf = (attempt: Attempt): string => `sim_re_${attempt.id.replaceAll("-", "")}`

const settled = (attempt: Attempt, more = 0n): Outcome => ({
  _tag: "settled",
  reference: referenceOf(attempt),
  amount: attempt.amount + more,
  currency: attempt.currency,
  at: null
})
const declined = (attempt: Attempt): Outcome => ({
  _tag: "declined",
  code: "declined_by_simulator",
  reference: referenceOf(attempt)
})
const reversed = (attempt: Attempt): Outcome => ({
  _tag: "reversed",
  reference: referenceOf(attempt),
  detail: "the customer's account is closed",
  at: attempt.startedAt + aMinute
})
const pending = (attempt: Attempt): Outcome => ({ _tag: "pending", reference: referenceOf(attempt) })
const requiresAction = (attempt: Attempt): Outcome => ({ _tag: "requiresAction", reference: referenceOf(attempt) })
const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const notSent = (detail: string): Outcome => ({ _tag: "notSent", detail })
const busy: Outcome = { _tag: "notSent", detail: "429 Too Many Requests", retryAfter: busyMilliseconds }

const news = (attempt: Attempt, outcome: Outcome, at: Instant): ProviderNews => ({
  eventId: `sim_ev_${attempt.id.replaceAll("-", "")}_${outcome._tag}`,
  at,
  about: {
    _tag: "refund",
    attempt: { refundId: attempt.refundId, attemptId: attempt.id },
    reference: referenceOf(attempt),
    captureReference: attempt.captureReference,
    amount: attempt.amount,
    currency: attempt.currency,
    outcome
  }
})

// ── by the capture's reference ───────────────────────────────────────────────────────────────────────────────────────

interface Card {
  readonly submit: (attempt: Attempt, now: Instant) => Effect.Effect<Outcome>
  readonly lookup: (attempt: Attempt, now: Instant) => Outcome | null
  readonly news?: (attempt: Attempt) => ReadonlyArray<ProviderNews>
}

type Says<A> = (attempt: Attempt, now: Instant) => A

const card = (
  says: Says<Outcome>,
  finds: Says<Outcome | null> = says,
  tells: (attempt: Attempt) => ReadonlyArray<ProviderNews> = () => []
): Card => ({ submit: (attempt, now) => Effect.succeed(says(attempt, now)), lookup: finds, news: tells })

const hasPassed = (milliseconds: number, attempt: Attempt, now: Instant): boolean =>
  now >= attempt.startedAt + milliseconds

const settles = card((attempt) => settled(attempt))

const cards: Readonly<Record<string, Card>> = {
  sim_decline: card(declined),
  sim_pending: card(pending, (attempt) => settled(attempt)),
  sim_action: card((attempt, now) => (hasPassed(aMinute, attempt, now) ? settled(attempt) : requiresAction(attempt))),
  sim_hang: { ...settles, submit: () => Effect.never },
  sim_late: {
    ...settles,
    submit: (attempt, now) =>
      Effect.delay(Effect.succeed(settled(attempt)), Math.max(0, attempt.startedAt + lateMilliseconds - now))
  },
  sim_lost: card(
    () => unknown("200, and a body that cannot be read"),
    (attempt) => settled(attempt)
  ),
  sim_unsure: card(
    () => unknown("500 Internal Server Error"),
    () => null
  ),
  sim_down: card(
    () => notSent("connection refused"),
    () => null
  ),
  sim_busy: card(
    (attempt, now) => (hasPassed(busyMilliseconds, attempt, now) ? settled(attempt) : busy),
    (attempt, now) => (hasPassed(busyMilliseconds, attempt, now) ? settled(attempt) : null)
  ),
  sim_other_amount: card((attempt) => settled(attempt, 1n)),
  sim_twice: card(
    (attempt) => settled(attempt),
    (attempt) => settled(attempt),
    (attempt) => {
      const event = news(attempt, settled(attempt), attempt.startedAt)
      return [event, event]
    }
  ),
  sim_reverse: card(
    (attempt) => settled(attempt),
    (attempt, now) => (hasPassed(aMinute, attempt, now) ? reversed(attempt) : settled(attempt)),
    (attempt) => [news(attempt, reversed(attempt), attempt.startedAt + aMinute)]
  )
}

const cardOf = ({ captureReference }: Attempt): Card =>
  captureReference !== null && Object.hasOwn(cards, captureReference) ? (cards[captureReference] ?? settles) : settles

/** The references that choose; any other settles at once. */
export const simulatorReferences: ReadonlyArray<string> = Object.keys(cards)

/** Adapters with one mistake each, as they were made elsewhere, around a double that does all it should. */
import { Effect, Semaphore } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt, Capabilities, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { freshId } from "../../src/build.ts"
import * as ProviderDouble from "../../src/ProviderDouble.ts"
import type { ProviderHarness, ProviderWorld } from "../../src/ProviderHarness.ts"

type Provider = RefundProvider["Service"]
interface Mistake {
  readonly capabilities?: Partial<Capabilities>
  readonly sent?: (attempt: Attempt, captured: bigint) => Attempt
  readonly said?: (outcome: Outcome, attempt: Attempt) => Outcome
  readonly provider?: (right: Provider) => Provider
  readonly news?: (news: ProviderNews, captured: bigint) => ProviderNews
}

export const withMistake = ({ capabilities, news, provider, said, sent }: Mistake): ProviderHarness => {
  const options = capabilities === undefined ? {} : { capabilities }
  return {
    ...ProviderDouble.harness(options),
    patienceMilliseconds: 10,
    open: Effect.map(ProviderDouble.make(options), (double) => {
      const captured = new Map<string, bigint>()
      const of = (reference: string | null) => captured.get(reference ?? "") ?? 0n
      const world: ProviderWorld = {
        ...double.world,
        capture: (amount, currency) =>
          Effect.tap(double.world.capture(amount, currency), (reference) =>
            Effect.sync(() => captured.set(reference, amount))
          ),
        news: Effect.map(double.world.news, (all) =>
          all.map((each) =>
            each.about._tag === "refund" && news !== undefined ? news(each, of(each.about.captureReference)) : each
          )
        )
      }
      const right = double.provider
      const wrong: Provider = {
        lookup: right.lookup,
        submit: (attempt) =>
          Effect.map(right.submit(sent?.(attempt, of(attempt.captureReference)) ?? attempt), (outcome) =>
            said === undefined ? outcome : said(outcome, attempt)
          )
      }
      return { world, provider: provider?.(wrong) ?? wrong }
    })
  }
}

const no: Outcome = { _tag: "declined", code: "error", reference: null }
const says = (outcome: Outcome, text: string): boolean => "detail" in outcome && outcome.detail.includes(text)
const settled = (attempt: Attempt, reference = "re_0"): Outcome => ({
  _tag: "settled",
  reference,
  amount: attempt.amount,
  currency: attempt.currency,
  at: null
})

/** The same text is always the same id. */
const idsOf = () => {
  const ids = new Map<string, Attempt["id"]>()
  return (text: string): Attempt["id"] => {
    const id = ids.get(text) ?? freshId()
    ids.set(text, id)
    return id
  }
}
const byCapture = idsOf()
const byAmount = idsOf()

const without = (outcome: Outcome, key: "retryAfter"): Outcome => {
  const { [key]: _, ...rest } = outcome as Extract<Outcome, { _tag: "notSent" }>
  return rest
}

const told = (news: ProviderNews, change: Partial<Extract<ProviderNews["about"], { _tag: "refund" }>>): ProviderNews =>
  news.about._tag === "refund" ? { ...news, about: { ...news.about, ...change } } : news

/** What it does · cases that tell. */
export const mistakes: Readonly<Record<string, readonly [Mistake, ...ReadonlyArray<string>]>> = {
  "takes silence for a no": [
    { said: (outcome) => (outcome._tag === "unknown" ? no : outcome) },
    "a connection cut after sending, paid, is unknown",
    "whose connection was cut, paid, is settled with one payout"
  ],
  "takes a cut connection for one that was never made": [
    { said: (outcome) => (says(outcome, "reset") ? { _tag: "notSent", detail: "reset" } : outcome) },
    "a connection cut after sending, paid, is unknown"
  ],
  "draws a new key for every call": [
    { sent: (attempt) => ({ ...attempt, id: freshId() }) },
    "is paid once when it is sent again after a connection was cut, paid",
    "whose process stopped before the answer was recorded is paid once"
  ],
  "makes its key of capture and amount": [
    { sent: (attempt) => ({ ...attempt, id: byAmount(`${attempt.captureReference} ${attempt.amount}`) }) },
    "is another payout where it is another attempt of the same amount, one after the other",
    "is paid beside another one of the same amount"
  ],
  "has one key per capture": [
    { sent: (attempt) => ({ ...attempt, id: byCapture(`${attempt.captureReference}`) }) },
    "a capture is given back in parts until nothing is left"
  ],
  "calls pending settled": [
    { said: (outcome, attempt) => (outcome._tag === "pending" ? settled(attempt) : outcome) },
    "what is accepted is pending, not settled",
    "that is pending and then fails is failed"
  ],
  "calls what waits for the customer failed": [
    { said: (outcome) => (outcome._tag === "requiresAction" ? no : outcome) },
    "what waits for the customer is neither settled nor declined",
    "that waits for the customer is settled when it is paid"
  ],
  "divides yen by a hundred": [
    {
      sent: (attempt) => (attempt.currency === "JPY" ? { ...attempt, amount: attempt.amount / 100n } : attempt),
      said: (outcome, attempt) => (outcome._tag === "settled" ? { ...outcome, amount: attempt.amount } : outcome)
    },
    "JPY, with 0 digits, is paid to the minor unit"
  ],
  "leaves the amount out, which is all of it": [
    { sent: (attempt, captured) => ({ ...attempt, amount: captured }) },
    "a yes is settled, with the amount and currency that were sent"
  ],
  "says what it asked for, not what it was answered": [
    { said: (outcome, attempt) => (outcome._tag === "settled" ? settled(attempt, outcome.reference) : outcome) },
    "another amount in the answer is told or unknown",
    "answered with another amount is in review"
  ],
  "does not read the currency": [
    {
      said: (outcome, attempt) => (outcome._tag === "settled" ? { ...outcome, currency: attempt.currency } : outcome)
    },
    "another currency in the answer is told or unknown"
  ],
  "takes any answer for its own": [
    { said: (outcome, attempt) => (says(outcome, "another refund") ? settled(attempt) : outcome) },
    "an answer about somebody else's refund is unknown"
  ],
  "makes an amount fit": [
    {
      capabilities: { steps: { KWD: 10n } },
      sent: (attempt) => ({ ...attempt, amount: attempt.amount - (attempt.amount % 10n) })
    },
    "an amount of KWD between two steps is never rounded"
  ],
  "throws at a 500": [
    {
      provider: (right) => ({
        ...right,
        submit: (attempt) =>
          Effect.map(right.submit(attempt), (outcome) => {
            if (says(outcome, "500")) throw new Error("500")
            return outcome
          })
      })
    },
    "a 500, not paid, is unknown"
  ],
  "throws before it has anything to run": [
    {
      provider: (right) => ({
        ...right,
        submit: (attempt) => {
          if (attempt.captureReference === null) throw new Error("no capture")
          return right.submit(attempt)
        }
      })
    },
    "a capture that has no name at the provider is answered"
  ],
  "answers with a number for an amount": [
    {
      said: (outcome) =>
        outcome._tag === "settled" ? { ...outcome, amount: Number(outcome.amount) as never } : outcome
    },
    "a yes is settled, with the amount and currency that were sent"
  ],
  "takes a 429 for a no": [
    { said: (outcome) => (says(outcome, "429") ? no : outcome) },
    "a 429 is not sent, with the time that Retry-After tells",
    "whose provider was busy is sent again under the same id"
  ],
  "does not read Retry-After": [
    { said: (outcome) => (outcome._tag === "notSent" ? without(outcome, "retryAfter") : outcome) },
    "a 429 is not sent, with the time that Retry-After tells"
  ],
  "takes seconds for milliseconds": [
    { said: (outcome) => (says(outcome, "429") ? { _tag: "notSent", detail: "429", retryAfter: 7 } : outcome) },
    "a 429 is not sent, with the time that Retry-After tells"
  ],
  "takes a key in use for a no": [
    { said: (outcome) => (says(outcome, "in use") ? no : outcome) },
    "a key that is in use is unknown"
  ],
  "finds nothing that it looks up": [
    { provider: (right) => ({ ...right, lookup: () => Effect.succeed(null) }) },
    "no answer, paid, is nobody's no"
  ],
  "has never heard of what it cannot look up": [
    { capabilities: { lookup: "none" }, provider: (right) => ({ ...right, lookup: () => Effect.succeed(null) }) },
    "what was never sent is unknown to who cannot look it up"
  ],
  "pays where it should look": [
    { provider: (right) => ({ ...right, lookup: right.submit }) },
    "what was never sent is not found, and looking for it pays nothing"
  ],
  "looks up by amount": [
    {
      provider: (right) => {
        const said = new Map<string, Outcome>()
        return {
          submit: (attempt) =>
            Effect.tap(right.submit(attempt), (outcome) =>
              Effect.sync(() => said.set(`${attempt.captureReference} ${attempt.amount}`, outcome))
            ),
          lookup: (attempt) => Effect.succeed(said.get(`${attempt.captureReference} ${attempt.amount}`) ?? null)
        }
      }
    },
    "is found by its own id, though another of the same amount was paid"
  ],
  "cannot be given up": [
    { provider: (right) => ({ ...right, submit: (attempt) => Effect.uninterruptible(right.submit(attempt)) }) },
    "a call that is given up lets go at once"
  ],
  "makes one call at a time": [
    {
      provider: (right) => {
        const line = Semaphore.makeUnsafe(1)
        return { ...right, submit: (attempt) => line.withPermit(right.submit(attempt)) }
      }
    },
    "a call without an answer holds up no other"
  ],
  "does not say whose refund its news are of": [
    { news: (news) => told(news, { attempt: null }) },
    "news of a refund whose answer was lost names our attempt",
    "whose news come before its answer is settled once"
  ],
  "takes an event without an amount for all of it": [
    { news: (news, captured) => told(news, { amount: captured }) },
    "news of a refund names it, and says what was paid or nothing of it"
  ],
  "tells every event under one id": [
    { news: (news) => ({ ...news, eventId: "evt" }) },
    "each event has an id of its own"
  ],
  "calls a currency by a name that there is not": [
    {
      said: (outcome) =>
        outcome._tag === "settled" ? { ...outcome, currency: outcome.currency.toLowerCase() as CurrencyCode } : outcome
    },
    "a yes is settled, with the amount and currency that were sent"
  ],
  "says that steps are nothing": [{ capabilities: { steps: { JPY: 0n } } }, "steps are of currencies that there are"],
  "says that ids are honoured for less than nothing": [
    { capabilities: { honoursKeyFor: -1 } },
    "its ids are honoured for some whole milliseconds, or never"
  ]
}

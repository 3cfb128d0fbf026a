/**
 * A provider in memory that misbehaves on demand: it takes money, gives it back once per attempt id, answers as it is
 * told to, and keeps its own log of what really left. Where the vendor has something of its own (no partial refunds, no
 * way to look a refund up, an answer that comes only as news), it is a `DoubleOptions` away.
 */
import { Effect } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { Instant } from "refund-core/Ids"
import type { Attempt, Capabilities, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { Books, controls, type Given, outcomeOf, pay, tell } from "./internal/double/books.ts"
import {
  type Behaviour,
  everything,
  type ProviderHarness,
  type ProviderWorld,
  retryAfterSeconds
} from "./ProviderHarness.ts"

export interface DoubleOptions {
  /** What is not said: parts of any capture, of any age and amount; found by our id, which it honours for a day. */
  readonly capabilities?: Partial<Capabilities>
  /** `later`: it accepts everything as pending, and tells what became of it. */
  readonly answers?: "now" | "later"
  /** Whether it tells of its own accord what came of a refund. Absent: yes. */
  readonly tells?: boolean
}

export interface ProviderDouble {
  readonly provider: RefundProvider["Service"]
  readonly capabilities: Capabilities
  /** Its controls and its books. */
  readonly world: ProviderWorld
  /** Every submit that arrived, in order. */
  readonly arrived: ReadonlyArray<Attempt>
}

const day = 86_400_000

const capabilitiesOf = ({ capabilities }: DoubleOptions): Capabilities => ({
  partial: true,
  windowDays: null,
  steps: {},
  lookup: "key",
  honoursKeyFor: day,
  pendingDays: 30,
  ...capabilities
})

/** For `providerContract`, or for a contract of your own. */
export const harness = (options: DoubleOptions = {}): ProviderHarness => {
  const tells = options.tells ?? true
  return {
    capabilities: capabilitiesOf(options),
    can: tells ? everything : new Set([...everything].filter((ability) => ability !== "tells")),
    answers: options.answers ?? "now",
    patienceMilliseconds: 40,
    open: make(options)
  }
}

export const make = (options: DoubleOptions = {}): Effect.Effect<ProviderDouble> =>
  Effect.sync(() => {
    const books = new Books(capabilitiesOf(options), {
      isLater: options.answers === "later",
      tells: options.tells ?? true
    })
    return {
      provider: { submit: (attempt) => submit(books, attempt), lookup: (attempt) => lookup(books, attempt) },
      capabilities: books.capabilities,
      world: controls(books),
      arrived: books.arrived
    }
  })

// ── asking it ────────────────────────────────────────────────────────────────────────────────────────────────────────

const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
const notSent = (detail: string, retryAfter?: number): Outcome => ({
  _tag: "notSent",
  detail,
  ...(retryAfter === undefined ? {} : { retryAfter })
})
const no = (code: string): Outcome => ({ _tag: "declined", code, reference: null })

const lookup = (books: Books, attempt: Attempt): Effect.Effect<Outcome | null> =>
  Effect.sync(() => {
    const by = books.capabilities.lookup
    if (by === "none" || (by === "reference" && attempt.reference === null)) return unknown("it cannot be looked up")
    const given = books.given.find(({ attempt: { id }, reference }) =>
      by === "key" ? id === attempt.id : reference === attempt.reference
    )
    return given === undefined ? null : outcomeOf(given)
  })

const submit = (books: Books, attempt: Attempt): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const behaviour = books.next
    books.next = "settles"
    if (behaviour === "unreachable") return notSent("connection refused")
    books.arrived.push(attempt)
    if (behaviour === "busy") return notSent("429 Too Many Requests", retryAfterSeconds * 1_000)
    const keyInUse = unknown("409: the key is in use")
    if (behaviour === "keyInUse" || books.underWay.has(attempt.id)) return keyInUse
    if (books.capabilities.honoursKeyFor > 0) books.underWay.add(attempt.id)
    // As over a network: whoever sends the same key meanwhile meets this one.
    yield* Effect.yieldNow
    const now = yield* books.now()
    books.underWay.delete(attempt.id)
    return yield* decide(books, attempt, behaviour, now)
  }).pipe(Effect.onInterrupt(() => Effect.sync(() => books.underWay.delete(attempt.id))))

const decide = (books: Books, attempt: Attempt, behaviour: Behaviour, now: Instant): Effect.Effect<Outcome> => {
  const key = books.keys.get(attempt.id)
  if (key !== undefined && now < key.since + books.capabilities.honoursKeyFor) {
    const isSame = key.amount === attempt.amount && key.capture === attempt.captureReference
    if (!isSame) return Effect.succeed(unknown("400: the key was used for something else"))
    return Effect.succeed(answerNow(books, key.given))
  }
  const unpaid = withoutPaying(behaviour)
  if (unpaid !== undefined) return unpaid
  const refusal = refusalOf(books, attempt)
  if (refusal !== null && !(books.manner.isLater && refusal.isLate)) return Effect.succeed(no(refusal.code))
  const amount =
    attempt.amount - (behaviour === "otherAmount" ? (books.capabilities.steps[attempt.currency] ?? 1n) : 0n)
  const given: Given = { reference: books.id("re"), attempt, amount, since: now, status: "pending" }
  books.given.push(given)
  books.keys.set(attempt.id, { amount: attempt.amount, capture: attempt.captureReference, since: now, given })
  return give(books, given, refusal === null ? behaviour : "declines", now)
}

/** What does not reach the part that pays. */
const withoutPaying = (behaviour: Behaviour): Effect.Effect<Outcome> | undefined => {
  switch (behaviour) {
    case "hangsUnpaid":
      return Effect.never
    case "resetsUnpaid":
      return Effect.succeed(unknown("connection reset"))
    case "breaksUnpaid":
      return Effect.succeed(unknown("500 Internal Server Error"))
    case "garblesUnpaid":
      return Effect.succeed(unknown("200, and a body that cannot be read"))
    default:
      return undefined
  }
}

/** `isLate`: a provider that answers later finds this out later. */
const refusalOf = (books: Books, attempt: Attempt): { readonly code: string; readonly isLate: boolean } | null => {
  const { capabilities, given } = books
  const taken = books.captures.get(attempt.captureReference ?? "")
  if (taken === undefined) return { code: "no_such_capture", isLate: false }
  if (taken.currency !== attempt.currency) return { code: "other_currency", isLate: false }
  if (attempt.amount % (capabilities.steps[attempt.currency] ?? 1n) !== 0n) return { code: "step", isLate: false }
  if (!capabilities.partial && attempt.amount !== taken.amount) return { code: "no_partial", isLate: true }
  const claimed = given
    .filter((each) => each.attempt.captureReference === attempt.captureReference)
    .filter(({ status }) => status !== "failed" && status !== "reversed")
    .reduce((sum, each) => sum + each.attempt.amount, 0n)
  return claimed + attempt.amount > taken.amount ? { code: "exceeds_capture", isLate: true } : null
}

/** It is written in its books by now; what happens to it, and what is answered. */
const give = (books: Books, given: Given, behaviour: Behaviour, now: Instant): Effect.Effect<Outcome> => {
  switch (behaviour) {
    case "pendingThenSettles":
    case "pendingThenFails":
      return Effect.succeed(outcomeOf(given))
    case "requiresAction":
      given.status = "waiting"
      return Effect.succeed(outcomeOf(given))
    case "declines":
      given.status = "failed"
      tell(books, given, now)
      return Effect.succeed(answerNow(books, given))
    default:
      pay(books, given)
      tell(books, given, now)
      return answerPaid(books, given, behaviour)
  }
}

/** What it says of a refund that it knows: where it answers later, no more than that it has it. */
const answerNow = (books: Books, given: Given): Outcome => {
  const isSaid = given.status === "waiting" || given.status === "pending" || !books.manner.isLater
  return isSaid ? outcomeOf(given) : { _tag: "pending", reference: given.reference }
}

const answerPaid = (books: Books, given: Given, behaviour: Behaviour): Effect.Effect<Outcome> => {
  const said = outcomeOf(given)
  switch (behaviour) {
    case "hangsPaid":
      return Effect.never
    case "resetsPaid":
      return Effect.succeed(unknown("connection reset"))
    case "breaksPaid":
      return Effect.succeed(unknown("500 Internal Server Error"))
    case "garblesPaid":
      return Effect.succeed(unknown("200, and a body that cannot be read"))
    case "otherRefund":
      return Effect.succeed(unknown("200, about another refund"))
    case "otherCurrency":
      return Effect.succeed(said._tag === "settled" ? { ...said, currency: otherThan(said.currency) } : said)
    default:
      return Effect.succeed(answerNow(books, given))
  }
}

const otherThan = (currency: CurrencyCode): CurrencyCode => (currency === "EUR" ? "USD" : "EUR") as CurrencyCode

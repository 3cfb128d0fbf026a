/** The books of the provider in memory: what was taken and given back, under which keys, and what is still to be told. */
import { Clock, Effect } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { AttemptId, Instant } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt, Capabilities, Outcome } from "refund-core/ports/RefundProvider"
import type { Behaviour, ProviderWorld } from "../../ProviderHarness.ts"

interface Taken {
  readonly amount: bigint
  readonly currency: CurrencyCode
  readonly payouts: Array<bigint>
}

/** A refund as the provider keeps it. */
export interface Given {
  readonly reference: string
  readonly attempt: Attempt
  /** What it pays, which is not what it was asked for where it is told to pay another amount. */
  readonly amount: bigint
  readonly since: Instant
  status: "settled" | "pending" | "waiting" | "failed" | "reversed"
}

/** A key with the first answer it got; honoured from then on for as long as the capabilities say. */
interface Key {
  readonly amount: bigint
  readonly capture: string | null
  readonly since: Instant
  readonly given: Given
}

export class Books {
  readonly capabilities: Capabilities
  /** Whether it says more than "accepted" at once, and whether it tells of its own accord. */
  readonly manner: { readonly isLater: boolean; readonly tells: boolean }
  readonly captures = new Map<string, Taken>()
  readonly given: Array<Given> = []
  readonly keys = new Map<AttemptId, Key>()
  readonly underWay = new Set<AttemptId>()
  readonly arrived: Array<Attempt> = []
  readonly untold: Array<ProviderNews> = []
  next: Behaviour = "settles"
  time: Instant | null = null
  drawn = 0

  constructor(capabilities: Capabilities, manner: Books["manner"]) {
    this.capabilities = capabilities
    this.manner = manner
  }

  id(prefix: string): string {
    this.drawn += 1
    return `${prefix}_${this.drawn}`
  }

  now(): Effect.Effect<Instant> {
    return this.time === null ? Clock.currentTimeMillis : Effect.succeed(this.time)
  }
}

export const controls = (books: Books): ProviderWorld => ({
  capture: (amount, currency) =>
    Effect.sync(() => {
      const reference = books.id("ch")
      books.captures.set(reference, { amount, currency, payouts: [] })
      return reference
    }),
  arm: (behaviour) =>
    Effect.sync(() => {
      books.next = behaviour
    }),
  payouts: (reference) => Effect.sync(() => [...(books.captures.get(reference)?.payouts ?? [])]),
  later: (reference, happening) =>
    Effect.map(books.now(), (now) => {
      const given = books.given.findLast(({ attempt }) => attempt.captureReference === reference)
      if (given === undefined) throw new Error(`no refund of ${reference}, so it cannot happen that it ${happening}`)
      happen(books, given, happening, now)
    }),
  news: Effect.sync(() => books.untold.splice(0)),
  setTime: (now) =>
    Effect.sync(() => {
      books.time = now
    })
})

const happen = (books: Books, given: Given, happening: "settles" | "fails" | "reverses", now: Instant): void => {
  const isOpen = given.status === "pending" || given.status === "waiting"
  if (happening === "reverses" ? given.status !== "settled" : !isOpen) {
    throw new Error(`${given.reference} is ${given.status}, so it cannot happen that it ${happening}`)
  }
  if (happening === "settles") pay(books, given)
  else given.status = happening === "fails" ? "failed" : "reversed"
  tell(books, given, now)
}

export const pay = (books: Books, given: Given): void => {
  given.status = "settled"
  books.captures.get(given.attempt.captureReference ?? "")?.payouts.push(given.amount)
}

export const tell = (books: Books, given: Given, now: Instant): void => {
  if (!books.manner.tells) return
  const { captureReference, currency, id: attemptId, refundId } = given.attempt
  books.untold.push({
    eventId: books.id("evt"),
    at: now,
    about: {
      _tag: "refund",
      attempt: { refundId, attemptId },
      reference: given.reference,
      captureReference,
      amount: given.amount,
      currency,
      outcome: outcomeOf(given)
    }
  })
}

export const outcomeOf = ({ amount, attempt, reference, since, status }: Given): Outcome => {
  switch (status) {
    case "settled":
      return { _tag: "settled", reference, amount, currency: attempt.currency, at: since }
    case "pending":
      return { _tag: "pending", reference }
    case "waiting":
      return { _tag: "requiresAction", reference }
    case "failed":
      return { _tag: "declined", code: "declined_by_double", reference }
    case "reversed":
      return { _tag: "reversed", reference, detail: "the account it was paid to is closed", at: null }
  }
}

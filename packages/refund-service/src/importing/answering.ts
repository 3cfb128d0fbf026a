/** A pack's items, asked for until each has its answer: each is safe to be asked for again. */
import { Context, Effect, Schedule } from "effect"
import type { BatchItemJson, BatchResult, BatchResultJson } from "refund-api/BatchBody"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"

/** How often, and how far apart, a ledger that is busy or out of reach is asked again: a quarter of a minute in all. */
export const Patience = Context.Reference<Schedule.Schedule<unknown>>("refund-service/importing/Patience", {
  defaultValue: () => Schedule.jittered(Schedule.max([Schedule.exponential("250 millis"), Schedule.recurs(6)]))
})

/** Over the wire, or as it is put on it. */
export type Answer = BatchResult | BatchResultJson

export interface Answered<A> {
  /** In the order of the items; those after which patience ran out are missing. */
  readonly answers: ReadonlyArray<A | undefined>
  /** Why some are missing; null: none is. */
  readonly unavailable: LedgerUnavailable | null
}

/** Fails as `ask` does, but for a ledger that is unavailable. */
export const answered = Effect.fnUntraced(function* <A extends Answer, E, R>(
  items: ReadonlyArray<BatchItemJson>,
  ask: (items: ReadonlyArray<BatchItemJson>) => Effect.Effect<ReadonlyArray<A>, E | LedgerUnavailable, R>
) {
  const answers: Array<A | undefined> = items.map(() => undefined)
  let waiting = items.map((item, at) => ({ item, at }))
  const asked = Effect.suspend(() => ask(waiting.map(({ item }) => item))).pipe(
    Effect.flatMap((told) => {
      let why = "The ledger gave no answer"
      waiting = waiting.filter(({ at }, index) => {
        const answer = told[index]
        if (answer !== undefined && answer.status !== 503) answers[at] = answer
        else if (answer !== undefined && "problem" in answer) why = answer.problem.detail
        return answers[at] === undefined
      })
      return waiting.length === 0
        ? Effect.succeed(null)
        : Effect.fail(new LedgerUnavailable({ detail: why, retryAfterSeconds: 1 }))
    })
  )
  const unavailable = yield* asked.pipe(
    Effect.retry({ schedule: yield* Patience, while: isUnavailable }),
    Effect.catch((failure) => (isUnavailable(failure) ? Effect.succeed(failure) : Effect.fail(failure)))
  )
  return { answers, unavailable } satisfies Answered<A>
})

const isUnavailable = (failure: unknown): failure is LedgerUnavailable => failure instanceof LedgerUnavailable

/** Whether the import made it, or something of it: else it was there already, the same. */
export const isNew = (answer: Extract<Answer, { readonly body: unknown }>): boolean =>
  "changed" in answer.body ? answer.body.changed : answer.replayed !== true

/** Whoever asks may do none of it: that is said once, not for each of a million rows. */
export const refusedAltogether = (answers: ReadonlyArray<Answer | undefined>) => {
  const refusals = answers.flatMap((each) =>
    each !== undefined && "problem" in each && each.problem.code === "NotPermitted" ? [each.problem] : []
  )
  return refusals.length === answers.length ? (refusals[0] ?? null) : null
}

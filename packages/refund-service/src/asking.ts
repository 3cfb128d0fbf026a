/** One call to a provider. One that fails, hangs or makes no sense is `unknown`, never "failed". */
import { Cause, Effect, Option } from "effect"
import type { Begun } from "refund-core/attempts"
import type { Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { reasonOf } from "./redacted.ts"

/** `milliseconds`: a provider that has not answered by then has not answered. */
export const ask = (
  provider: RefundProvider["Service"],
  { _tag, attempt }: Extract<Begun, { readonly _tag: "submit" | "lookup" }>,
  milliseconds: number
): Effect.Effect<Outcome> => {
  const call: Effect.Effect<Outcome> = Effect.suspend(() =>
    _tag === "submit"
      ? provider.submit(attempt)
      : Effect.map(
          provider.lookup(attempt),
          (found) => found ?? { _tag: "notFound", detail: `${attempt.provider} has never heard of it` }
        )
  )
  const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })
  return call.pipe(
    Effect.timeoutOption(milliseconds),
    Effect.map((answer) =>
      Option.match(answer, {
        onNone: () => unknown(`${attempt.provider} did not answer within ${milliseconds / 1000} s`),
        onSome: (outcome) => (outcomes.has(outcome?._tag) ? outcome : unknown("the answer makes no sense"))
      })
    ),
    Effect.catchCause((cause) =>
      Cause.hasInterruptsOnly(cause)
        ? Effect.failCause(cause)
        : Effect.as(
            Effect.logError(`Provider ${attempt.provider} broke: ${reasonOf(Cause.squash(cause))}`),
            unknown("the call broke off")
          )
    )
  )
}

/** A new outcome does not compile until it is known here. */
const outcomes: ReadonlySet<string> = new Set(
  Object.keys({
    settled: true,
    pending: true,
    requiresAction: true,
    declined: true,
    reversed: true,
    notSent: true,
    notFound: true,
    unknown: true
  } satisfies Record<Outcome["_tag"], true>)
)

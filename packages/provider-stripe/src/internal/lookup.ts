/** Asks Stripe what became of an attempt. */
import { Effect, Option, Result, Schema } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type Stripe from "stripe"
import { answeredWell, BrokenOff, call } from "./connection.ts"
import { unknown } from "./failures.ts"
import { instructionOf, type StripeCapture } from "./instruction.ts"
import { outcomeIn, unreadable } from "./StripeRefund.ts"

/** By Stripe's name where it has told one; else by ours, among all refunds of the capture. */
export const lookup = Effect.fnUntraced(function* (stripe: Stripe, attempt: Attempt, limit: number) {
  const { reference } = attempt
  if (reference !== null) {
    return yield* call(limit, (timeout) => stripe.refunds.retrieve(reference, {}, { timeout })).pipe(
      Effect.match({
        onFailure: ({ message }) => unknown(message),
        onSuccess: (answer) => (answeredWell(answer) ? outcomeIn(answer, attempt) : unreadable)
      })
    )
  }
  const instruction = instructionOf(attempt)
  // What cannot be said was never sent.
  if (Result.isFailure(instruction)) return null
  const { capture } = instruction.success
  return yield* call(limit, (timeout, signal) => refundsOf(stripe, capture, { timeout, signal })).pipe(
    Effect.match({
      onFailure: ({ message }) => unknown(message),
      onSuccess: (refunds): Outcome | null => {
        const [found, ...more] = refunds.filter((refund) => carries(refund, attempt))
        if (found === undefined) return null
        return more.length === 0
          ? outcomeIn(found, attempt, capture)
          : unknown(`Stripe has ${more.length + 1} refunds of this one attempt`)
      }
    })
  )
})

const Page = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(
    Schema.StructWithRest(Schema.Struct({ id: Schema.NonEmptyString }), [Schema.Record(Schema.String, Schema.Unknown)])
  ),
  has_more: Schema.Boolean
})
const readPage = Schema.decodeUnknownOption(Page)
const pageSize = 100

/** All of them, page by page: only then is one that is not among them not there. */
const refundsOf = async (
  stripe: Stripe,
  capture: StripeCapture,
  { signal, timeout }: { readonly timeout: number; readonly signal: AbortSignal }
) => {
  const refunds: Array<{ readonly id: string }> = []
  for (;;) {
    const after = refunds.at(-1)?.id
    const query = { ...capture, limit: pageSize, ...(after === undefined ? {} : { starting_after: after }) }
    const answer = await stripe.refunds.list(query, { timeout })
    const page = answeredWell(answer) ? readPage(answer) : Option.none()
    if (Option.isNone(page)) throw new BrokenOff("Stripe's list of refunds cannot be read")
    refunds.push(...page.value.data)
    if (!page.value.has_more) return refunds
    if (page.value.data.length === 0 || signal.aborted) throw new BrokenOff("Stripe's list of refunds did not end")
  }
}

const carries = (refund: { readonly id: string; readonly metadata?: unknown }, { id }: Attempt): boolean =>
  typeof refund.metadata === "object" &&
  refund.metadata !== null &&
  "attempt_id" in refund.metadata &&
  refund.metadata.attempt_id === id

/**
 * A loop in place of the worker: what is due is begun, sent or looked up, and what came of it is recorded, as are the
 * provider's news. Time goes from one due refund to the next.
 */
import { Effect } from "effect"
import type { Instant, RefundId } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import type { Refund } from "refund-core/Refund"
import { begin, told, worker } from "../../build.ts"
import type { Behaviour, ProviderHarness } from "../../ProviderHarness.ts"
import { usual } from "./attempts.ts"
import { freshRefundId, openOrder } from "./ledger.ts"
import { counter } from "./opened.ts"
import type { Said } from "./said.ts"

/** An order with one capture at the provider, and what has to be known to drive its refunds. */
export const ledgerLoop = Effect.fnUntraced(function* (harness: ProviderHarness, behaviour: Behaviour) {
  // A while ago, so that what the provider tells with its own time, in whole seconds maybe, comes after it.
  const at = yield* counter(harness, { ago: 600_000 })
  const { captured, currency } = usual(harness)
  const reference = yield* at.world.capture(captured, currency)
  yield* at.world.arm(behaviour)
  const order = yield* openOrder(harness, reference, at.start)

  const record = (
    attempt: { readonly refundId: RefundId; readonly id: RefundId },
    outcome: Outcome,
    news: { readonly toldAt?: Instant } = {}
  ) => order.execute({ ...told(attempt.refundId, outcome, { attempt: attempt.id, caller: worker() }), ...news })

  /** What the provider tells is recorded, as often as it is told; what the rules do not take would be looked at by a person. */
  const hear = Effect.fnUntraced(function* (ids: ReadonlyArray<RefundId>, times = 1) {
    const known = yield* Effect.forEach(ids, order.state)
    for (const { about, at: toldAt } of yield* at.world.news) {
      if (about._tag !== "refund") continue
      const attempt = attemptOfNews(about, known)
      if (attempt === undefined) continue
      for (let count = 0; count < times; count++) yield* Effect.ignore(record(attempt, about.outcome, { toldAt }))
    }
  })

  const passTo = (time: Instant) =>
    Effect.suspend(() => {
      order.setNow(time)
      return at.setTime(order.now())
    })

  /** Begins what is due, and no more: the process stops there. */
  const begins = Effect.fnUntraced(function* (id: RefundId) {
    const dueAt = order.dueAt(id)
    if (dueAt === null) return null
    yield* passTo(dueAt)
    const next = yield* order.execute(begin(id, freshRefundId(), { caller: worker() }))
    return next._tag === "nothing" ? null : next
  })

  const sent: Array<{ readonly attempt: Attempt; readonly at: Instant }> = []
  /** Begins what is due and makes the call; its answer is left to be recorded. */
  const begun = Effect.fnUntraced(function* (id: RefundId) {
    const next = yield* begins(id)
    if (next === null) return null
    if (next._tag === "submit") sent.push({ attempt: next.attempt, at: order.now() })
    const said: Said = yield* next._tag === "submit" ? at.submit(next.attempt) : at.lookup(next.attempt)
    return { attempt: next.attempt, outcome: outcomeOf(said) }
  })

  return {
    ...at,
    ...order,
    sent,
    hear,
    passTo,
    begins,
    begun,
    record,
    payouts: Effect.suspend(() => at.world.payouts(reference))
  }
})
export type LedgerLoop = Effect.Success<ReturnType<typeof ledgerLoop>>

const outcomeOf = (said: Said): Outcome => {
  if (said === null) return { _tag: "notFound", detail: "the provider has never heard of it" }
  return said._tag === "silence" ? { _tag: "unknown", detail: "no answer" } : said
}

const attemptOfNews = (
  about: Extract<ProviderNews["about"], { readonly _tag: "refund" }>,
  refunds: ReadonlyArray<Refund>
) => {
  for (const refund of refunds) {
    const attempt = refund.attempts.find(
      ({ id, reference }) => id === about.attempt?.attemptId || (reference !== null && reference === about.reference)
    )
    if (attempt !== undefined) return { refundId: refund.id, id: attempt.id }
  }
  return undefined
}

/** A refund driven to its end, and whether that end is the right one. */
import { fail, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import type { RefundId } from "refund-core/Ids"
import { honourMargin, lookupAfter } from "refund-core/lookups"
import { holds, isRefunded, type Refund, type RefundState } from "refund-core/Refund"
import { minutes } from "../../build.ts"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import type { LedgerLoop } from "./ledgerLoop.ts"

export const settled = ["settled"] as const

/**
 * What cannot be found out is left to a person; what was never paid is failed where the provider honours no id any more,
 * since sending it again might be paid twice. That nothing was paid then is for the books to say.
 */
export const endsAs = (harness: ProviderHarness, refund: Refund, ends: ReadonlyArray<RefundState>): void => {
  const allowed: ReadonlyArray<RefundState> = [
    ...ends,
    ...(canLearn(harness) ? [] : ["in_review" as const]),
    ...(isHonouredStill(harness) ? [] : ["failed" as const])
  ]
  ok(allowed.includes(refund.state), `ends as ${refund.state}: ${refund.detail}`)
}

/** Somebody can say what became of an attempt: by our id, by the same id sent again, or of the provider's own accord. */
const canLearn = (harness: ProviderHarness): boolean =>
  harness.capabilities.lookup === "key" || isHonouredStill(harness) || harness.can.has("tells")

/** The same id is still the same attempt when it is looked up for the first time, and then sent again. */
const isHonouredStill = ({ capabilities }: ProviderHarness): boolean =>
  capabilities.honoursKeyFor > (lookupAfter[0] ?? 0) + minutes(1) + honourMargin

/** Where it tells, but cannot be asked or does not say at once, its news are listened to; else it has to do without. */
const listens = ({ answers, capabilities }: ProviderHarness): boolean =>
  answers === "later" || capabilities.lookup === "none"

export const over: ReadonlySet<RefundState> = new Set(["settled", "failed", "in_review", "reversed", "canceled"])

/** What happens at the provider while a refund is pending or waits for the customer, milliseconds after it was asked for. */
interface Happening {
  readonly what: "settles" | "fails"
  readonly after: number
}

export const drive = Effect.fnUntraced(function* (
  harness: ProviderHarness,
  loop: LedgerLoop,
  id: RefundId,
  happening?: Happening
) {
  let hasHappened = happening === undefined
  for (let round = 0; round < 100; round++) {
    const call = yield* loop.begun(id)
    if (call !== null) yield* loop.record(call.attempt, call.outcome)
    const { state } = yield* loop.state(id)
    const time = loop.start + (happening?.after ?? 0)
    if (!hasHappened && happening !== undefined && waits.has(state) && (loop.dueAt(id) ?? time) >= time) {
      hasHappened = true
      yield* loop.passTo(time)
      yield* loop.world.later(loop.reference, happening.what)
    }
    if (listens(harness)) yield* loop.hear([id])
    const refund = yield* loop.state(id)
    if (over.has(refund.state)) return refund
    if (loop.dueAt(id) === null) return fail(`${refund.state}, and nothing is due any more`)
  }
  return fail(`still ${(yield* loop.state(id)).state} after a hundred calls`)
})

const waits: ReadonlySet<RefundState> = new Set(["pending", "requires_action", "unknown"])

/** Settled is what left, and nothing else is; what is left on the capture follows; the journal says the same. */
export const booksAreRight = Effect.fnUntraced(function* (loop: LedgerLoop, refunds: ReadonlyArray<Refund>) {
  const sum = (states: (state: RefundState) => boolean) =>
    refunds.filter(({ state }) => states(state)).reduce((all, { amount }) => all + amount, 0n)
  const payouts = yield* loop.payouts
  const paid = payouts.reduce((all, amount) => all + amount, 0n)
  const reversed = sum((state) => state === "reversed")
  const open = sum(holds)
  const refunded = sum(isRefunded)
  ok(payouts.length <= refunds.length, `${payouts.length} payouts for ${refunds.length} refunds`)
  if (open === 0n) strictEqual(paid, refunded + reversed)
  strictEqual(yield* loop.refundable, loop.captured - refunded - open)
})

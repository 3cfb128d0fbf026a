/**
 * A provider that moves no money, so that a refund can travel the whole way without a vendor's account. The capture's
 * reference chooses what it does, as test card numbers do; the amount never does:
 *
 * `sim_decline` is declined · `sim_pending` is pending, and settled when looked up later · `sim_hang` never answers, and
 * is settled when looked up later · any other reference is settled at once.
 *
 * It remembers nothing: what it says follows from the attempt alone, so it says the same after a restart.
 */
import { Effect } from "effect"
import type { Attempt, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"

const referenceOf = (attempt: Attempt): string => `sim_re_${attempt.id.replaceAll("-", "")}`

const settled = (attempt: Attempt): Outcome => ({
  _tag: "settled",
  reference: referenceOf(attempt),
  amount: attempt.amount,
  currency: attempt.currency,
  at: null
})

const declined = (attempt: Attempt): Outcome => ({
  _tag: "declined",
  code: "declined_by_simulator",
  reference: referenceOf(attempt)
})

export const simulator: RefundProvider["Service"] = {
  submit: (attempt) => {
    switch (attempt.captureReference) {
      case "sim_decline":
        return Effect.succeed(declined(attempt))
      case "sim_pending":
        return Effect.succeed({ _tag: "pending", reference: referenceOf(attempt) })
      case "sim_hang":
        return Effect.never
      default:
        return Effect.succeed(settled(attempt))
    }
  },
  lookup: (attempt) => Effect.succeed(attempt.captureReference === "sim_decline" ? declined(attempt) : settled(attempt))
}

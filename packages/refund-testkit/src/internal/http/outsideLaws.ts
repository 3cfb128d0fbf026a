/** What holds of refunds that a provider tells of, though nobody asked the ledger for them. */
import { first } from "../steps.ts"
import type { HttpLaw } from "./laws.ts"
import { isRefunded, ofCapture } from "./steps.ts"
import { isAccepted, refundsIn } from "./wire.ts"

/** Told twice, it is one; and there is none that was neither asked for nor told. */
export const countsOnce: HttpLaw = ({ after, asked, tells, told }) => {
  if (tells === null) return null
  const answered = new Set(
    asked.flatMap(({ answer }) => (isAccepted(answer) ? (refundsIn(answer) ?? []) : [])).map(({ id }) => id)
  )
  return first(after, ([id, order]) =>
    first(told.taken.get(id)?.captures ?? [], ({ id: captureId }) => {
      const unasked = ofCapture(order, captureId).filter(
        (refund) => !told.refunds.has(refund.id) && !answered.has(refund.id) && isRefunded(refund)
      )
      const outside = told.outside.filter((each) => each.captureId === captureId)
      const amounts = (of: ReadonlyArray<{ readonly amount: number }>) =>
        of.map(({ amount }) => amount).toSorted((a, b) => a - b)
      const [shown, expected] = [amounts(unasked), amounts(outside)]
      return shown.join() === expected.join()
        ? null
        : `capture ${captureId}: refunds of ${shown.join(", ") || "nothing"} that nobody asked for, told were ${expected.join(", ") || "none"}`
    })
  )
}

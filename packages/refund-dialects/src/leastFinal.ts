/** A group answers with the state that is furthest from being over: what still has to happen comes before what has. */
import type { Refund, RefundState } from "refund-core/Refund"

const finality: Record<RefundState, number> = {
  pending_approval: 0,
  approved: 1,
  submitting: 2,
  unknown: 3,
  in_review: 4,
  requires_action: 5,
  pending: 6,
  failed: 7,
  settled: 8,
  denied: 9,
  canceled: 9,
  reversed: 9
}

export const leastFinal = (refunds: readonly [Refund, ...Array<Refund>]): RefundState =>
  refunds.reduce((least, each) => (finality[each.state] < finality[least.state] ? each : least)).state

/** What a commit makes due is leased to the process that commits it, where that has a worker. */
import { randomInt } from "node:crypto"
import { Queue } from "effect"
import type { DueRefund } from "refund-core/ports/Outbox"
import { paidByWorker, type Refund } from "refund-core/Refund"

/** What is due and was leased to this process by the commit, in the order of the decisions. */
export type Leased = ReadonlyArray<DueRefund>

/** Who leases what a commit makes due. Null: nobody does; a worker of another process takes it. */
export interface Lease {
  readonly by: number
  readonly milliseconds: number
  readonly hasRoom: () => boolean
}

/** As many refunds as this may wait for this process's worker; what comes beyond is left to any worker. */
const freshLimit = 10_000

/** To this process, until it ends: what is decided after that is any worker's at once. */
export const leaseFor = (fresh: Queue.Queue<DueRefund>, milliseconds: number): Lease & { readonly end: () => void } => {
  let hasEnded = false
  return {
    by: randomInt(1, 2 ** 47),
    milliseconds,
    hasRoom: () => !hasEnded && Queue.sizeUnsafe(fresh) < freshLimit,
    end: () => {
      hasEnded = true
    }
  }
}

/** Null where nobody is called: the refund, or its approval, has only waited too long. */
export const calledFor = (
  refund: Pick<Refund, "deducts" | "destination" | "provider" | "state">
): DueRefund["provider"] => (paidByWorker(refund) && refund.state !== "pending_approval" ? refund.provider : null)

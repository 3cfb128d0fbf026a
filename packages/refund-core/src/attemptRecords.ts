/** What a refund keeps of each time a provider was asked for it. */
import type { EventOf } from "./Event.ts"
import type { RefundId } from "./Ids.ts"
import type { Stamp } from "./ports/LedgerStore.ts"
import type { AttemptRecord, Refund } from "./Refund.ts"

/** Another attempt, unless it is there already. */
export const started = (refund: Refund, { account, attemptId }: EventOf<"AttemptStarted">, stamp: Stamp): Refund => {
  if (refund.attempts.some((attempt) => attempt.id === attemptId)) return refund
  const attempt: AttemptRecord = {
    id: attemptId,
    startedAt: stamp.at,
    outcome: null,
    reference: null,
    at: null,
    toldAt: null,
    asked: 0,
    ...(account === undefined ? {} : { account })
  }
  return { ...refund, attempts: [...refund.attempts, attempt] }
}

/** The attempt that was told of; of others, and of none, nothing is noted. */
export const told =
  (
    event: { readonly attemptId: RefundId | null; readonly toldAt?: number },
    outcome: string,
    reference: string | null,
    stamp: Stamp
  ) =>
  (refund: Refund): Refund => ({
    ...refund,
    attempts: refund.attempts.map((attempt) =>
      attempt.id === event.attemptId
        ? {
            ...attempt,
            outcome,
            reference: reference ?? attempt.reference,
            at: stamp.at,
            toldAt: event.toldAt ?? null,
            asked: attempt.asked + 1
          }
        : attempt
    )
  })

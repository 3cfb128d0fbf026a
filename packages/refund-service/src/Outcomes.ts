/** Waits for outcomes: woken where our own worker has one, else by reading the state again and again. */
import { Effect, Layer } from "effect"
import type { RefundId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Outcomes } from "refund-core/ports/Outcomes"
import { paidByWorker, type Refund } from "refund-core/Refund"
import { elapsed } from "./elapsed.ts"
import { Wakes } from "./Wakes.ts"

const pauses = [50, 100, 250]

/** Our worker has not told its outcome yet. */
export const isWaitedFor = (refund: Refund): boolean =>
  paidByWorker(refund) && (refund.state === "approved" || refund.state === "submitting" || refund.state === "unknown")

/** `milliseconds`: how long to wait where the caller does not say. */
export const layer = (milliseconds = 5_000) =>
  Layer.effect(
    Outcomes,
    Effect.gen(function* () {
      const reader = yield* LedgerReader
      const wakes = yield* Wakes

      const until = Effect.fnUntraced(function* (tenant: TenantId, groupId: RefundId, deadline: number) {
        for (let round = 0; ; round++) {
          // Joined before reading: what happens between the two opens the latch.
          const latch = wakes.join(tenant, groupId)
          const waited = Effect.gen(function* () {
            const refunds = yield* reader.refunds(tenant, { id: groupId })
            const left = deadline - (yield* elapsed)
            if (left <= 0 || wakes.isClosed() || !refunds.some(isWaitedFor)) return refunds
            const pause = Math.min(left, pauses[round] ?? 250)
            yield* Effect.raceFirst(latch.await, Effect.sleep(pause))
            return null
          })
          const refunds = yield* Effect.ensuring(
            waited,
            Effect.sync(() => wakes.leave(tenant, groupId, latch))
          )
          if (refunds !== null) return refunds
        }
      })

      return Outcomes.of({
        wait: (tenant, groupId, bound = milliseconds) =>
          Effect.flatMap(elapsed, (now) => until(tenant, groupId, now + bound))
      })
    })
  )

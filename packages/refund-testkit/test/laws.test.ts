import { layer } from "@effect/vitest"
import { fail } from "@effect/vitest/utils"
import { Effect } from "effect"
import { layerMemory } from "../src/LedgerStoreMemory.ts"
import { assertLawsHold, type Tally } from "../src/lawsHold.ts"

/** Printed with a failure, beside the token that runs the history again. */
const seed = 20_261_102

/** Histories that never come to something say nothing about it. */
const assertComesTo = (tally: Tally, least: number, names: ReadonlyArray<string>): void => {
  const rare = names.filter((name) => (tally[name] ?? 0) < least)
  if (rare.length > 0) fail(`hardly ever: ${rare.map((name) => `${name} (${tally[name] ?? 0})`).join(", ")}`)
}

layer(layerMemory)("every law", (it) => {
  it.effect(
    "holds over a thousand random histories that come to every state and most violations",
    () =>
      Effect.gen(function* () {
        const tally = yield* assertLawsHold({ runs: 1_000, length: 40, seed })
        assertComesTo(tally, 3, ["pending_approval", "approved", "submitting", "pending", "requires_action", "unknown"])
        assertComesTo(tally, 3, ["in_review", "settled", "failed", "denied", "canceled", "replayed"])
        assertComesTo(tally, 3, ["reversed", "RetryRefund", "ResolveRefund", "ReverseRefund", "ClosePeriod"])
        assertComesTo(tally, 3, ["NotPermitted", "SelfApproval", "CaptureNotFound", "CaptureRequired", "NotCaptured"])
        assertComesTo(tally, 3, ["AmountMissing", "AmountNotPositive", "DisputeOpen", "ExceedsCaptured"])
        assertComesTo(tally, 3, ["ExceedsCollected", "ExceedsOrderTotal", "SubtotalUnknown", "ExceedsSubtotal"])
        assertComesTo(tally, 3, ["ExceedsComponent", "NothingToDeductFrom", "CustomerRequired", "ReasonRequired"])
        assertComesTo(tally, 3, ["OrderDoesNotAdd", "CaptureConflict", "OrderConflict", "DisputeConflict"])
        assertComesTo(tally, 3, ["StateConflict", "IdempotencyKeyReused"])
      }),
    300_000
  )

  it.effect(
    "holds over three hundred histories that are asked for by four at the same time",
    () => assertLawsHold({ runs: 300, length: 40, seed, together: 4 }),
    60_000
  )
})

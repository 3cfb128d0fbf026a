import { deepStrictEqual } from "node:assert"
import { layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "refund-core/Command"
import { layerMemory } from "../src/LedgerStoreMemory.ts"
import { assertModelAgrees } from "../src/modelAgrees.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const runs = isDeep ? 50_000 : 1_000

/** Those that the model answers itself. */
const commands: ReadonlyArray<Command["_tag"]> = [
  ...(["RequestRefund", "ApproveRefund", "UndoApproval", "DenyRefund", "CancelRefund", "SettleRefund"] as const),
  ...(["RetryRefund", "ResolveRefund", "ReverseRefund", "BeginAttempt", "RecordOutcome", "RecordDispute"] as const),
  ...(["RecordExternal", "SpendCredit", "ExpireCredit"] as const)
]

layer(layerMemory)("the model", (it) => {
  it.effect(
    `agrees with every decision and every figure in ${runs} random histories`,
    () =>
      Effect.map(assertModelAgrees({ runs, length: 40, seed: 20_261_102 }), (tally) => {
        const rare = commands.flatMap((name) =>
          ["accepted", "refused"].filter((how) => (tally[`${name} ${how}`] ?? 0) < 3).map((how) => `${name} ${how}`)
        )
        // The worker is refused only what it does not know.
        deepStrictEqual(rare, ["BeginAttempt refused", "ExpireCredit refused"])
      }),
    isDeep ? 3_600_000 : 60_000
  )
})

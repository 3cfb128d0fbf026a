/** Many requests on a ledger's file, as `POST /v1/refunds/batch` answers them. */
import { Effect } from "effect"
import { BatchResults, toBatch } from "refund-api/BatchBody"
import type { Caller } from "refund-core/Command"
import { runBatch } from "refund-service/Batch"
import { freshId, freshSalt } from "refund-service/freshIds"
import { reading } from "./reading.ts"

const read = reading(BatchResults)

export const batch = (caller: Caller, body: unknown) =>
  Effect.fromResult(toBatch(body, { caller, freshId, freshSalt })).pipe(
    Effect.flatMap(runBatch),
    Effect.map((results) => read({ results }))
  )

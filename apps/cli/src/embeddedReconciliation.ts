/** A settlement report held against a ledger's file, as `POST /v1/reconciliations` answers. */
import { Effect } from "effect"
import { ReconciliationResults, toReconciliation } from "refund-api/ReconciliationBody"
import type { Caller } from "refund-core/Command"
import { reconcile } from "refund-service/Reconciliation"
import { reading } from "./reading.ts"

const read = reading(ReconciliationResults)

export const reconciliation = (caller: Caller, body: unknown) =>
  Effect.fromResult(toReconciliation(body)).pipe(
    Effect.flatMap((asked) => reconcile(caller, asked)),
    Effect.map((results) => read({ results }))
  )

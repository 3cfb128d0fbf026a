/** Rows of a settlement report, each held against the ledger. */
import { Effect } from "effect"
import { type ReconciliationResults, toReconciliation } from "refund-api/ReconciliationBody"
import type { WireRequest } from "refund-dialects/Dialect"
import { reconcile } from "refund-service/Reconciliation"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

const limitBytes = 1024 * 1024

const reconciliation = ({ body, caller }: WireRequest) =>
  withDecoded(toReconciliation(body), (asked) =>
    Effect.map(reconcile(caller, asked), (results) => ok({ results } satisfies ReconciliationResults))
  )

export const reconciliationRoutes = [{ ...route("POST", "/v1/reconciliations", reconciliation), limitBytes }]

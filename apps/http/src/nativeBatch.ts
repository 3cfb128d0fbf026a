/** Many requests in one call, each with its own answer. */
import { Effect } from "effect"
import { type BatchResultsJson, batchLimitBytes, toBatch } from "refund-api/BatchBody"
import type { WireRequest } from "refund-dialects/Dialect"
import { runBatch } from "refund-service/Batch"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

/** 200 whatever became of the items: each answer has its own status. */
const batch = (request: WireRequest) =>
  withDecoded(toBatch(request.body, request), (commands) =>
    Effect.map(runBatch(commands), (results) => ok({ results } satisfies BatchResultsJson))
  )

export const batchRoutes = [{ ...route("POST", "/v1/refunds/batch", batch), limitBytes: batchLimitBytes }]

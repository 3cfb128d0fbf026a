/** `GET /metrics`, for a key of the server's own tenant that may read reports. */
import { Effect } from "effect"
import { Router } from "express"
import type { TenantId } from "refund-core/Ids"
import { may } from "refund-core/Permission"
import { Backlog } from "refund-core/ports/Backlog"
import { rejected } from "refund-core/Violation"
import type { Metrics } from "./metrics.ts"
import { type Opening, openRoutes, type Runtime } from "./mount.ts"
import { native } from "./native.ts"
import { route } from "./nativeAnswers.ts"

/** What is open is counted anew after so long: whoever asks more often is told the same. */
const freshMilliseconds = 10_000

/** A door of one route: who comes is counted, limited and told of as at every other. */
export const metricsRouter = (
  runtime: Runtime,
  tenant: TenantId,
  metrics: Metrics,
  addressOf?: Opening["addressOf"]
): Router => {
  const open = openRoutes({ ...native, routes: [figures(tenant, metrics)] }, { runtime, addressOf })
  const router = Router({ caseSensitive: true })
  router.get("/metrics", (request, response, next) => void (open(request, response) || next()))
  return router
}

const figures = (tenant: TenantId, metrics: Metrics) => {
  const refresh = refreshing(metrics)
  return route("GET", "/metrics", ({ caller }) => {
    // Figures are of the whole process: another tenant's key is none here.
    if (caller.tenant !== tenant) return Effect.succeed(native.fault({ _tag: "BadCredential" }))
    if (!may(caller.by, "reports:read"))
      return Effect.fail(rejected([{ _tag: "NotPermitted", permission: "reports:read" }]))
    return Effect.map(refresh, () => ({
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      text: metrics.text()
    }))
  })
}

const refreshing = (metrics: Metrics) => {
  let until = 0
  return Effect.suspend(() => {
    if (performance.now() < until) return Effect.void
    until = performance.now() + freshMilliseconds
    return Backlog.pipe(
      Effect.flatten,
      Effect.match({
        onFailure: () => metrics.open(null),
        // A store that does not say what is open is no store that cannot be read.
        onSuccess: (work) => (work === null ? undefined : metrics.open(work))
      })
    )
  })
}

/** `GET /metrics`, for a key of the server's own tenant that may read reports. */
import { Effect, type ManagedRuntime } from "effect"
import { Router } from "express"
import type { TenantId } from "refund-core/Ids"
import { may } from "refund-core/Permission"
import { Backlog } from "refund-core/ports/Backlog"
import { rejected } from "refund-core/Violation"
import { Access } from "refund-service/Access"
import type { Metrics } from "./metrics.ts"
import { native } from "./native.ts"
import { refused } from "./nativeAnswers.ts"
import { write } from "./writing.ts"

/** What is open is counted anew after so long: whoever asks more often is told the same. */
const freshMilliseconds = 10_000

export const metricsRouter = (
  runtime: ManagedRuntime.ManagedRuntime<Access, unknown>,
  tenant: TenantId,
  metrics: Metrics
): Router => {
  const refresh = refreshing(metrics)
  const answer = Effect.fnUntraced(function* (secret: string) {
    const access = yield* Access
    const identity = yield* access.authenticate(secret)
    // Figures are of the whole process: another tenant's key is none here.
    if (identity === null || identity.tenant !== tenant) return native.fault({ _tag: "BadCredential" })
    if (!may(identity.principal, "reports:read"))
      return refused(rejected([{ _tag: "NotPermitted", permission: "reports:read" }]))
    yield* refresh
    return {
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      text: metrics.text()
    }
  })
  const router = Router({ caseSensitive: true })
  router.get("/metrics", (request, response) => {
    const secret = native.credential(request.headers as Readonly<Record<string, string>>)
    if (secret === null) return write(response, native.fault({ _tag: "NoCredential" }))
    // A ledger that cannot even tell whose key this is cannot be asked for anything.
    runtime.runPromise(answer(secret).pipe(Effect.catch((failure) => Effect.succeed(refused(failure))))).then(
      (answered) => write(response, answered),
      () => write(response, native.fault({ _tag: "Broken", requestId: "metrics" }))
    )
  })
  return router
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

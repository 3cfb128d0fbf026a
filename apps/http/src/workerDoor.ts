/** How a worker that answers no requests says that it lives, whether it works, and what it has done. */
import type { ManagedRuntime } from "effect"
import express from "express"
import helmet from "helmet"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { Access } from "refund-service/Access"
import type { Configuration } from "refund-service/Configuration"
import { guardedServer, trusting } from "./guarding.ts"
import { healthRouter } from "./health.ts"
import { close, listen } from "./listening.ts"
import type { Metrics } from "./metrics.ts"
import { metricsRouter } from "./metricsRoute.ts"
import { mountEnd, type Runtime } from "./mount.ts"
import { native } from "./native.ts"

export interface WorkerDoor {
  readonly url: string | null
  readonly close: () => Promise<void>
}

const none: WorkerDoor = { url: null, close: async () => {} }

/** There is one only where an address is configured. */
export const openWorkerDoor = async (
  runtime: Runtime & ManagedRuntime.ManagedRuntime<Access | LedgerReader, unknown>,
  { limits, tenant, workerAddress }: Pick<Configuration, "limits" | "tenant" | "workerAddress">,
  metrics: Metrics
): Promise<WorkerDoor> => {
  if (workerAddress === null) return none
  let isStopping = false
  const signs = { isStopping: () => isStopping, workerSilentFor: metrics.silentFor, paused: metrics.paused }
  const app = express()
  app.disable("x-powered-by").disable("etag").use(helmet())
  const addressOf = trusting(app, limits)
  app.use(healthRouter(runtime, tenant, signs), metricsRouter(runtime, tenant, metrics, addressOf))
  mountEnd(app, native, runtime)
  const server = guardedServer(app, limits)
  const url = await listen(server, workerAddress).catch((error: Error) => {
    throw new Error(`it cannot answer at REFUND_WORKER_ADDRESS: ${error.message}`)
  })
  return {
    url,
    close: () => {
      isStopping = true
      return close(server, async () => {})
    }
  }
}

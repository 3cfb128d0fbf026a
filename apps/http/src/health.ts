/** For whoever keeps the process running: is it alive, and may it be sent requests? */
import { Effect, type ManagedRuntime, Result } from "effect"
import { Router } from "express"
import type { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { write } from "./writing.ts"

export interface Signs {
  readonly isStopping: () => boolean
  /** Null: this process has no worker. Else how long its loops have been silent, in milliseconds. */
  readonly workerSilentFor: (() => number) | null
  /** Providers that are left alone for a while. No reason to send requests elsewhere. */
  readonly paused: () => ReadonlyArray<string>
}

/** A worker's loops begin twice a second; one that has not for so long hangs. */
const hangsAfter = 60_000

export const healthRouter = (
  runtime: ManagedRuntime.ManagedRuntime<LedgerReader, unknown>,
  tenant: TenantId,
  { isStopping, paused, workerSilentFor }: Signs
): Router => {
  const reads = LedgerReader.use((reader) => reader.hasOrders(tenant))
  const workerState = () => {
    if (workerSilentFor === null) return "off"
    return workerSilentFor() > hangsAfter ? "hangs" : "on"
  }
  const router = Router()
  router.get("/healthz", (_, response) => write(response, { status: 200, body: { status: "ok" } }))
  router.get("/readyz", async (_, response) => {
    // What is stopping may have closed the ledger: it is not asked any more.
    const read = isStopping() ? null : await runtime.runPromise(Effect.result(reads)).catch(() => Result.fail(null))
    const signs = {
      ledger: read === null ? "not asked" : Result.isSuccess(read) ? "readable" : "cannot be read",
      worker: workerState(),
      pausedProviders: paused()
    }
    const obstacle = isStopping()
      ? "stopping"
      : signs.ledger !== "readable"
        ? "the ledger cannot be read"
        : signs.worker === "hangs"
          ? "the worker hangs"
          : null
    if (obstacle === null) return write(response, { status: 200, body: { status: "ready", ...signs } })
    write(response, { status: 503, headers: { "retry-after": "1" }, body: { status: obstacle, ...signs } })
  })
  return router
}

/** For whoever keeps the process running: is it alive, and may it be sent requests? */
import { Effect, type ManagedRuntime, Result } from "effect"
import { Router } from "express"
import type { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { write } from "./mount.ts"

export const healthRouter = (
  runtime: ManagedRuntime.ManagedRuntime<LedgerReader, unknown>,
  tenant: TenantId,
  isStopping: () => boolean
): Router => {
  const reads = LedgerReader.use((reader) => reader.hasOrders(tenant))
  const router = Router()
  router.get("/healthz", (_, response) => write(response, { status: 200, body: { status: "ok" } }))
  router.get("/readyz", async (_, response) => {
    if (isStopping()) return write(response, { status: 503, body: { status: "stopping" } })
    const read = await runtime.runPromise(Effect.result(reads)).catch(() => Result.fail(null))
    if (Result.isSuccess(read)) return write(response, { status: 200, body: { status: "ready" } })
    write(response, { status: 503, headers: { "retry-after": "1" }, body: { status: "the ledger cannot be read" } })
  })
  return router
}

/** What another process does on the server's file, where a provider has to be lost first. */
import { Effect, Layer, ManagedRuntime } from "effect"
import type { RefundId, TenantId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { hashOf, ownCaller } from "refund-service/Access"
import * as Service from "refund-service/Service"
import * as SqliteLedger from "refund-store/SqliteLedger"

const tenant = "default" as TenantId

const onFile = async <A, E>(database: string, work: Effect.Effect<A, E, Refunds>): Promise<A> => {
  const ledger = Service.layer({ waitMilliseconds: 0 }).pipe(
    Layer.provideMerge(SqliteLedger.layer({ file: database, synchronous: "OFF" }))
  )
  const runtime = ManagedRuntime.make(ledger)
  try {
    return await runtime.runPromise(work)
  } finally {
    await runtime.dispose()
  }
}

/** Nobody knows any more what became of a refund that the server is submitting. */
export const loseOutcome = (database: string, id: string): Promise<void> =>
  onFile(
    database,
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const refundId = id as RefundId
      const [refund] = yield* refunds.group(ownCaller(tenant, "test", "refunds:read", Date.now()), { id: refundId })
      const attemptId = refund?.attempts.at(-1)?.id
      if (refund?.state !== "submitting" || attemptId === undefined) throw new Error(`refund ${id} is not submitting`)
      const caller = ownCaller(tenant, "worker", "worker", Date.now())
      const outcome = { _tag: "unknown", detail: "the line was cut" } as const
      yield* refunds.execute({ _tag: "RecordOutcome", caller, refundId, attemptId, outcome })
    })
  )

export const revokeKey = (database: string, secret: string): Promise<unknown> =>
  onFile(
    database,
    Refunds.use((refunds) =>
      refunds.execute({
        _tag: "RevokeKey",
        caller: ownCaller(tenant, "test", "keys:manage", Date.now()),
        which: { hash: hashOf(secret) }
      })
    )
  )

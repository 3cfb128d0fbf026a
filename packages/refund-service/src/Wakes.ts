/** Tells those who wait in this process for a refund's outcome that something happened to it. */
import { Context, Effect, Latch, Layer } from "effect"
import type { RefundId, TenantId } from "refund-core/Ids"

export class Wakes extends Context.Service<
  Wakes,
  {
    /** A latch that the next `wake` of the group opens. Give it back with `leave`. */
    readonly join: (tenant: TenantId, groupId: RefundId) => Latch.Latch
    readonly leave: (tenant: TenantId, groupId: RefundId, latch: Latch.Latch) => void
    readonly wake: (tenant: TenantId, groupId: RefundId) => void
    /** From now on nobody waits: the process is about to stop. */
    readonly close: Effect.Effect<void>
    readonly isClosed: () => boolean
  }
>()("refund-service/Wakes") {
  static readonly layer = Layer.sync(Wakes, () => {
    const waiting = new Map<string, Set<Latch.Latch>>()
    let closed = false
    const nameOf = (tenant: TenantId, groupId: RefundId) => `${groupId} ${tenant}`
    return Wakes.of({
      join: (tenant, groupId) => {
        const latch = Latch.makeUnsafe(closed)
        const name = nameOf(tenant, groupId)
        const latches = waiting.get(name)
        if (latches === undefined) waiting.set(name, new Set([latch]))
        else latches.add(latch)
        return latch
      },
      leave: (tenant, groupId, latch) => {
        const name = nameOf(tenant, groupId)
        const latches = waiting.get(name)
        latches?.delete(latch)
        if (latches?.size === 0) waiting.delete(name)
      },
      wake: (tenant, groupId) => {
        for (const latch of waiting.get(nameOf(tenant, groupId)) ?? []) latch.openUnsafe()
      },
      close: Effect.sync(() => {
        closed = true
        for (const latches of waiting.values()) for (const latch of latches) latch.openUnsafe()
      }),
      isClosed: () => closed
    })
  })
}

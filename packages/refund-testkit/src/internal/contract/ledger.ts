/** What every test of the contract starts from: a tenant of its own, asked through the use cases, read through the ports. */
import type { Vitest } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Command } from "refund-core/Command"
import type { AnswerOf } from "refund-core/decide"
import { OrderId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { type Facts, LedgerStore, type Scope } from "refund-core/ports/LedgerStore"
import type { Outbox } from "refund-core/ports/Outbox"
import { Refunds } from "refund-core/Refunds"
import { type CallerOptions, caller, freshId } from "../../build.ts"
import { takeSnapshot } from "../snapshot.ts"

/** The stores under test, as they are opened: with a worker in this process or without. */
export interface StoreOptions {
  readonly worker?: boolean
  readonly leaseMilliseconds?: number
}
export type StoreLayer = (options: StoreOptions) => Layer.Layer<LedgerStore | LedgerReader | Outbox, unknown>

export type Services = Refunds | LedgerStore | LedgerReader | Outbox
export type It = Vitest.MethodsNonLive<Services>

/** What came of a command: `accepted`, or the code of its rejection. */
export type Told = string

export const ledger = Effect.gen(function* () {
  const refunds = yield* Refunds
  const store = yield* LedgerStore
  const reader = yield* LedgerReader
  const tenant = TenantId.make(`tenant ${freshId()}`)

  const inTenant = <C extends Command>(command: C): C => ({ ...command, caller: { ...command.caller, tenant } })
  const ask = <C extends Command>(command: C): Effect.Effect<AnswerOf<C>> =>
    refunds.execute(inTenant(command)).pipe(Effect.orDie)
  const told = (command: Command): Effect.Effect<Told> =>
    refunds.execute(inTenant(command)).pipe(
      Effect.match({
        onSuccess: () => "accepted",
        onFailure: (failure) => (failure._tag === "Rejected" ? failure.violations[0]._tag : failure._tag)
      })
    )
  return {
    tenant,
    refunds,
    store,
    reader,
    inTenant,
    by: (options: CallerOptions = {}) => caller({ ...options, tenant }),
    ask,
    told,
    /** All of them at the same time, as often as each thing was told. */
    together: (commands: ReadonlyArray<Command>) =>
      Effect.forEach(commands, told, { concurrency: "unbounded" }).pipe(Effect.map(counted)),
    facts: (scope: Omit<Scope, "tenant">): Effect.Effect<Facts> =>
      store.read({ ...scope, tenant }, (facts) => facts).pipe(Effect.orDie),
    head: (id: string) =>
      store.read({ tenant, at: { order: OrderId.make(id) } }, (facts) => facts.order).pipe(Effect.orDie),
    snapshot: (...ids: ReadonlyArray<string>) =>
      takeSnapshot(
        tenant,
        ids.map((id) => OrderId.make(id))
      )
  }
})

const counted = (all: ReadonlyArray<Told>): Record<Told, number> => {
  const counts: Record<Told, number> = {}
  for (const each of all) counts[each] = (counts[each] ?? 0) + 1
  return counts
}

export const times = <A>(count: number, make: (index: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => make(index))

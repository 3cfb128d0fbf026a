/** What every test of the contract starts from: a tenant of its own, asked with the core's decisions, read through the ports. */
import { deepStrictEqual, strictEqual } from "node:assert"
import type { Vitest } from "@effect/vitest"
import { Effect, type Layer, Option } from "effect"
import type { Command } from "refund-core/Command"
import { type AnswerOf, decide, scopeOf } from "refund-core/decide"
import { OrderId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { type Facts, LedgerStore, type LedgerUnavailable, type Scope } from "refund-core/ports/LedgerStore"
import type { Outbox } from "refund-core/ports/Outbox"
import type { Rejected } from "refund-core/Violation"
import { type CallerOptions, caller, freshId } from "../../build.ts"
import { type Snapshot, takeSnapshot } from "../snapshot.ts"

/** The stores under test, as they are opened: with a worker in this process or without. */
export interface StoreOptions {
  readonly worker?: boolean
  readonly leaseMilliseconds?: number
}
export type StoreLayer = (options: StoreOptions) => Layer.Layer<LedgerStore | LedgerReader | Outbox, unknown>

/** A test that a store passes by itself, and one that reads what the store has written through the other ports. */
export type StoreIt = Vitest.MethodsNonLive<LedgerStore>
export type Services = LedgerStore | LedgerReader | Outbox
export type It = Vitest.MethodsNonLive<Services>

/** What came of a command: `accepted`, or the code of its rejection. */
export type Told = string

/** Needs no more than a store; whatever else can be seen of the ledger is held against what is expected, too. */
export const ledger = Effect.gen(function* () {
  const store = yield* LedgerStore
  const reader = yield* Effect.serviceOption(LedgerReader)
  const tenant = TenantId.make(`tenant ${freshId()}`)

  const inTenant = <C extends Command>(command: C): C => ({ ...command, caller: { ...command.caller, tenant } })
  const execute = <C extends Command>(command: C): Effect.Effect<AnswerOf<C>, Rejected | LedgerUnavailable> => {
    const ours = inTenant(command)
    return store.transact(scopeOf(ours), (found) => decide(ours, found))
  }
  const ask = <C extends Command>(command: C): Effect.Effect<AnswerOf<C>> => Effect.orDie(execute(command))
  const told = (command: Command): Effect.Effect<Told> =>
    execute(command).pipe(
      Effect.match({
        onSuccess: () => "accepted",
        onFailure: (failure) => (failure._tag === "Rejected" ? failure.violations[0]._tag : failure._tag)
      })
    )
  const facts = (scope: Omit<Scope, "tenant">): Effect.Effect<Facts> =>
    store.read({ ...scope, tenant }, (found) => found).pipe(Effect.orDie)
  return {
    tenant,
    store,
    inTenant,
    execute,
    by: (options: CallerOptions = {}) => caller({ ...options, tenant }),
    ask,
    told,
    /** All of them at the same time, as often as each thing was told. */
    together: (commands: ReadonlyArray<Command>) =>
      Effect.forEach(commands, told, { concurrency: "unbounded" }).pipe(Effect.map(counted)),
    facts,
    head: (id: string) => Effect.map(facts({ at: { order: OrderId.make(id) } }), (found) => found.order),
    /** What decisions on these orders read, and, where the store has a reader, everything that it tells of them. */
    snapshot: (...ids: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        const orders = ids.map((id) => OrderId.make(id))
        const read = yield* Effect.forEach(orders, (order) => facts({ at: { order }, open: 100, ...registering }))
        const told: Snapshot | null = Option.isNone(reader)
          ? null
          : yield* takeSnapshot(tenant, orders).pipe(
              Effect.provideService(LedgerStore, store),
              Effect.provideService(LedgerReader, reader.value)
            )
        return { facts: read.map((found) => ({ ...found, nextNumber: 0 })), told }
      }),
    /** Where the store has a reader, its audit finds nothing wrong, and as much as there is. */
    audited: (expected: { readonly orders?: number; readonly entries?: number } = {}) =>
      Effect.gen(function* () {
        if (Option.isNone(reader)) return
        const report = yield* reader.value.verify(tenant)
        strictEqual(report.problem, null)
        deepStrictEqual({ ...report, ...expected }, report)
      })
  }
})

const registering = { registering: { captures: [] } }

/** For what is asked of whoever reads the ledger. */
export const readableLedger = Effect.gen(function* () {
  return { ...(yield* ledger), reader: yield* LedgerReader }
})

const counted = (all: ReadonlyArray<Told>): Record<Told, number> => {
  const counts: Record<Told, number> = {}
  for (const each of all) counts[each] = (counts[each] ?? 0) + 1
  return counts
}

export const times = <A>(count: number, make: (index: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => make(index))

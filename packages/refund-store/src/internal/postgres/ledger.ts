/** The ports over one PostgreSQL database: its pools, the writer, and who reads. */
import { Context, Effect, type Scope as EffectScope, Queue } from "effect"
import type { TenantId } from "refund-core/Ids"
import { Backlog } from "refund-core/ports/Backlog"
import { Buckets } from "refund-core/ports/Buckets"
import type { Deliveries } from "refund-core/ports/Deliveries"
import type { Feed } from "refund-core/ports/Feed"
import type { Inbox } from "refund-core/ports/Inbox"
import { KeyUses } from "refund-core/ports/KeyUses"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore, type LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type DueRefund, Outbox } from "refund-core/ports/Outbox"
import { Retention } from "refund-core/ports/Retention"
import { Watch } from "refund-core/ports/Watch"
import type { PostgresLedgerOptions } from "../../PostgresLedger.ts"
import { makeBacklog } from "../backlog.ts"
import { Loader } from "../facts.ts"
import { makeKeyUses } from "../keyUses.ts"
import { leaseFor } from "../lease.ts"
import { makeMessages } from "../messages.ts"
import { makeOutbox, offer } from "../outbox.ts"
import { makeReader } from "../reader.ts"
import { makeRetention } from "../retention.ts"
import { openBuckets } from "./buckets.ts"
import { postgresDatabase } from "./database.ts"
import { asked, makeLooks } from "./looks.ts"
import { postgresMessages } from "./messageDialect.ts"
import { look as lookAround, prepare } from "./migrate.ts"
import { Numbers } from "./numbers.ts"
import { lateAfter, patiently, readAgain } from "./patience.ts"
import { makePool, type Pool, type PoolOptions, schemaOf } from "./pool.ts"
import type { Shared } from "./transaction.ts"
import { Writer } from "./writer.ts"

export type Services = LedgerStore | LedgerReader | Outbox | Feed | Deliveries | Inbox | KeyUses

export type Settled = Required<Omit<PostgresLedgerOptions, "schema">> & Pick<PostgresLedgerOptions, "schema">

/**
 * Everything that is written or read is found by an index, in its order; a plan that was made while a table was small must
 * not say otherwise.
 */
export const byIndex = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off"
}

/** Between the ledger and its connections; for tests that break them. */
export type Wrap = (pool: Pool) => Pool

export const make = (
  options: Settled,
  wrap: Wrap = (pool) => pool
): Effect.Effect<Context.Context<Services>, LedgerUnavailable, EffectScope.Scope> =>
  Effect.gen(function* () {
    // What answers next may be a server that lacks the last commits, and what was read of those is not true there.
    const known: Array<() => void> = []
    const onBroken = () => {
      for (const forget of known) forget()
    }
    const open = (connections: number, settings: PoolOptions["settings"] = {}) =>
      Effect.acquireRelease(
        Effect.sync(() => wrap(makePool({ ...options, connections, settings, onBroken }))),
        (pool) => Effect.promise(() => pool.close())
      )
    yield* Effect.try({ try: () => schemaOf(options), catch: (error) => error as LedgerUnavailable })
    const reading = yield* open(options.readers, byIndex)
    // The database may be starting, too.
    const isLate = lateAfter(options.busyMilliseconds)
    yield* asked(() => patiently(isLate, readAgain, () => prepare(reading, options)))
    const { answersEarly, place } = yield* asked(() => lookAround(reading))
    const writing = yield* open(options.writers, answersEarly ? { ...byIndex, synchronous_commit: "on" } : byIndex)

    const fresh = yield* Queue.unbounded<DueRefund>()
    const lease = leaseFor(fresh, options.leaseMilliseconds)
    const numbers: Shared["numbers"] = {
      orders: new Numbers(reading, "orders"),
      refunds: new Numbers(reading, "refunds"),
      accounts: new Numbers(reading, "accounts")
    }
    const shared: Shared = {
      ledger: place,
      tenants: new Map(),
      numbers,
      lease: options.worker ? lease : null
    }
    const writer = new Writer(
      { reading, writing },
      shared,
      options,
      (leased) => offer(fresh, leased),
      (yield* Watch).committed
    )
    const tenants = new Map<TenantId, number>()
    known.push(
      ...Object.values(numbers).map((each) => () => each.forget()),
      () => shared.tenants.clear(),
      () => writer.places.forget(),
      () => tenants.clear()
    )
    const look = makeLooks(reading, writer.places, shared.tenants, options.busyMilliseconds)
    const store = LedgerStore.of({
      transact: (scope, decide) => writer.decide(scope, decide),
      read: (scope, find) => Effect.map(look(scope), find)
    })

    const another = () => makePool({ ...options, connections: 1, settings: byIndex })
    const database = postgresDatabase({ reading, writing }, another, options.busyMilliseconds)
    const loader = new Loader()
    const outbox = makeOutbox(database, fresh, lease)
    const messages = makeMessages(database, postgresMessages, loader, lease)

    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        // What still waits may be what became of a refund or an event: it is committed before anybody else may take that.
        lease.end()
        yield* writer.drain
        yield* messages.release
        yield* Effect.ignore(outbox.release(yield* Queue.clear(fresh)))
        for (const each of Object.values(numbers)) yield* Effect.ignore(asked(() => each.leave()))
      })
    )
    return Context.make(LedgerStore, store).pipe(
      Context.add(LedgerReader, makeReader(database, loader, tenants)),
      Context.add(Outbox, outbox),
      Context.add(KeyUses, makeKeyUses(database)),
      Context.add(Backlog, makeBacklog(database)),
      Context.add(Retention, makeRetention(database)),
      Context.add(Buckets, yield* openBuckets(options)),
      Context.merge(messages.services)
    )
  })

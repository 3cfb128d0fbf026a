/** The ledger in a PostgreSQL database, which any number of processes share. */
import { randomInt } from "node:crypto"
import { Context, Effect, type Scope as EffectScope, Layer, Queue } from "effect"
import { LedgerStore, type LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { DueRefund } from "refund-core/ports/Outbox"
import { Watch } from "refund-core/ports/Watch"
import { offer } from "./internal/outbox.ts"
import { asked, makeLooks } from "./internal/postgres/looks.ts"
import { prepare } from "./internal/postgres/migrate.ts"
import { Numbers } from "./internal/postgres/numbers.ts"
import { makePool, type Pool, type PoolOptions, schemaOf } from "./internal/postgres/pool.ts"
import type { Shared } from "./internal/postgres/transaction.ts"
import { Writer } from "./internal/postgres/writer.ts"
import type { Lease } from "./internal/recordRefunds.ts"

export interface PostgresLedgerOptions {
  /** `postgres://user:password@host:port/database`, with whatever else `pg` understands in it (`?sslmode=verify-full`). */
  readonly url: string
  /** The schema that the ledger's tables are in; the database's usual one unless it is said. Made on first use. */
  readonly schema?: string
  /** This process has a worker: what its commits make due is leased to it and comes out of `Outbox.fresh`. */
  readonly worker?: boolean
  /** How long a lease lasts. Longer than a provider may take to answer. */
  readonly leaseMilliseconds?: number
  /** More decisions than this may not wait for their commit. */
  readonly queueLimit?: number
  /** At most this many decisions in one commit. */
  readonly batchLimit?: number
  /** At most this many commits under way at once, each on a connection of its own. */
  readonly writers?: number
  /** At most this many connections for all that is only read. */
  readonly readers?: number
  /** How long the database may be out of reach, or others in the way, before `LedgerUnavailable`. */
  readonly busyMilliseconds?: number
  /** A statement that takes longer is given up by the server. */
  readonly statementMilliseconds?: number
  /** As is one that waits for others for so long. */
  readonly lockMilliseconds?: number
}

const defaults = {
  worker: false,
  leaseMilliseconds: 60_000,
  queueLimit: 10_000,
  batchLimit: 128,
  writers: 4,
  readers: 6,
  busyMilliseconds: 5_000,
  statementMilliseconds: 10_000,
  lockMilliseconds: 2_000
} satisfies Partial<PostgresLedgerOptions>

/** As many refunds as this may wait for this process's worker; what comes beyond is left to any worker. */
const freshLimit = 10_000

type Settled = Required<Omit<PostgresLedgerOptions, "schema">> & Pick<PostgresLedgerOptions, "schema">

type Services = LedgerStore

export const layer = (options: PostgresLedgerOptions): Layer.Layer<Services, LedgerUnavailable> =>
  Layer.effectContext(make({ ...defaults, ...options }))

/** Everything that is written is found by an index; a plan that was made while a table was small must not say otherwise. */
const byIndex = {
  enable_seqscan: "off",
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
    const open = (connections: number, settings: PoolOptions["settings"] = {}) =>
      Effect.acquireRelease(
        Effect.sync(() => wrap(makePool({ ...options, connections, settings }))),
        (pool) => Effect.promise(() => pool.close())
      )
    yield* Effect.try({ try: () => schemaOf(options), catch: (error) => error as LedgerUnavailable })
    const reading = yield* open(options.readers)
    yield* asked(() => prepare(reading, options))
    const writing = yield* open(options.writers, byIndex)

    const fresh = yield* Queue.unbounded<DueRefund>()
    const lease: Lease = {
      by: randomInt(1, 2 ** 47),
      milliseconds: options.leaseMilliseconds,
      hasRoom: () => Queue.sizeUnsafe(fresh) < freshLimit
    }
    const numbers: Shared["numbers"] = {
      orders: new Numbers(reading, "orders"),
      refunds: new Numbers(reading, "refunds"),
      accounts: new Numbers(reading, "accounts")
    }
    const shared: Shared = {
      ledger: options.schema ?? "",
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
    const look = makeLooks(reading, writer.places, shared.tenants)
    const store = LedgerStore.of({
      transact: (scope, decide) => writer.decide(scope, decide),
      read: (scope, find) => Effect.map(look(scope), find)
    })

    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        yield* writer.drain
        for (const each of Object.values(numbers)) yield* Effect.ignore(asked(() => each.leave()))
      })
    )
    return Context.make(LedgerStore, store)
  })

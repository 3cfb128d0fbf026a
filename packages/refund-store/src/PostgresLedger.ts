/** The ledger in a PostgreSQL database, which any number of processes share. */
import { type Effect, Layer } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { make, type Services } from "./internal/postgres/ledger.ts"
import { renewed } from "./internal/postgres/renewed.ts"

export interface PostgresLedgerOptions {
  /** `postgres://user:password@host:port/database`, with whatever else `pg` understands in it (`?sslmode=verify-full`). */
  readonly url: string
  /** The schema that the ledger's tables are in, also `?schema=…` of the URL; else the database's usual one. Made on first use. */
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
  /** At most this many connections for what is read in a moment; reports have two more, and audits two. */
  readonly readers?: number
  /** How long the database may be out of reach, or others in the way, before `LedgerUnavailable`. */
  readonly busyMilliseconds?: number
  /** A statement that takes longer is given up by the server. */
  readonly statementMilliseconds?: number
  /** As is one that waits for others for so long. */
  readonly lockMilliseconds?: number
}

/** What is taken where nothing is said. */
export const defaults = {
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

/**
 * Says that the database is a copy, or was brought back from one: from now on the cursors of the other one's feed are gone,
 * and whoever follows begins again.
 */
export const newEpoch = (
  options: Pick<PostgresLedgerOptions, "url" | "schema">
): Effect.Effect<void, LedgerUnavailable> => renewed({ ...defaults, ...options })

export const layer = (options: PostgresLedgerOptions): Layer.Layer<Services, LedgerUnavailable> =>
  Layer.effectContext(make({ ...defaults, ...options }))

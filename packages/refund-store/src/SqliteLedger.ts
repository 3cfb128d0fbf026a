/** The ledger in one SQLite file, which several processes may share. */
import type { DatabaseSync } from "node:sqlite"
import { Context, Effect, type Scope as EffectScope, Layer, Queue } from "effect"
import { Backlog } from "refund-core/ports/Backlog"
import type { Deliveries } from "refund-core/ports/Deliveries"
import type { Feed } from "refund-core/ports/Feed"
import type { Inbox } from "refund-core/ports/Inbox"
import { KeyUses } from "refund-core/ports/KeyUses"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerStore, type LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type DueRefund, Outbox } from "refund-core/ports/Outbox"
import { Retention } from "refund-core/ports/Retention"
import { Watch } from "refund-core/ports/Watch"
import { Answering } from "./internal/answering.ts"
import { makeBacklog } from "./internal/backlog.ts"
import { look } from "./internal/batch/look.ts"
import { Places } from "./internal/batch/places.ts"
import { connect, obstacle, pathOf, reading, unavailable } from "./internal/connection.ts"
import { sqlite } from "./internal/dialect.ts"
import { Loader } from "./internal/facts.ts"
import { renewCopy } from "./internal/feed.ts"
import { makeKeyUses } from "./internal/keyUses.ts"
import { leaseFor } from "./internal/lease.ts"
import { sqliteMessages } from "./internal/messageDialect.ts"
import { makeMessages } from "./internal/messages.ts"
import { makeOutbox, offer } from "./internal/outbox.ts"
import { makeReader } from "./internal/reader.ts"
import { makeRetention } from "./internal/retention.ts"
import { prepare } from "./internal/schema.ts"
import { type Retried, retrying } from "./internal/slices.ts"
import { nextNumber, type Shared } from "./internal/sqlite/batch.ts"
import type { Synchronous } from "./internal/sqlite/session.ts"
import { loads } from "./internal/sqlite/statements.ts"
import { Writer } from "./internal/sqlite/writer.ts"
import { hasThread, type Writing, writingHere, writingOnThread } from "./internal/sqlite/writing.ts"
import { sqliteDatabase } from "./internal/sqliteDatabase.ts"

export interface SqliteLedgerOptions {
  /** A path or a `file:` URL; folder and file are made on first use. */
  readonly file: string
  /** `FULL` (default): what is answered survives a power cut. `OFF`: for tests. */
  readonly synchronous?: Synchronous
  /** This process has a worker: what its commits make due is leased to it and comes out of `Outbox.fresh`. */
  readonly worker?: boolean
  /** How long a lease lasts. Longer than a provider may take to answer. */
  readonly leaseMilliseconds?: number
  /** More decisions than this may not wait for their commit. */
  readonly queueLimit?: number
  /** At most this many decisions in one commit. */
  readonly batchLimit?: number
  /** How long other processes may keep the file to themselves before `LedgerUnavailable`. */
  readonly busyMilliseconds?: number
  /**
   * The file is written on a thread of its own, so that nothing else waits for SQL or the disk: for servers. What asks for
   * one thing and ends is quicker without. A bundle that has no `writerThread.js` beside it writes without, too.
   */
  readonly thread?: boolean
}

const defaults = {
  synchronous: "FULL",
  worker: false,
  leaseMilliseconds: 60_000,
  queueLimit: 10_000,
  batchLimit: 256,
  busyMilliseconds: 5_000,
  thread: false
} satisfies Partial<SqliteLedgerOptions>

type Settled = Required<SqliteLedgerOptions>

type Services = LedgerStore | LedgerReader | Outbox | Feed | Deliveries | Inbox | KeyUses

export const layer = (options: SqliteLedgerOptions): Layer.Layer<Services, LedgerUnavailable> =>
  Layer.effectContext(make({ ...defaults, ...options }))

/**
 * Says that the file is a copy, or was brought back from one: from now on the cursors of the other one's feed are gone,
 * and whoever follows begins again.
 */
export const newEpoch = (
  options: Pick<SqliteLedgerOptions, "file" | "synchronous" | "busyMilliseconds">
): Effect.Effect<void, LedgerUnavailable> => {
  const settled = { ...defaults, ...options }
  const retried = retrying(settled.busyMilliseconds)
  const renew = (db: DatabaseSync): void => {
    new Answering(db).answer(renewCopy(sqliteMessages))
  }
  return Effect.acquireUseRelease(open(settled, retried), (db) => retried(() => renew(db)), close)
}

const make = (options: Settled): Effect.Effect<Context.Context<Services>, LedgerUnavailable, EffectScope.Scope> =>
  Effect.gen(function* () {
    const retried = retrying(options.busyMilliseconds)
    const db = yield* Effect.acquireRelease(open(options, retried), close)
    const fresh = yield* Queue.unbounded<DueRefund>()
    const lease = leaseFor(fresh, options.leaseMilliseconds)
    const answering = new Answering(db)
    const loader = new Loader()
    const writing = yield* Effect.acquireRelease(openWriting(options, retried), ({ close }) => Effect.promise(close))
    const shared: Shared = { places: new Places(), tenants: new Map(), lease: options.worker ? lease : null }
    const writer = new Writer(writing, shared, options, (leased) => offer(fresh, leased), (yield* Watch).committed)
    const another = () => connect(pathOf(options.file), options.synchronous)
    const database = sqliteDatabase(answering, reading(db), writer, retried, another)
    const outbox = makeOutbox(database, fresh, lease)

    const loading = { loads, dialect: sqlite, tenants: shared.tenants }
    const store = LedgerStore.of({
      transact: (scope, decide) => writer.decide(scope, decide),
      read: (scope, find) =>
        Effect.map(
          database.read(() => look(loading, shared.places, nextNumber, scope)),
          find
        )
    })
    const reader = makeReader(database, loader)
    const messages = makeMessages(database, sqliteMessages, loader, lease)

    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        // What still waits may be what became of a refund or an event: it is committed before anybody else may take that.
        lease.end()
        yield* writer.drain
        yield* messages.release
        yield* Effect.ignore(outbox.release(yield* Queue.clear(fresh)))
        yield* writer.close
      })
    )
    return Context.make(LedgerStore, store).pipe(
      Context.add(LedgerReader, reader),
      Context.add(Outbox, outbox),
      Context.add(KeyUses, makeKeyUses(database)),
      Context.add(Backlog, makeBacklog(database)),
      Context.add(Retention, makeRetention(database)),
      Context.merge(messages.services)
    )
  })

const open = (options: Settled, retried: Retried): Effect.Effect<DatabaseSync, LedgerUnavailable> =>
  Effect.flatMap(
    retried(() => connect(pathOf(options.file), options.synchronous)),
    (db) =>
      retried(() => prepare(db)).pipe(
        Effect.as(db),
        Effect.onError(() => close(db))
      )
  )

const openWriting = (
  { busyMilliseconds, file, synchronous, thread }: Settled,
  retried: Retried
): Effect.Effect<Writing, LedgerUnavailable> =>
  thread && hasThread()
    ? Effect.tryPromise({
        try: () => writingOnThread(pathOf(file), synchronous, busyMilliseconds),
        catch: (error) => obstacle(error) ?? unavailable(`the file's thread cannot begin: ${error}`, 30)
      })
    : retried(() => writingHere(pathOf(file), synchronous))

/** The last to close the file also puts the write-ahead log's pages into it. */
const close = (db: DatabaseSync): Effect.Effect<void> => Effect.sync(() => db.close())

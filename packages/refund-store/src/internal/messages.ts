/** What goes out and comes in beside the ledger's decisions: the feed, deliveries, the inbox. */
import type { DatabaseSync } from "node:sqlite"
import { Context, Effect } from "effect"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import type { Answering } from "./answering.ts"
import type { ReadInOne } from "./connection.ts"
import { makeDeliveries } from "./deliveries.ts"
import { Endpoints } from "./endpoints.ts"
import type { Loader } from "./facts.ts"
import { Copy, makeFeed } from "./feed.ts"
import { makeInbox } from "./inbox.ts"
import { Notices } from "./notices.ts"
import type { Lease } from "./recordRefunds.ts"
import type { Retried } from "./slices.ts"
import { Tenants } from "./tenants.ts"
import type { Writer } from "./writer.ts"

export interface Messages {
  readonly services: Context.Context<Feed | Deliveries | Inbox>
  /** Gives back what this process has leased and not done. */
  readonly release: Effect.Effect<void>
}

export const makeMessages = (
  db: DatabaseSync,
  answering: Answering,
  loader: Loader,
  writer: Writer,
  readInOne: ReadInOne,
  retried: Retried,
  lease: Pick<Lease, "by" | "milliseconds">
): Messages => {
  const copy = new Copy(db)
  const notices = new Notices(db)
  const tenants = new Tenants(answering, loader)
  const endpoints = new Endpoints(db, answering, loader)
  const { release: releaseDeliveries, ...deliveries } = makeDeliveries(
    { db, writer, copy, notices, endpoints, tenants, readInOne, retried },
    lease
  )
  const { release: releaseEvents, ...inbox } = makeInbox(db, writer, tenants, retried, lease)
  return {
    services: Context.make(Feed, makeFeed(copy, notices, tenants, readInOne, retried)).pipe(
      Context.add(Deliveries, deliveries),
      Context.add(Inbox, inbox)
    ),
    release: Effect.ignore(Effect.andThen(releaseDeliveries, releaseEvents))
  }
}

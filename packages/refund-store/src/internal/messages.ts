/** What goes out and comes in beside the ledger's decisions: the feed, deliveries, the inbox. */
import { Context, Effect } from "effect"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import type { Database } from "./database.ts"
import { makeDeliveries } from "./deliveries.ts"
import { DeliveryRows } from "./deliveryRows.ts"
import { Endpoints } from "./endpoints.ts"
import type { Loader } from "./facts.ts"
import { makeFeed } from "./feed.ts"
import { makeInbox } from "./inbox.ts"
import type { Lease } from "./lease.ts"
import type { MessageDialect } from "./messageDialect.ts"
import { Notices } from "./notices.ts"

export interface Messages {
  readonly services: Context.Context<Feed | Deliveries | Inbox>
  /** Gives back what this process has leased and not done. */
  readonly release: Effect.Effect<void>
}

export const makeMessages = (
  database: Database,
  words: MessageDialect,
  loader: Loader,
  lease: Pick<Lease, "by" | "milliseconds">
): Messages => {
  const { dialect } = database
  const notices = new Notices(dialect, words)
  const endpoints = new Endpoints(dialect, words, loader)
  const rows = new DeliveryRows(dialect, words, lease)
  const beside = { database, deliveries: rows, notices, endpoints, loader }
  const { release: releaseDeliveries, ...deliveries } = makeDeliveries(beside)
  const { release: releaseEvents, ...inbox } = makeInbox(database, loader, lease)
  return {
    services: Context.make(Feed, makeFeed(database, loader, notices)).pipe(
      Context.add(Deliveries, deliveries),
      Context.add(Inbox, inbox)
    ),
    release: Effect.ignore(Effect.andThen(releaseDeliveries, releaseEvents))
  }
}

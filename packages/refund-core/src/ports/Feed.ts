/** The ledger's notifications, in the order they were committed. Nothing is kept for it: it is read from the journal. */
import { Context, type Effect, Schema } from "effect"
import type { TenantId } from "../Ids.ts"
import type { Notification } from "../Notification.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

export interface Told extends Notification {
  /** The same whenever it is read: what receivers know a repeat by. */
  readonly id: string
  /** Where to read on from, after this one. */
  readonly cursor: string
  /** Which orders' events must reach a receiver one after the other: the order's, or the account's. */
  readonly chain: string
  /** 1, 2, 3 … in its chain; several of one entry share it. */
  readonly seq: number
}

export interface FeedPage {
  /** Oldest first. Muted ones are among them only where asked for. */
  readonly events: ReadonlyArray<Told>
  /** Where the next page begins, also where this one has no events. */
  readonly next: string
}

/** The cursor is of another copy of the ledger, or of one restored since. `start` is where to begin anew. */
export class CursorGone extends Schema.TaggedError<CursorGone>()("CursorGone", { start: Schema.String }) {
  override get message(): string {
    return "the cursor is not of this ledger; begin again"
  }
}

export class Feed extends Context.Service<
  Feed,
  {
    /** `after` null: from the beginning. Never skips an event that was committed late. */
    readonly read: (
      tenant: TenantId,
      after: string | null,
      options: { readonly limit: number; readonly muted: boolean }
    ) => Effect.Effect<FeedPage, LedgerUnavailable | CursorGone>
    /** The cursor of now: what comes after it is new. */
    readonly end: (tenant: TenantId) => Effect.Effect<string, LedgerUnavailable>
  }
>()("refund-core/ports/Feed") {}

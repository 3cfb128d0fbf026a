/** What providers told us, kept before it is acted on: each event once, and nothing is dropped. */
import { Context, type Effect } from "effect"
import type { Instant, TenantId } from "../Ids.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"
import type { ProviderNews } from "./ProviderNews.ts"

/** `new`: to be applied. `applied`: it was, or changed nothing. `parked`: a person has to look at it, or it waits for another refund. */
export type InboxState = "new" | "applied" | "parked"

export interface InboxEvent {
  readonly id: number
  readonly tenant: TenantId
  readonly provider: string
  readonly news: ProviderNews
  readonly receivedAt: Instant
  readonly state: InboxState
  readonly tries: number
  /** What came of it, or why it is parked. */
  readonly detail: string | null
  /** When it is tried again; null: only when somebody asks. */
  readonly dueAt: Instant | null
}

export class Inbox extends Context.Service<
  Inbox,
  {
    /** Durable when it answers; an event that is there already is left as it is. Answers those to be applied now, leased. */
    readonly put: (
      tenant: TenantId,
      provider: string,
      news: ReadonlyArray<ProviderNews>,
      receivedAt: Instant
    ) => Effect.Effect<ReadonlyArray<InboxEvent>, LedgerUnavailable>
    /** Leases what is due: new ones that another process left behind, parked ones whose time has come. */
    readonly take: (limit: number) => Effect.Effect<ReadonlyArray<InboxEvent>, LedgerUnavailable>
    readonly done: (
      event: Pick<InboxEvent, "id">,
      result: { readonly state: InboxState; readonly detail: string | null; readonly dueAt: Instant | null }
    ) => Effect.Effect<void, LedgerUnavailable>
    /** Newest first. */
    readonly list: (
      tenant: TenantId,
      filter: { readonly state?: InboxState; readonly provider?: string },
      page: { readonly limit: number; readonly before: number | null }
    ) => Effect.Effect<ReadonlyArray<InboxEvent>, LedgerUnavailable>
    /** Tries a parked one again, at once. False: there is none of that number. */
    readonly retry: (tenant: TenantId, id: number) => Effect.Effect<boolean, LedgerUnavailable>
  }
>()("refund-core/ports/Inbox") {}

/** What providers told us: `GET /v1/inbox`. */
import { Result, Schema } from "effect"
import type { InboxEvent } from "refund-core/ports/Inbox"
import { rejected } from "refund-core/Violation"
import { fieldsToJson } from "./Fields.ts"
import { beforeOf, limitOf, nextOf, pageBefore, pageLimit } from "./Page.ts"
import { faultOf, type Problem } from "./Problem.ts"
import { decoder, named } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

const InboxState = Schema.Literals(["new", "applied", "parked"])

export const InboxEventBody = Schema.Struct({
  id: Schema.Int,
  provider: Schema.String,
  /** The provider's own name for the event. */
  eventId: Schema.String,
  /** By the provider's own time. */
  at: Time,
  receivedAt: Time,
  state: InboxState,
  tries: Schema.Int,
  /** What came of it, or why it is parked. */
  detail: Schema.NullOr(Schema.String),
  /** When it is tried again; null: only when somebody asks. */
  dueAt: Schema.NullOr(Time),
  /** `refund`, `dispute`, `other` or `unreadable`. */
  kind: Schema.String,
  /** What it says, in the ledger's words. */
  about: Schema.Record(Schema.String, Schema.Unknown)
}).annotate({ identifier: "InboxEvent" })
export type InboxEventBody = typeof InboxEventBody.Type

export const InboxBody = Schema.Struct({
  events: Schema.Array(InboxEventBody),
  next: Schema.NullOr(Schema.String)
})
export type InboxBody = typeof InboxBody.Type

export const InboxQuery = Schema.Struct({
  state: Schema.optionalKey(InboxState),
  provider: Schema.optionalKey(named),
  limit: Schema.optionalKey(pageLimit),
  before: Schema.optionalKey(pageBefore)
})
export type InboxQueryJson = typeof InboxQuery.Encoded

const decode = decoder(InboxQuery)

export const toInboxQuery = (query: unknown) =>
  decode(query).pipe(
    Result.mapError(rejected),
    Result.map(({ before, limit, ...filter }) => ({
      filter,
      page: { limit: limitOf(limit), before: beforeOf(before) }
    }))
  )

const tag: ReadonlySet<string> = new Set(["_tag"])

const eventToJson = (event: InboxEvent): typeof InboxEventBody.Encoded => ({
  id: event.id,
  provider: event.provider,
  eventId: event.news.eventId,
  at: timeToJson(event.news.at),
  receivedAt: timeToJson(event.receivedAt),
  state: event.state,
  tries: event.tries,
  detail: event.detail,
  dueAt: event.dueAt === null ? null : timeToJson(event.dueAt),
  kind: event.news.about._tag,
  about: fieldsToJson(event.news.about, tag)
})

export const inboxToJson = (events: ReadonlyArray<InboxEvent>, limit: number): typeof InboxBody.Encoded => ({
  events: events.map(eventToJson),
  next: nextOf(events, limit)
})

/** It will be tried again. */
export const RetriedBody = Schema.Struct({ id: Schema.Int })
export type RetriedBody = typeof RetriedBody.Type

export const noParked = (id: string): Problem =>
  faultOf("InboxEventNotFound", `No event ${JSON.stringify(id.slice(0, 64))} is parked`)

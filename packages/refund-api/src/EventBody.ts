/** What the ledger tells of its own accord: `GET /v1/events`, and what webhooks carry. */
import { Result, Schema } from "effect"
import type { Event } from "refund-core/Event"
import { listens, type Notification, notificationTypes } from "refund-core/Notification"
import type { FeedPage, Told } from "refund-core/ports/Feed"
import { Destination, Origin, type Refund, RefundState, RefundType } from "refund-core/Refund"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor, minorToJson } from "./Amount.ts"
import { type FieldsJson, fieldsToJson } from "./Fields.ts"
import { limitOf, pageLimit } from "./Page.ts"
import { decoder, named } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

const text = Schema.NullOr(Schema.String)

/** What was decided when it was requested: it reads the same however late. */
export const ToldRefund = Schema.Struct({
  id: Schema.String,
  groupId: Schema.String,
  number: Schema.Int,
  orderId: Schema.String,
  captureId: text,
  customerId: text,
  type: RefundType,
  destination: Destination,
  amount: Minor,
  currency: Schema.String,
  provider: text,
  origin: Origin,
  reference: text,
  requiresApproval: Schema.Boolean,
  requestedBy: Schema.String,
  door: Schema.String,
  createdAt: Time
}).annotate({ identifier: "ToldRefund" })
export type ToldRefundJson = typeof ToldRefund.Encoded

const told = {
  type: Schema.Literals(notificationTypes),
  /** When it was recorded. */
  at: Time,
  orderId: text,
  customerId: text,
  /** The state that the refund came to; null: it is about no refund. */
  state: Schema.NullOr(RefundState),
  /** Asked for with `skipEvents`: shown only to who asks for it. */
  muted: Schema.Boolean,
  refund: Schema.NullOr(ToldRefund),
  /** What happened, in its own fields: the provider's reference, a decline's code, an amount … */
  details: Schema.Record(Schema.String, Schema.Unknown)
}

export const EventBody = Schema.Struct({
  /** The same whenever it is read, and on every delivery: what a repeat is known by. */
  id: Schema.String,
  /** Read on from here, after this one. */
  cursor: Schema.String,
  /** `order:<id>` or `credit:<currency>:<customer>`; its events are in the order of `sequence`. */
  chain: Schema.String,
  sequence: Schema.Int,
  ...told
}).annotate({ identifier: "Event" })
export type EventBody = typeof EventBody.Type
export type EventJson = typeof EventBody.Encoded

/** `GET /v1/events`. `next` is where the next page begins; the same as `after` where there is nothing new. */
export const EventsBody = Schema.Struct({ events: Schema.Array(EventBody), next: Schema.String }).annotate({
  identifier: "EventPage"
})
export type EventsBody = typeof EventsBody.Type
export type EventsJson = typeof EventsBody.Encoded

/** One in a refund's story: without its place in the feed. */
export const NotificationBody = Schema.Struct({ chain: Schema.String, sequence: Schema.Int, ...told }).annotate({
  identifier: "Notification"
})
export type NotificationBody = typeof NotificationBody.Type
export type NotificationJson = typeof NotificationBody.Encoded

const isPattern = (pattern: string): boolean =>
  /^(?:\*|[a-z]+\.(?:\*|[a-z_]+))$/.test(pattern) && notificationTypes.some((type) => listens([pattern], type))

/** `refund.settled`, `refund.*` or `*`: what no event is ever called is refused. */
const pattern = { message: `a type of event, such as ${notificationTypes[1]}, refund.* or *` }
export const EventPattern = Schema.String.annotate(pattern).check(Schema.makeFilter(isPattern, pattern))

const patterns = {
  message: "types of events, separated by commas, such as refund.settled,credit.*"
}

export const EventQuery = Schema.Struct({
  after: Schema.optionalKey(named),
  limit: Schema.optionalKey(pageLimit),
  types: Schema.optionalKey(
    Schema.String.annotate(patterns).check(Schema.makeFilter((types) => types.split(",").every(isPattern), patterns))
  ),
  muted: Schema.optionalKey(Schema.Literals(["true", "false"]).annotate({ message: "true or false" }))
})
/** Everything is text in a query. */
export type EventQueryJson = typeof EventQuery.Encoded

export interface EventsQuery {
  /** Null: from the beginning. */
  readonly after: string | null
  readonly limit: number
  readonly types: ReadonlyArray<string>
  readonly muted: boolean
}

const decode = decoder(EventQuery)

export const toEventsQuery = (query: unknown): Result.Result<EventsQuery, Rejected> =>
  decode(query).pipe(
    Result.mapError(rejected),
    Result.map(({ after, limit, muted, types }) => ({
      after: after ?? null,
      limit: limitOf(limit),
      types: types === undefined ? ["*"] : types.split(","),
      muted: muted === "true"
    }))
  )

export const eventsToJson = ({ events, next }: FeedPage, types: ReadonlyArray<string> = ["*"]): EventsJson => ({
  events: events.filter(({ type }) => listens(types, type)).map(eventToJson),
  next
})

export const eventToJson = (event: Told): EventJson => ({
  id: event.id,
  cursor: event.cursor,
  chain: event.chain,
  sequence: event.seq,
  ...toldToJson(event)
})

export const notificationToJson = (notification: Notification, chain: string, sequence: number): NotificationJson => ({
  chain,
  sequence,
  ...toldToJson(notification)
})

const toldToJson = ({ at, customerId, event, muted, orderId, refund, state, type }: Notification) => ({
  type,
  at: timeToJson(at),
  orderId,
  customerId,
  state,
  muted,
  refund: refund === null ? null : toldRefund(refund),
  details: detailsOf(event)
})

const toldRefund = (refund: Refund): ToldRefundJson => ({
  id: refund.id,
  groupId: refund.groupId,
  number: refund.number,
  orderId: refund.orderId,
  captureId: refund.captureId,
  customerId: refund.customerId,
  type: refund.type,
  destination: refund.destination,
  amount: minorToJson(refund.amount),
  currency: refund.currency,
  provider: refund.provider,
  origin: refund.origin,
  reference: refund.reference,
  requiresApproval: refund.requiresApproval,
  requestedBy: refund.requestedBy,
  door: refund.door,
  createdAt: timeToJson(refund.requestedAt)
})

/** The journal's own names; the refund, its key and its texts are said elsewhere, or to nobody. */
const detailsOf = (event: Event): FieldsJson => fieldsToJson(event, said)
const said: ReadonlySet<string> = new Set(["_tag", "refund", "key", "texts", "refundId", "orderId", "customerId"])

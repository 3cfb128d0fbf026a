/** Where a tenant has its events sent, and what became of each delivery. */
import { Result, Schema } from "effect"
import type { Delivery } from "refund-core/ports/Deliveries"
import { Endpoint } from "refund-core/Settings"
import { type Rejected, rejected } from "refund-core/Violation"
import { EventBody, EventPattern, eventToJson } from "./EventBody.ts"
import { beforeOf, limitOf, nextOf, pageBefore, pageLimit } from "./Page.ts"
import { faultOf, type Problem } from "./Problem.ts"
import { decoder, flag, optional } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

const longest = 2048

/** A name and password in it would be in the journal for good. */
const isAddress = (text: string): boolean => {
  const url = text.length <= longest ? URL.parse(text) : null
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
}
const address = { message: "an https: or http: address, without a name and password in it" }

const nonEmpty = { message: "a list of at least one type of event, at most 50" }

/** `PUT /v1/webhook-endpoints/{id}`, and `POST /v1/webhook-endpoints`, which draws the id. */
export const EndpointUpdate = Schema.Struct({
  url: Schema.String.annotate(address).check(Schema.makeFilter(isAddress, address)),
  events: Schema.Array(EventPattern)
    .annotate(nonEmpty)
    .check(Schema.makeFilter((events) => events.length > 0 && events.length <= 50, nonEmpty)),
  /** Absent: Standard Webhooks. */
  form: optional(Endpoint.fields.form),
  /** Absent: it is. */
  enabled: optional(flag)
})
export type EndpointUpdateJson = typeof EndpointUpdate.Encoded

export const EndpointBody = Schema.Struct({
  id: Schema.String,
  url: Schema.String,
  events: Schema.Array(Schema.String),
  form: Endpoint.fields.form,
  enabled: Schema.Boolean,
  /** How many secrets sign: two while receivers change over to a new one. */
  secrets: Schema.Int,
  /** Only where it was just made, and nowhere again: a receiver checks signatures with it. */
  secret: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "Endpoint" })
export type EndpointBody = typeof EndpointBody.Type
export type EndpointJson = typeof EndpointBody.Encoded

export const EndpointsBody = Schema.Struct({ endpoints: Schema.Array(EndpointBody) })
export type EndpointsBody = typeof EndpointsBody.Type

/** Of an endpoint, what its owner says. */
export type EndpointWish = Pick<Endpoint, "url" | "events" | "form" | "enabled">

const decodeUpdate = decoder(EndpointUpdate)

export const toEndpointWish = (body: unknown): Result.Result<EndpointWish, Rejected> =>
  decodeUpdate(body).pipe(
    Result.mapError(rejected),
    Result.map(({ enabled, events, form, url }) => ({
      url,
      events,
      form: form ?? "standard",
      enabled: enabled ?? true
    }))
  )

const isName = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)

/** An endpoint's name stands in paths. */
export const toEndpointId = (id: string): Result.Result<string, Rejected> =>
  isName(id)
    ? Result.succeed(id)
    : Result.fail(
        rejected([{ _tag: "Malformed", path: "id", expected: "1 to 64 letters, digits, dots, dashes or underscores" }])
      )

export const endpointToJson = (endpoint: Endpoint, secret: string | null = null): EndpointJson => ({
  id: endpoint.id,
  url: endpoint.url,
  events: endpoint.events,
  form: endpoint.form,
  enabled: endpoint.enabled,
  secrets: endpoint.secretHashes.length,
  ...(secret === null ? {} : { secret })
})

export const endpointsToJson = (endpoints: ReadonlyArray<Endpoint>): typeof EndpointsBody.Encoded => ({
  endpoints: endpoints.map((endpoint) => endpointToJson(endpoint))
})

/** What no endpoint, or no delivery, is called. */
export const noEndpoint = (id: string): Problem => faultOf("EndpointNotFound", `No webhook endpoint ${quoted(id)}`)
export const noDelivery = (id: string): Problem => faultOf("DeliveryNotFound", `No delivery ${quoted(id)}`)

const quoted = (id: string): string => JSON.stringify(id.slice(0, 64))

const DeliveryState = Schema.Literals(["waiting", "delivered", "dead"])

export const DeliveryBody = Schema.Struct({
  id: Schema.Int,
  endpointId: Schema.String,
  state: DeliveryState,
  tries: Schema.Int,
  /** When it is tried next; null: it is not. */
  dueAt: Schema.NullOr(Time),
  lastAt: Schema.NullOr(Time),
  /** What the receiver said last: a status, or why none came. */
  lastAnswer: Schema.NullOr(Schema.String),
  event: EventBody
}).annotate({ identifier: "Delivery" })
export type DeliveryBody = typeof DeliveryBody.Type

export const DeliveriesBody = Schema.Struct({
  deliveries: Schema.Array(DeliveryBody),
  next: Schema.NullOr(Schema.String)
})
export type DeliveriesBody = typeof DeliveriesBody.Type

export const DeliveryQuery = Schema.Struct({
  state: Schema.optionalKey(DeliveryState),
  limit: Schema.optionalKey(pageLimit),
  before: Schema.optionalKey(pageBefore)
})
export type DeliveryQueryJson = typeof DeliveryQuery.Encoded

const decodeQuery = decoder(DeliveryQuery)

export const toDeliveriesQuery = (query: unknown) =>
  decodeQuery(query).pipe(
    Result.mapError(rejected),
    Result.map(({ before, limit, state }) => ({
      filter: state === undefined ? {} : { state },
      page: { limit: limitOf(limit), before: beforeOf(before) }
    }))
  )

const time = (instant: number | null): string | null => (instant === null ? null : timeToJson(instant))

const deliveryToJson = (delivery: Delivery): typeof DeliveryBody.Encoded => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  state: delivery.state,
  tries: delivery.tries,
  dueAt: time(delivery.dueAt),
  lastAt: time(delivery.lastAt),
  lastAnswer: delivery.lastAnswer,
  event: eventToJson(delivery.told)
})

export const deliveriesToJson = (
  deliveries: ReadonlyArray<Delivery>,
  limit: number
): typeof DeliveriesBody.Encoded => ({
  deliveries: deliveries.map(deliveryToJson),
  next: nextOf(deliveries, limit)
})

/** How many deliveries will be sent again. */
export const ReplayedBody = Schema.Struct({ replayed: Schema.Int })
export type ReplayedBody = typeof ReplayedBody.Type

/** Of a file: the events it tells, where they are sent, and what providers told it. */
import { Effect } from "effect"
import {
  DeliveriesBody,
  deliveriesToJson,
  EndpointBody,
  EndpointsBody,
  endpointsToJson,
  endpointToJson,
  noDelivery,
  noEndpoint,
  toDeliveriesQuery,
  toEndpointId,
  toEndpointWish
} from "refund-api/EndpointBody"
import { EventsBody, eventsToJson, toEventsQuery } from "refund-api/EventBody"
import { InboxBody, inboxToJson, noParked, toInboxQuery } from "refund-api/InboxBody"
import { numberOf } from "refund-api/Page"
import { cursorGone, type Problem } from "refund-api/Problem"
import type { Caller } from "refund-core/Command"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import { Refunds } from "refund-core/Refunds"
import * as Endpoints from "refund-service/Endpoints"
import { freshId } from "refund-service/freshIds"
import { permitted } from "refund-service/permitted"
import { Refused } from "./failures.ts"
import { reading } from "./reading.ts"

const no = (problem: Problem) => Effect.fail(new Refused({ problem }))

const readEvents = reading(EventsBody)
export const events = Effect.fnUntraced(function* (caller: Caller, query: unknown) {
  const asked = yield* Effect.fromResult(toEventsQuery(query))
  yield* permitted(caller, "refunds:read")
  if (asked.muted) yield* permitted(caller, "reports:read")
  const feed = yield* Feed
  const after = asked.after === "now" ? yield* feed.end(caller.tenant) : asked.after
  const page = yield* feed
    .read(caller.tenant, after, asked)
    .pipe(Effect.catchTag("CursorGone", (gone) => no(cursorGone(gone))))
  return readEvents(eventsToJson(page, asked.types))
})

const readEndpoint = reading(EndpointBody)
const readEndpoints = reading(EndpointsBody)

export const endpoints = (caller: Caller) =>
  Refunds.use((refunds) => Effect.map(refunds.endpoints(caller), (all) => readEndpoints(endpointsToJson(all))))

/** `id` null: it is given one. */
export const putEndpoint = Effect.fnUntraced(function* (caller: Caller, id: string | null, body: unknown) {
  const named = id === null ? Endpoints.nameOf(freshId()) : yield* Effect.fromResult(toEndpointId(id))
  const wish = yield* Effect.fromResult(toEndpointWish(body))
  const { endpoint, secret } = yield* Endpoints.put(caller, named, wish)
  return readEndpoint(endpointToJson(endpoint, secret))
})

export const removeEndpoint = Effect.fnUntraced(function* (caller: Caller, id: string) {
  if (!(yield* Endpoints.remove(caller, id))) return yield* no(noEndpoint(id))
})

type Change = typeof Endpoints.rotate | typeof Endpoints.dropOldSecret

export const secrets = (change: Change) =>
  Effect.fnUntraced(function* (caller: Caller, id: string) {
    const kept = yield* change(caller, id)
    return kept === null ? yield* no(noEndpoint(id)) : readEndpoint(endpointToJson(kept.endpoint, kept.secret))
  })

const readDeliveries = reading(DeliveriesBody)

export const deliveries = Effect.fnUntraced(function* (caller: Caller, id: string, query: unknown) {
  const { filter, page } = yield* Effect.fromResult(toDeliveriesQuery(query))
  const found = yield* Endpoints.deliveriesOf(caller, id, filter, page)
  return found === null ? yield* no(noEndpoint(id)) : readDeliveries(deliveriesToJson(found, page.limit))
})

export const replayEndpoint = Effect.fnUntraced(function* (caller: Caller, id: string) {
  const replayed = yield* Endpoints.replay(caller, id)
  return replayed === null ? yield* no(noEndpoint(id)) : { replayed }
})

export const replayDelivery = Effect.fnUntraced(function* (caller: Caller, id: string) {
  yield* permitted(caller, "webhooks:manage")
  const kept = yield* Deliveries
  const delivery = numberOf(id)
  const replayed = delivery === null ? 0 : yield* kept.replay(caller.tenant, { delivery })
  return replayed === 0 ? yield* no(noDelivery(id)) : { replayed }
})

const readInbox = reading(InboxBody)

export const inbox = Effect.fnUntraced(function* (caller: Caller, query: unknown) {
  const { filter, page } = yield* Effect.fromResult(toInboxQuery(query))
  yield* permitted(caller, "refunds:read")
  const kept = yield* Inbox
  return readInbox(inboxToJson(yield* kept.list(caller.tenant, filter, page), page.limit))
})

export const retryInbox = Effect.fnUntraced(function* (caller: Caller, asked: string) {
  yield* permitted(caller, "refunds:resolve")
  const kept = yield* Inbox
  const id = numberOf(asked)
  return id !== null && (yield* kept.retry(caller.tenant, id)) ? { id } : yield* no(noParked(asked))
})

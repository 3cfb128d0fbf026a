/** Where events are sent, and what became of each delivery. */
import { Effect } from "effect"
import {
  deliveriesToJson,
  endpointsToJson,
  endpointToJson,
  noDelivery,
  noEndpoint,
  type ReplayedBody,
  toDeliveriesQuery,
  toEndpointId,
  toEndpointWish
} from "refund-api/EndpointBody"
import { numberOf } from "refund-api/Page"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Refunds } from "refund-core/Refunds"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import * as Endpoints from "refund-service/Endpoints"
import { permitted } from "refund-service/permitted"
import { noContent, ok, problem, route, withDecoded } from "./nativeAnswers.ts"

const idOf = ({ params }: WireRequest): string => params["id"] ?? ""

const unknown = (request: WireRequest): WireAnswer => problem(noEndpoint(idOf(request)))

const listEndpoints = Effect.fnUntraced(function* ({ caller }: WireRequest) {
  const refunds = yield* Refunds
  return ok(endpointsToJson(yield* refunds.endpoints(caller)))
})

/** A secret that was just made is in the answer, and nowhere after. */
const put = (request: WireRequest, id: string) =>
  withDecoded(toEndpointWish(request.body), (wish) =>
    Effect.map(Endpoints.put(request.caller, id, wish), ({ endpoint, secret }): WireAnswer => {
      const location = { location: `/v1/webhook-endpoints/${endpoint.id}` }
      const status = secret === null ? 200 : 201
      return { status, headers: location, body: endpointToJson(endpoint, secret) }
    })
  )

const addEndpoint = (request: WireRequest) => put(request, Endpoints.nameOf(request.freshId()))

const putEndpoint = (request: WireRequest) => withDecoded(toEndpointId(idOf(request)), (id) => put(request, id))

const removeEndpoint = (request: WireRequest) =>
  Effect.map(Endpoints.remove(request.caller, idOf(request)), (removed) => (removed ? noContent : unknown(request)))

const secrets = (change: typeof Endpoints.rotate | typeof Endpoints.dropOldSecret) => (request: WireRequest) =>
  Effect.map(change(request.caller, idOf(request)), (kept) =>
    kept === null ? unknown(request) : ok(endpointToJson(kept.endpoint, kept.secret))
  )

const listDeliveries = (request: WireRequest) =>
  withDecoded(toDeliveriesQuery(request.query), ({ filter, page }) =>
    Effect.map(Endpoints.deliveriesOf(request.caller, idOf(request), filter, page), (deliveries) =>
      deliveries === null ? unknown(request) : ok(deliveriesToJson(deliveries, page.limit))
    )
  )

const replayed = (count: number): WireAnswer => ok({ replayed: count } satisfies ReplayedBody)

const replayEndpoint = (request: WireRequest) =>
  Effect.map(Endpoints.replay(request.caller, idOf(request)), (count) =>
    count === null ? unknown(request) : replayed(count)
  )

const replayDelivery = Effect.fnUntraced(function* (request: WireRequest) {
  const { caller } = request
  yield* permitted(caller, "webhooks:manage")
  const deliveries = yield* Deliveries
  const delivery = numberOf(idOf(request))
  const count = delivery === null ? 0 : yield* deliveries.replay(caller.tenant, { delivery })
  return count === 0 ? problem(noDelivery(idOf(request))) : replayed(count)
})

const endpoint = "/v1/webhook-endpoints/:id"

export const endpointRoutes = [
  route("GET", "/v1/webhook-endpoints", listEndpoints),
  route("POST", "/v1/webhook-endpoints", addEndpoint),
  route("PUT", endpoint, putEndpoint),
  route("DELETE", endpoint, removeEndpoint),
  route("POST", `${endpoint}/rotate`, secrets(Endpoints.rotate)),
  route("DELETE", `${endpoint}/old-secret`, secrets(Endpoints.dropOldSecret)),
  route("GET", `${endpoint}/deliveries`, listDeliveries),
  route("POST", `${endpoint}/replay`, replayEndpoint),
  route("POST", "/v1/deliveries/:id/replay", replayDelivery)
]

/** What every test of deliveries starts from: a tenant with orders and endpoints. */
import type { Layer } from "effect"
import { Effect } from "effect"
import { Deliveries, type Delivery, type DeliveryState } from "refund-core/ports/Deliveries"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import type { Endpoint } from "refund-core/Settings"
import { attemptId, begin, capture, order, refundId, register, request } from "../../build.ts"
import { endpoint, removeEndpoint, setEndpoint } from "../../buildSettings.ts"
import { ledger, type StoreOptions } from "./ledger.ts"

export type Services = LedgerStore | Deliveries
export type DeliveriesLayer = (options: StoreOptions) => Layer.Layer<Services, unknown>

type Told = Pick<Delivery, "endpointId" | "told">
export const brief = (all: ReadonlyArray<Told>): ReadonlyArray<string> =>
  all.map((each) => `${each.endpointId} ${each.told.chain} ${each.told.type}`)

/** A tenant of its own, and what its tests say. */
export const shop = Effect.gen(function* () {
  const own = yield* ledger
  const deliveries = yield* Deliveries
  const { ask, tenant } = own
  const toldNow = Effect.map(Effect.andThen(deliveries.fanOut(100), deliveries.take(100)), brief)
  return {
    ...own,
    ...deliveries,
    set: (id: string, options: Partial<Omit<Endpoint, "id">> = {}) => ask(setEndpoint(endpoint(id, options))),
    remove: (id: string) => ask(removeEndpoint(id)),
    /** An order with a refund of that number. */
    refunded: (number: number) =>
      Effect.andThen(
        ask(register(order({ captures: [capture(`c-${number}`)] }), { id: `o-${number}` })),
        ask(request({ amount: 10n, id: refundId(number), order: `o-${number}` }))
      ),
    begun: (number: number) => ask(begin(refundId(number), attemptId(number))),
    /** What is to be sent now. */
    toldNow,
    /** Sends what is due, with this result. */
    sent: (state: DeliveryState = "delivered") =>
      Effect.flatMap(deliveries.take(100), (taken) =>
        Effect.as(
          Effect.forEach(taken, (each) => deliveries.done(each, { state, dueAt: 0, answer: "said" })),
          brief(taken)
        )
      ),
    all: (filter: { readonly endpointId?: string; readonly state?: DeliveryState } = {}) =>
      deliveries.list(tenant, filter, { limit: 100, before: null })
  }
})

/** Each test opens a store of its own: what is due is shared by all tenants. */
export const overOf =
  (storeLayer: DeliveriesLayer) =>
  <A>(test: Effect.Effect<A, unknown, Services>, options: StoreOptions = {}) =>
    test.pipe(Effect.provide(storeLayer(options)))

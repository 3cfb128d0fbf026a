/** Deliveries: noted from the journal, leased by the database's own clock, in each chain the oldest before the next. */
import { Effect } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { Addressee, Deliveries, Delivery, DueDelivery } from "refund-core/ports/Deliveries"
import type { Told } from "refund-core/ports/Feed"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Asking } from "./ask.ts"
import type { DeliveryRow } from "./deliveryRows.ts"
import type { Listener } from "./endpoints.ts"
import { Known } from "./facts.ts"
import { type Beside, makeFanOut } from "./fanOut.ts"
import { epochOfCopy } from "./feed.ts"
import { placeOf } from "./notices.ts"
import { secretsOf, setSecrets } from "./secrets.ts"
import { nextTurn } from "./slices.ts"
import { madeTenant, tenantNumber } from "./tenants.ts"
import { newestFirst } from "./windows.ts"

type Service = (typeof Deliveries)["Service"]

/** Dead deliveries that are brought back in one transaction. */
const replayedAtOnce = 200

/** Deliveries as they are read: inside a transaction, with what the journal tells of them. */
class Reading {
  readonly #beside

  constructor(beside: Beside) {
    this.#beside = beside
  }

  *#toldIn(found: ReadonlyArray<DeliveryRow>): Asking<(each: DeliveryRow) => Told> {
    const told = yield* this.#beside.notices.at(yield* epochOfCopy(), found)
    return (each) => {
      const known = told.get(placeOf(each))
      if (known === undefined) throw new Error(`the journal tells nothing of delivery number ${each.no}`)
      return known
    }
  }

  *able(except: ReadonlyArray<Addressee>): Asking<ReadonlyArray<Listener>> {
    const isLeft = ({ endpoint, tenantId }: Listener): boolean =>
      except.some((each) => each.endpointId === endpoint.id && each.tenant === tenantId)
    const able = (yield* this.#beside.endpoints.listeners()).filter((listener) => !isLeft(listener))
    const numbers = new Set(yield* this.#beside.deliveries.anyDue(able.map((listener) => listener.no)))
    return able.filter((listener) => numbers.has(listener.no))
  }

  *due(leased: ReadonlyArray<DeliveryRow>, listeners: ReadonlyArray<Listener>): Asking<ReadonlyArray<DueDelivery>> {
    const told = yield* this.#toldIn(leased)
    const due: Array<DueDelivery> = []
    for (const each of leased) {
      const of = listeners.find((listener) => listener.no === each.endpoint)
      if (of === undefined) continue
      const { endpoint, tenant, tenantId } = of
      const delivery = toDelivery(each, tenantId, endpoint.id, told(each))
      due.push({ ...delivery, endpoint, secrets: yield* secretsOf(tenant, endpoint.id) })
    }
    return due
  }

  *shown(
    tenant: TenantId,
    ids: ReadonlyMap<number, string>,
    found: Asking<ReadonlyArray<DeliveryRow>>
  ): Asking<ReadonlyArray<Delivery>> {
    const read = yield* found
    const told = yield* this.#toldIn(read)
    return read.map((each) => toDelivery(each, tenant, ids.get(each.endpoint) ?? "", told(each)))
  }

  /** The endpoints that a list may be of, by number, and the number that it ends with. */
  *listed(tenant: TenantId, endpointId: string | undefined) {
    const { deliveries, endpoints, loader } = this.#beside
    const no = yield* tenantNumber(loader, new Known(), tenant)
    const all = no === null ? [] : [...(yield* endpoints.idsOf(no))]
    const ids = new Map(all.filter(([, id]) => endpointId === undefined || id === endpointId))
    return { ids, last: yield* deliveries.lastNumber() }
  }

  /** Nothing is sent again to an endpoint that is no more. */
  *numbersOf(tenant: TenantId): Asking<ReadonlyMap<number, string>> {
    const { endpoints, loader } = this.#beside
    const no = yield* tenantNumber(loader, new Known(), tenant)
    const numbers = new Map<number, string>()
    if (no === null) return numbers
    for (const [number, id] of yield* endpoints.idsOf(no)) {
      if ((yield* endpoints.find(no, id)) !== undefined) numbers.set(number, id)
    }
    return numbers
  }
}

/** `release` gives back what this process has leased. */
export const makeDeliveries = (
  beside: Beside
): Service & { readonly release: Effect.Effect<void, LedgerUnavailable> } => {
  const { database, deliveries, loader } = beside
  const { read, write } = database
  const reading = new Reading(beside)
  let hasLeased = false

  const take = (limit: number, except: ReadonlyArray<Addressee> = []) =>
    Effect.gen(function* () {
      const listeners = yield* read(() => reading.able(except))
      if (listeners.length === 0) return []
      hasLeased = true
      const leased = yield* write(() => deliveries.lease(listeners, limit))
      return yield* read(() => reading.due(leased, listeners))
    })

  const list: Service["list"] = (tenant, { endpointId, state = null }, { before, limit }) =>
    Effect.gen(function* () {
      const { ids, last } = yield* read(() => reading.listed(tenant, endpointId))
      const numbers = [...ids.keys()]
      if (numbers.length === 0) return []
      const top = Math.min(before ?? Number.POSITIVE_INFINITY, last + 1)
      if (state === "waiting" || state === "dead") {
        return yield* read(() => reading.shown(tenant, ids, deliveries.open(numbers, state, top, limit)))
      }
      const look = (from: number, before: number, wanted: number) =>
        read(() => reading.shown(tenant, ids, deliveries.among(numbers, state, [from, before], wanted)))
      return yield* newestFirst(look, top, limit)
    })

  function* replayOne(tenant: TenantId, delivery: number): Asking<number> {
    const endpoint = yield* deliveries.endpointOf(delivery)
    if (endpoint === undefined || !(yield* reading.numbersOf(tenant)).has(endpoint)) return 0
    yield* deliveries.again(delivery)
    return 1
  }

  function* replaySome(tenant: TenantId, endpointId: string): Asking<number> {
    const [endpoint] = [...(yield* reading.numbersOf(tenant))].find(([, id]) => id === endpointId) ?? []
    if (endpoint === undefined) return 0
    const dead = yield* deliveries.oldestDead(endpoint, replayedAtOnce)
    for (const no of dead) yield* deliveries.again(no)
    return dead.length
  }

  const replayDead = (tenant: TenantId, endpointId: string, before = 0): Effect.Effect<number, LedgerUnavailable> =>
    Effect.flatMap(
      write(() => replaySome(tenant, endpointId)),
      (count) =>
        count < replayedAtOnce
          ? Effect.succeed(before + count)
          : Effect.andThen(nextTurn, replayDead(tenant, endpointId, before + count))
    )

  return {
    fanOut: makeFanOut(beside),
    take,
    done: ({ id }, result) => write(() => deliveries.done(id, result)),
    list,
    replay: (tenant, what) =>
      "delivery" in what ? write(() => replayOne(tenant, what.delivery)) : replayDead(tenant, what.endpointId),
    secrets: (tenant, endpointId) =>
      read(function* (known): Asking<ReadonlyArray<string>> {
        const no = yield* tenantNumber(loader, known, tenant)
        return no === null ? [] : yield* secretsOf(no, endpointId)
      }),
    setSecrets: (tenant, endpointId, all) =>
      write(function* (known): Asking<void> {
        yield* setSecrets(yield* madeTenant(loader, known, tenant), endpointId, all)
      }),
    release: Effect.suspend(() => (hasLeased ? Effect.asVoid(write(() => deliveries.release())) : Effect.void))
  }
}

const toDelivery = (found: DeliveryRow, tenant: TenantId, endpointId: string, told: Told): Delivery => ({
  id: found.no,
  tenant,
  endpointId,
  told,
  state: found.state,
  tries: found.tries,
  dueAt: found.dueAt,
  lastAt: found.lastAt,
  lastAnswer: found.lastAnswer
})

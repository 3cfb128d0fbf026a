/** Deliveries on SQLite: noted from the journal, leased by the file's own clock, in each chain the oldest before the next. */
import { Effect, Exit } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { Deliveries, Delivery, DueDelivery } from "refund-core/ports/Deliveries"
import type { Told } from "refund-core/ports/Feed"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type DeliveryRow, DeliveryRows } from "./deliveryRows.ts"
import type { Listener } from "./endpoints.ts"
import { type Beside, makeFanOut } from "./fanOut.ts"
import { placeOf } from "./notices.ts"
import type { Lease } from "./recordRefunds.ts"
import { Secrets } from "./secrets.ts"
import { nextTurn } from "./slices.ts"
import { newestFirst } from "./windows.ts"

type Service = (typeof Deliveries)["Service"]

/** Dead deliveries that are brought back in one transaction. */
const replayedAtOnce = 200

/** `release` gives back what this process has leased. */
export const makeDeliveries = (
  beside: Beside,
  lease: Pick<Lease, "by" | "milliseconds">
): Service & { readonly release: Effect.Effect<void, LedgerUnavailable> } => {
  const { copy, db, endpoints, notices, readInOne, retried, tenants, writer } = beside
  const sql = new DeliveryRows(db, lease)
  const secrets = new Secrets(db)
  let hasLeased = false
  const read = <A>(look: () => A) => retried(() => readInOne(look))

  const toldIn = (found: ReadonlyArray<DeliveryRow>): ((each: DeliveryRow) => Told) => {
    const told = notices.at(copy.epoch(), found)
    return (each) => {
      const known = told.get(placeOf(each))
      if (known === undefined) throw new Error(`the journal tells nothing of delivery number ${each.no}`)
      return known
    }
  }

  const due = (leased: ReadonlyArray<DeliveryRow>, listeners: ReadonlyArray<Listener>): ReadonlyArray<DueDelivery> => {
    const told = toldIn(leased)
    return leased.flatMap((each) => {
      const of = listeners.find((listener) => listener.no === each.endpoint)
      if (of === undefined) return []
      const { endpoint, tenant, tenantId } = of
      const delivery = toDelivery(each, tenantId, endpoint.id, told(each))
      return [{ ...delivery, endpoint, secrets: secrets.of(tenant, endpoint.id) }]
    })
  }

  const take = (limit: number, except: ReadonlyArray<string> = []) =>
    Effect.gen(function* () {
      const listeners = yield* read(() => {
        const able = endpoints.listeners().filter(({ endpoint }) => !except.includes(endpoint.id))
        const numbers = new Set(sql.anyDue(able.map((listener) => listener.no)))
        return able.filter((listener) => numbers.has(listener.no))
      })
      if (listeners.length === 0) return []
      hasLeased = true
      const numbers = listeners.map((listener) => listener.no)
      const leased = yield* writer.write(() => Exit.succeed(sql.lease(numbers, limit)))
      return yield* read(() => due(leased, listeners))
    })

  const list: Service["list"] = (tenant, { endpointId, state = null }, { before, limit }) =>
    Effect.gen(function* () {
      const { ids, last } = yield* read(() => {
        const no = tenants.find(tenant)
        const all = no === null ? [] : [...endpoints.idsOf(no)]
        const ids = new Map(all.filter(([, id]) => endpointId === undefined || id === endpointId))
        return { ids, last: sql.lastNumber() }
      })
      const numbers = [...ids.keys()]
      if (numbers.length === 0) return []
      const shown = (found: ReadonlyArray<DeliveryRow>): ReadonlyArray<Delivery> => {
        const told = toldIn(found)
        return found.map((each) => toDelivery(each, tenant, ids.get(each.endpoint) ?? "", told(each)))
      }
      const top = Math.min(before ?? Number.POSITIVE_INFINITY, last + 1)
      if (state === "waiting" || state === "dead") {
        return yield* read(() => shown(sql.open(numbers, state, top, limit)))
      }
      const look = (from: number, before: number, wanted: number) =>
        read(() => shown(sql.among(numbers, state, [from, before], wanted)))
      return yield* newestFirst(look, top, limit)
    })

  /** Nothing is sent again to an endpoint that is no more. */
  const numbersOf = (tenant: TenantId): ReadonlyMap<number, string> => {
    const no = tenants.find(tenant)
    if (no === null) return new Map()
    return new Map([...endpoints.idsOf(no)].filter(([, id]) => endpoints.find(no, id) !== undefined))
  }

  const replayOne = (tenant: TenantId, delivery: number) =>
    writer.write(() => {
      const endpoint = sql.endpointOf(delivery)
      if (endpoint === undefined || !numbersOf(tenant).has(endpoint)) return Exit.succeed(0)
      sql.again(delivery)
      return Exit.succeed(1)
    })

  const replayDead = (tenant: TenantId, endpointId: string) => {
    const some = (): number => {
      const [endpoint] = [...numbersOf(tenant)].find(([, id]) => id === endpointId) ?? []
      if (endpoint === undefined) return 0
      const dead = sql.oldestDead(endpoint, replayedAtOnce)
      for (const no of dead) sql.again(no)
      return dead.length
    }
    const rest = (before: number): Effect.Effect<number, LedgerUnavailable> =>
      Effect.flatMap(
        writer.write(() => Exit.succeed(some())),
        (count) =>
          count < replayedAtOnce ? Effect.succeed(before + count) : Effect.andThen(nextTurn, rest(before + count))
      )
    return rest(0)
  }

  return {
    fanOut: makeFanOut(beside),
    take,
    done: ({ id }, result) => writer.write(() => Exit.succeed(sql.done(id, result))),
    list,
    replay: (tenant, what) =>
      "delivery" in what ? replayOne(tenant, what.delivery) : replayDead(tenant, what.endpointId),
    secrets: (tenant, endpointId) =>
      read(() => {
        const no = tenants.find(tenant)
        return no === null ? [] : secrets.of(no, endpointId)
      }),
    setSecrets: (tenant, endpointId, all) =>
      writer.write(({ known }) => Exit.succeed(secrets.set(tenants.make(known, tenant), endpointId, all))),
    release: Effect.suspend(() => (hasLeased ? writer.write(() => Exit.succeed(sql.release())) : Effect.void))
  }
}

const toDelivery = (found: DeliveryRow, tenant: TenantId, endpointId: string, told: Told): Delivery => ({
  id: found.no,
  tenant,
  endpointId,
  told,
  state: found.state,
  tries: found.tries,
  dueAt: found.due_at,
  lastAt: found.last_at,
  lastAnswer: found.last_answer
})

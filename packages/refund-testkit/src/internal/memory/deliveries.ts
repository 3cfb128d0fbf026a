/** Deliveries in memory: noted from the journal, leased by Effect's clock, in each chain the oldest before the next. */
import { Clock, Effect } from "effect"
import { listens } from "refund-core/Notification"
import { Deliveries, type Delivery, type DueDelivery, roundRobin } from "refund-core/ports/Deliveries"
import type { Books } from "../books.ts"
import { type Listener, makeEndpoints } from "./endpoints.ts"
import type { Notices } from "./notices.ts"

interface Row {
  delivery: Delivery
  readonly of: Listener
  leasedUntil: number
}

export const makeDeliveries = (books: Books, notices: Notices, leaseMilliseconds: number): Deliveries["Service"] => {
  const rows: Array<Row> = []
  const secrets = new Map<string, ReadonlyArray<string>>()
  const nameOf = (tenant: string, endpointId: string): string => JSON.stringify([tenant, endpointId])
  const secretsOf = (tenant: string, endpointId: string): ReadonlyArray<string> =>
    secrets.get(nameOf(tenant, endpointId)) ?? []

  const change = (row: Row, changed: Partial<Delivery>): void => {
    row.delivery = { ...row.delivery, ...changed }
    row.leasedUntil = 0
  }

  const endpoints = makeEndpoints(books, (listener) => {
    for (const row of rows) {
      if (row.of !== listener || row.delivery.state !== "waiting") continue
      change(row, { state: "dead", dueAt: null, lastAnswer: "the endpoint was removed" })
    }
  })

  /** Notes at most so many for one endpoint, and how far its journal was read. */
  const readOn = (of: Listener, events: ReadonlyArray<string>, atMost: number, now: number): number => {
    const { tenant } = of
    const heard = notices.from(tenant, of.place).filter(({ told }) => !told.muted && listens(events, told.type))
    for (const { told } of heard.slice(0, atMost)) {
      const delivery: Delivery = {
        id: rows.length + 1,
        tenant,
        endpointId: of.id,
        told,
        state: "waiting",
        tries: 0,
        dueAt: now,
        lastAt: null,
        lastAnswer: null
      }
      rows.push({ delivery, of, leasedUntil: 0 })
    }
    of.place = heard[atMost - 1]?.after ?? notices.end(tenant)
    return Math.min(heard.length, atMost)
  }

  const isSent = ({ leasedUntil }: Row, now: number): boolean => leasedUntil > now

  /** Of what waits in its chain for its endpoint it is the oldest, and none of it is being sent. */
  const isItsTurn = (row: Row, now: number): boolean => {
    const { chain } = row.delivery.told
    const waiting = rows.filter(
      ({ delivery, of }) => of === row.of && delivery.state === "waiting" && delivery.told.chain === chain
    )
    return waiting[0] === row && !waiting.some((each) => isSent(each, now))
  }

  const again = (all: ReadonlyArray<Row>, now: number): number => {
    const alive = all.filter(({ delivery }) => endpoints.find(delivery.tenant, delivery.endpointId) !== undefined)
    // One that is being sent just now keeps its lease.
    for (const row of alive) row.delivery = { ...row.delivery, state: "waiting", tries: 0, dueAt: now }
    return alive.length
  }

  return Deliveries.of({
    fanOut: (limit) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        let noted = 0
        for (const [listener, { enabled, events }] of endpoints.now()) {
          if (enabled && noted < limit) noted += readOn(listener, events, limit - noted, now)
        }
        return noted
      }),
    take: (limit, except = []) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const isLeft = ({ id, tenant }: Listener): boolean =>
          except.some((each) => each.endpointId === id && each.tenant === tenant)
        const able = new Map(endpoints.now().filter(([of, endpoint]) => endpoint.enabled && !isLeft(of)))
        const due = rows
          .filter(({ delivery, of }) => able.has(of) && delivery.state === "waiting" && (delivery.dueAt ?? 0) <= now)
          .filter((row) => isItsTurn(row, now))
          .sort((a, b) => (a.delivery.dueAt ?? 0) - (b.delivery.dueAt ?? 0) || a.delivery.id - b.delivery.id)
        const next = roundRobin(
          due,
          ({ delivery }) => delivery.tenant,
          ({ of }) => of
        ).slice(0, limit)
        return next.flatMap((row): ReadonlyArray<DueDelivery> => {
          const endpoint = able.get(row.of)
          if (endpoint === undefined) return []
          row.leasedUntil = now + leaseMilliseconds
          return [{ ...row.delivery, endpoint, secrets: secretsOf(row.delivery.tenant, endpoint.id) }]
        })
      }),
    done: ({ id }, { answer, dueAt, state }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const row = rows[id - 1]
        // What was delivered or given up stays so, whoever else still thought to be sending it.
        if (row === undefined || row.delivery.state !== "waiting") return
        const next = state === "waiting" ? (dueAt ?? now) : null
        change(row, { state, tries: row.delivery.tries + 1, dueAt: next, lastAt: now, lastAnswer: answer })
      }),
    list: (tenant, { endpointId, state }, { before, limit }) =>
      Effect.sync(() => {
        endpoints.now()
        return rows
          .map(({ delivery }) => delivery)
          .filter((each) => each.tenant === tenant && each.id < (before ?? Number.POSITIVE_INFINITY))
          .filter((each) => endpointId === undefined || each.endpointId === endpointId)
          .filter((each) => state === undefined || each.state === state)
          .toReversed()
          .slice(0, limit)
      }),
    replay: (tenant, what) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const theirs = rows.filter(({ delivery }) => delivery.tenant === tenant)
        return again(
          "delivery" in what
            ? theirs.filter(({ delivery }) => delivery.id === what.delivery)
            : theirs.filter(({ delivery }) => delivery.endpointId === what.endpointId && delivery.state === "dead"),
          now
        )
      }),
    secrets: (tenant, endpointId) => Effect.sync(() => secretsOf(tenant, endpointId)),
    setSecrets: (tenant, endpointId, all) =>
      Effect.sync(() => {
        if (all.length === 0) secrets.delete(nameOf(tenant, endpointId))
        else secrets.set(nameOf(tenant, endpointId), all)
      })
  })
}

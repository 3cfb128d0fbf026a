/** Deliveries that a test has made, in memory: for one order of an endpoint one after the other, under a lease. */
import { Clock, Effect, Layer } from "effect"
import type { Instant, TenantId } from "refund-core/Ids"
import { type Addressee, Deliveries, type DeliveryState, type DueDelivery } from "refund-core/ports/Deliveries"
import type { Told } from "refund-core/ports/Feed"
import type { Endpoint } from "refund-core/Settings"
import { noon } from "refund-testkit/build"

export interface DeliveryRow extends DueDelivery {
  state: DeliveryState
  tries: number
  dueAt: Instant | null
  lastAnswer: string | null
  leasedUntil: Instant
}

export const endpoint = (id: string, fields: Partial<Endpoint> = {}): Endpoint => ({
  id,
  url: `https://${id}.example/hook`,
  events: ["*"],
  form: "standard",
  enabled: true,
  secretHashes: [],
  ...fields
})

/** The `seq`th of an order. */
export const told = (order: string, seq: number): Told => ({
  id: `${order}-${seq}`,
  cursor: "cursor",
  chain: `order:${order}`,
  seq,
  type: "refund.canceled",
  at: noon,
  orderId: order as Told["orderId"],
  refund: null,
  state: "canceled",
  customerId: null,
  muted: false,
  event: { _tag: "RefundCanceled", refundId: "r" as never, detail: null }
})

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

export const deliver = (to: Endpoint, what: Told, secrets: ReadonlyArray<string> = [secret], of = "acme") => ({
  to,
  what,
  secrets,
  of
})

const leaseMilliseconds = 60_000

export const deliveriesDouble = (given: ReadonlyArray<ReturnType<typeof deliver>>) => {
  const rows = given.map(
    ({ of, secrets, to, what }, index): DeliveryRow => ({
      id: index + 1,
      tenant: of as TenantId,
      endpointId: to.id,
      endpoint: to,
      secrets,
      told: what,
      state: "waiting",
      tries: 0,
      dueAt: noon,
      lastAt: null,
      lastAnswer: null,
      leasedUntil: 0
    })
  )
  const isTo = (row: DeliveryRow, { endpointId, tenant }: Addressee) =>
    row.endpointId === endpointId && row.tenant === tenant
  const isFirst = (row: DeliveryRow) =>
    rows.find((each) => each.state === "waiting" && isTo(each, row) && each.told.chain === row.told.chain) === row
  const layer = Layer.succeed(
    Deliveries,
    Deliveries.of({
      fanOut: () => Effect.succeed(0),
      take: (limit, except = []) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const due = rows
            .filter((row) => row.state === "waiting" && (row.dueAt ?? now) <= now && row.leasedUntil <= now)
            .filter((row) => isFirst(row) && !except.some((each) => isTo(row, each)))
            .slice(0, limit)
          for (const row of due) row.leasedUntil = now + leaseMilliseconds
          return due.map((row) => ({ ...row }))
        }),
      done: ({ id }, { answer, dueAt, state }) =>
        Effect.sync(() => {
          const row = rows.find((each) => each.id === id)
          if (row === undefined) return
          Object.assign(row, { state, dueAt, lastAnswer: answer, tries: row.tries + 1, leasedUntil: 0 })
        }),
      list: () => Effect.succeed(rows),
      replay: () => Effect.succeed(0),
      secrets: () => Effect.succeed([]),
      setSecrets: () => Effect.void
    })
  )
  return { rows, layer }
}

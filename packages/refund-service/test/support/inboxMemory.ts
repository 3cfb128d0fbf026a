/** An inbox in memory, by the port's words. */
import { Clock, Effect, Layer } from "effect"
import { Inbox, type InboxEvent } from "refund-core/ports/Inbox"

interface Row {
  event: InboxEvent
  availableAt: number | null
}

export const inboxMemory = ({ leaseMilliseconds = 60_000 } = {}) =>
  Layer.sync(Inbox, () => {
    const rows = new Map<number, Row>()
    const newest = () => [...rows.values()].sort((a, b) => b.event.id - a.event.id)
    return Inbox.of({
      put: (tenant, provider, news, receivedAt) =>
        Effect.map(Clock.currentTimeMillis, (now) =>
          news.flatMap((each) => {
            const isKnown = newest().some(
              ({ event }) =>
                event.tenant === tenant && event.provider === provider && event.news.eventId === each.eventId
            )
            if (isKnown) return []
            const event: InboxEvent = {
              id: rows.size + 1,
              tenant,
              provider,
              news: each,
              receivedAt,
              state: "new",
              tries: 0,
              detail: null,
              dueAt: now
            }
            rows.set(event.id, { event, availableAt: now + leaseMilliseconds })
            return [event]
          })
        ),
      take: (limit) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const due = [...rows.values()].filter((row) => row.availableAt !== null && row.availableAt <= now)
          return due.slice(0, limit).map((row) => {
            row.availableAt = now + leaseMilliseconds
            return row.event
          })
        }),
      done: ({ id }, result) =>
        Effect.sync(() => {
          const row = rows.get(id)
          if (row === undefined || row.event.state === "applied") return
          row.event = { ...row.event, ...result, tries: row.event.tries + 1 }
          row.availableAt = result.dueAt
        }),
      list: (tenant, { provider, state }, { before, limit }) =>
        Effect.sync(() =>
          newest()
            .map(({ event }) => event)
            .filter((event) => event.tenant === tenant && (before === null || event.id < before))
            .filter((event) => state === undefined || event.state === state)
            .filter((event) => provider === undefined || event.provider === provider)
            .slice(0, limit)
        ),
      retry: (tenant, id) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const row = rows.get(id)
          if (row === undefined || row.event.tenant !== tenant || row.event.state !== "parked") return false
          row.event = { ...row.event, state: "new", dueAt: now }
          row.availableAt = now
          return true
        })
    })
  })

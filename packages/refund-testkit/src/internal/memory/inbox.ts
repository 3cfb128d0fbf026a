/** The inbox in memory. */
import { Clock, Effect } from "effect"
import { Inbox, type InboxEvent } from "refund-core/ports/Inbox"

interface Row {
  event: InboxEvent
  leasedUntil: number
}

export const makeInbox = (leaseMilliseconds: number): Inbox["Service"] => {
  const rows: Array<Row> = []

  const isKnown = (tenant: string, provider: string, eventId: string): boolean =>
    rows.some(({ event }) => event.tenant === tenant && event.provider === provider && event.news.eventId === eventId)

  return Inbox.of({
    put: (tenant, provider, news, receivedAt) =>
      Effect.map(Clock.currentTimeMillis, (now) =>
        news.flatMap((each) => {
          if (isKnown(tenant, provider, each.eventId)) return []
          const event: InboxEvent = {
            id: rows.length + 1,
            tenant,
            provider,
            news: each,
            receivedAt,
            state: "new",
            tries: 0,
            detail: null,
            dueAt: now
          }
          rows.push({ event, leasedUntil: now + leaseMilliseconds })
          return [event]
        })
      ),
    take: (limit) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const due = rows
          .filter(({ event, leasedUntil }) => event.dueAt !== null && event.dueAt <= now && leasedUntil <= now)
          .sort((a, b) => (a.event.dueAt ?? 0) - (b.event.dueAt ?? 0) || a.event.id - b.event.id)
          .slice(0, limit)
        for (const row of due) row.leasedUntil = now + leaseMilliseconds
        return due.map(({ event }) => event)
      }),
    done: ({ id }, { detail, dueAt, state }) =>
      Effect.sync(() => {
        const row = rows[id - 1]
        // What was applied stays so, whoever else still thought to be at it.
        if (row === undefined || row.event.state === "applied") return
        row.event = { ...row.event, state, detail, dueAt, tries: row.event.tries + 1 }
        row.leasedUntil = 0
      }),
    list: (tenant, { provider, state }, { before, limit }) =>
      Effect.sync(() =>
        rows
          .map(({ event }) => event)
          .filter((event) => event.tenant === tenant && event.id < (before ?? Number.POSITIVE_INFINITY))
          .filter((event) => provider === undefined || event.provider === provider)
          .filter((event) => state === undefined || event.state === state)
          .toReversed()
          .slice(0, limit)
      ),
    retry: (tenant, id) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const row = rows[id - 1]
        if (row === undefined || row.event.tenant !== tenant || row.event.state !== "parked") return false
        row.event = { ...row.event, state: "new", dueAt: now }
        row.leasedUntil = 0
        return true
      })
  })
}

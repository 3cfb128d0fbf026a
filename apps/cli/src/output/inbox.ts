/** What providers told us, in words. */
import type { InboxBody } from "refund-api/InboxBody"
import type { Paint } from "./paint.ts"
import { type Cell, table } from "./table.ts"
import { moment } from "./words.ts"

type Event = InboxBody["events"][number]

const states: Record<Event["state"], Cell> = {
  new: { text: "new", style: "yellow" },
  applied: { text: "applied", style: "green" },
  parked: { text: "parked", style: "red" }
}

export const inboxInWords = ({ events, next }: InboxBody, paint: Paint): string => {
  if (events.length === 0) return "Nothing"
  const rows = events.map(({ detail, eventId, id, kind, provider, receivedAt, state }) => [
    String(id),
    states[state],
    provider,
    eventId,
    kind,
    moment(receivedAt),
    detail ?? ""
  ])
  const columns = [
    { name: "#", right: true },
    { name: "state" },
    { name: "provider" },
    { name: "event" },
    { name: "about" },
    { name: "received" },
    { name: "what came of it" }
  ] as const
  return [table(columns, rows, paint), ...(next === null ? [] : [`More with --before ${next}`])].join("\n\n")
}

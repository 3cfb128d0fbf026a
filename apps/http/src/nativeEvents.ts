/** What the ledger has to tell, in the order it was committed: as pages, and as server-sent events that go on. */
import { Clock, Context, Effect } from "effect"
import { type EventsQuery, eventsToJson, eventToJson, toEventsQuery } from "refund-api/EventBody"
import { cursorGone } from "refund-api/Problem"
import type { TenantId } from "refund-core/Ids"
import { listens } from "refund-core/Notification"
import { Feed, type FeedPage } from "refund-core/ports/Feed"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import { permitted } from "refund-service/permitted"
import { ok, problem, route } from "./nativeAnswers.ts"

export interface Pace {
  /** How long after its commit an event is told at the latest. */
  readonly pollMilliseconds: number
  /** How often a quiet stream says that it is still there. */
  readonly heartbeatMilliseconds: number
}

export const EventStreamPace = Context.Reference<Pace>("refund-http/EventStreamPace", {
  defaultValue: () => ({ pollMilliseconds: 250, heartbeatMilliseconds: 15_000 })
})

const listEvents = Effect.fnUntraced(
  function* ({ caller, headers, query }: WireRequest) {
    const asked = yield* Effect.fromResult(toEventsQuery(resumed(query, headers)))
    yield* permitted(caller, "refunds:read")
    if (asked.muted) yield* permitted(caller, "reports:read")
    const feed = yield* Feed
    const after = asked.after === "now" ? yield* feed.end(caller.tenant) : asked.after
    const page = yield* feed.read(caller.tenant, after, asked)
    if (!wantsStream(headers)) return ok(eventsToJson(page, asked.types))
    return streamed(follow(feed, caller.tenant, asked, page, yield* EventStreamPace))
  },
  Effect.catchTag("CursorGone", (gone) => Effect.succeed(problem(cursorGone(gone))))
)

const wantsStream = (headers: Readonly<Record<string, string>>): boolean =>
  /(?:^|,)\s*text\/event-stream\s*(?:;|,|$)/i.test(headers["accept"] ?? "")

/** A stream that broke off is asked for again at the same address: what its client has seen counts, not where it began. */
const resumed = (query: WireRequest["query"], headers: WireRequest["headers"]) => {
  const seen = headers["last-event-id"]
  return seen === undefined || seen === "" ? query : { ...query, after: seen }
}

const streamed = (stream: NonNullable<WireAnswer["stream"]>): WireAnswer => ({
  status: 200,
  headers: {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // A proxy that gathers what it passes on would hold events back.
    "x-accel-buffering": "no"
  },
  stream
})

/** Goes on until it is interrupted, or the ledger is no longer the one it began with. */
const follow =
  (feed: Feed["Service"], tenant: TenantId, asked: EventsQuery, first: FeedPage, pace: Pace) =>
  (write: (text: string) => Effect.Effect<void>): Effect.Effect<void> =>
    Effect.gen(function* () {
      let page = first
      let told = asked.after
      let last = yield* Clock.currentTimeMillis
      for (;;) {
        for (const event of page.events) {
          if (!listens(asked.types, event.type)) continue
          yield* write(`id: ${event.cursor}\ndata: ${JSON.stringify(eventToJson(event))}\n\n`)
          told = event.cursor
          last = yield* Clock.currentTimeMillis
        }
        if (page.events.length === 0) yield* Effect.sleep(pace.pollMilliseconds)
        if ((yield* Clock.currentTimeMillis) - last >= pace.heartbeatMilliseconds) {
          // With where it is by now, so that a client that comes back need not be shown again what is not for it.
          yield* write(page.next === told ? ": still here\n\n" : `: still here\nid: ${page.next}\n\n`)
          told = page.next
          last = yield* Clock.currentTimeMillis
        }
        page = yield* readOn(feed, tenant, asked, page, pace)
      }
    }).pipe(Effect.ignore)

/** What cannot be read now is read later. */
const readOn = (feed: Feed["Service"], tenant: TenantId, asked: EventsQuery, page: FeedPage, pace: Pace) =>
  feed
    .read(tenant, page.next, asked)
    .pipe(
      Effect.catchTag("LedgerUnavailable", () =>
        Effect.as(Effect.sleep(pace.pollMilliseconds), { events: [], next: page.next } satisfies FeedPage)
      )
    )

export const eventRoutes = [route("GET", "/v1/events", listEvents)]

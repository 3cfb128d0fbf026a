/** The feed in memory. */
import { Effect } from "effect"
import { CursorGone, Feed } from "refund-core/ports/Feed"
import { cursorOf, type Notices, placeOf, start } from "./notices.ts"

export const makeFeed = ({ end, epoch, from }: Notices): Feed["Service"] =>
  Feed.of({
    read: (tenant, after, { limit, muted }) =>
      Effect.suspend(() => {
        const place = after === null ? start : placeOf(epoch, after, end(tenant))
        if (place === null) return Effect.fail(new CursorGone({ start: cursorOf(epoch, start) }))
        const events = from(tenant, place)
          .map(({ told }) => told)
          .filter((told) => muted || !told.muted)
        const page = events.slice(0, Math.max(1, limit))
        const next = page.length < events.length ? page.at(-1)?.cursor : undefined
        return Effect.succeed({ events: page, next: next ?? cursorOf(epoch, end(tenant)) })
      }),
    end: (tenant) => Effect.sync(() => cursorOf(epoch, end(tenant)))
  })

/** `refund events`: what the ledger has to tell, in the order it happened. */
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { EventBody, type EventQueryJson, EventsBody } from "refund-api/EventBody"
import { withLedger } from "../connect.ts"
import { Unavailable } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { eventInWords, eventsInWords } from "../output/events.ts"
import { Shell } from "../Shell.ts"
import { Json } from "../settings.ts"

const asked = {
  after: Flag.String("after").pipe(
    Flag.withMetavar("<cursor>"),
    Flag.withDescription("Read on from here; now: only what is new. Else from the beginning"),
    Flag.optional
  ),
  types: Flag.String("types").pipe(
    Flag.withMetavar("<types>"),
    Flag.withDescription("Only these, separated by commas, such as refund.settled,credit.*"),
    Flag.optional
  ),
  limit: Flag.String("limit").pipe(
    Flag.withMetavar("<number>"),
    Flag.withDescription("At most so many in a page, 1 to 200; else 50"),
    Flag.optional
  ),
  muted: Flag.Boolean("muted").pipe(
    Flag.withDescription("Also what was asked to be kept quiet with --skip-events"),
    Flag.withDefault(false)
  )
}

const follow = Flag.Boolean("follow").pipe(
  Flag.withDescription("Go on: print each event as it happens, until Ctrl-C; with --json one a line"),
  Flag.withDefault(false)
)

type Asked = Command.Command.Config.Infer<typeof asked>

const queryOf = ({ after, limit, muted, types }: Asked): EventQueryJson => ({
  ...(Option.isSome(after) ? { after: after.value } : {}),
  ...(Option.isSome(limit) ? { limit: limit.value } : {}),
  ...(Option.isSome(types) ? { types: types.value } : {}),
  ...(muted ? { muted: "true" } : {})
})

export const events = Command.make("events", { ...asked, follow }, ({ follow, ...input }) =>
  withLedger((ledger) =>
    follow
      ? following(ledger, queryOf(input))
      : Effect.flatMap(ledger.events(queryOf(input)), (page) =>
          answer(EventsBody, page, (paint) => eventsInWords(page, paint))
        )
  )
).pipe(
  Command.withDescription("What happened, in the order it was committed: the same that webhooks are told"),
  Command.withExamples([
    { command: "refund events --types refund.settled,refund.failed" },
    { command: "refund events --follow --after now", description: "what happens from now on" },
    { command: "refund events --follow --json >> events.jsonl" }
  ])
)

const pause = "500 millis"

const following = Effect.fnUntraced(function* (ledger: Ledger, query: EventQueryJson) {
  let after = query.after
  for (;;) {
    const page = yield* ledger
      .events({ ...query, ...(after === undefined ? {} : { after }) })
      .pipe(Effect.mapError((failure) => (failure._tag === "Unavailable" ? resumable(failure, after) : failure)))
    for (const event of page.events) yield* printed(event)
    const isNew = page.next !== after
    after = page.next
    if (!isNew || page.events.length === 0) yield* Effect.sleep(pause)
  }
})

const printed = Effect.fnUntraced(function* (event: EventBody) {
  const shell = yield* Shell
  const asJson = yield* Json
  shell.print(asJson ? JSON.stringify(encode(event)) : eventInWords(event, shell.paint.printed))
})

const encode = Schema.encodeSync(EventBody)

const resumable = ({ detail }: Unavailable, after: string | undefined): Unavailable =>
  new Unavailable({ detail: after === undefined ? detail : `${detail}. To go on from here, add --after ${after}` })

/** `refund prune`: what was done with long ago, removed. */
import { Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { barOn } from "../output/bar.ts"
import { counted } from "../output/words.ts"
import { Shell } from "../Shell.ts"
import { booksOf } from "./checkpoint.ts"

export const PrunedBody = Schema.Struct({ deliveries: Schema.Int, inbox: Schema.Int })

const aDay = 86_400_000
const mostDays = 36_500

const days = Flag.Int("days").pipe(
  Flag.withMetavar("<days>"),
  Flag.withDescription("So many days ago: longer than providers send their events again (Stripe: 30)"),
  Flag.filter(
    (count) => count >= 1 && count <= mostDays,
    () => `from 1 to ${mostDays} days`
  )
)

const inWords = ({ deliveries, inbox }: (typeof PrunedBody)["Type"]): string =>
  `Removed: ${counted(deliveries, "delivery", "deliveries")} that arrived, ${counted(inbox, "provider event")} that ${inbox === 1 ? "was" : "were"} applied`

export const prune = Command.make(
  "prune",
  { days },
  Effect.fnUntraced(function* ({ days }) {
    const bar = barOn(yield* Shell)
    yield* withLedger(
      Effect.fnUntraced(function* (ledger) {
        const books = yield* booksOf(ledger, "prune", "removes what the ledger's database has no more need of")
        let done = 0
        const onPortion = (count: number) =>
          Effect.sync(() => {
            done += count
            bar.show({ done, total: null, count: done, unit: "rows removed" })
          })
        const pruned = yield* books.prune(days * aDay, onPortion).pipe(Effect.ensuring(Effect.sync(bar.clear)))
        yield* answer(PrunedBody, pruned, () => inWords(pruned))
      })
    )
  })
).pipe(
  Command.withDescription(
    "Remove webhooks that arrived and provider events that were applied so long ago. Servers may run meanwhile; the journal is not touched"
  ),
  Command.withExamples([{ command: "refund prune --days 90" }])
)

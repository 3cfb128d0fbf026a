/** `refund journal close`: books that no longer change. */
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { PolicyBody } from "refund-api/PolicyBody"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { moment } from "../output/words.ts"

/** A day begins at midnight, UTC. */
const timeOf = (before: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(before) ? `${before}T00:00:00Z` : before)

const close = Command.make(
  "close",
  {
    before: Argument.String("before").pipe(
      Argument.withDescription("The day or time, not in the future: 2026-10-01, or 2026-10-01T00:00:00+02:00")
    )
  },
  ({ before }) =>
    withLedger((ledger) =>
      Effect.flatMap(ledger.closePeriod({ before: timeOf(before) }), (policy) =>
        answer(PolicyBody, policy, () => `Books before ${moment(policy.closedBefore ?? 0)} are closed, for good`)
      )
    )
).pipe(
  Command.withDescription(
    "Close the books before a day, for good and only forward: what is recorded later is booked under its own day"
  ),
  Command.withExamples([{ command: "refund journal close 2026-10-01" }])
)

export const journal = Command.make("journal").pipe(
  Command.withDescription("The books"),
  Command.withSubcommands([close])
)

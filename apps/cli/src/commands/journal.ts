/** `refund journal show | close`: what was recorded and booked, and books that no longer change. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { JournalBody } from "refund-api/JournalBody"
import { PolicyBody } from "refund-api/PolicyBody"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import { answer } from "../output/answer.ts"
import { journalInWords } from "../output/journal.ts"
import { moment } from "../output/words.ts"
import { timeOf } from "./times.ts"

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

const show = Command.make(
  "show",
  {
    order: Argument.String("order").pipe(Argument.withDescription("The order's id"), Argument.optional),
    customer: Flag.String("customer").pipe(
      Flag.withMetavar("<id>"),
      Flag.withDescription("In place of an order: this customer's store credit, beside --currency"),
      Flag.optional
    ),
    currency: Flag.String("currency").pipe(
      Flag.withMetavar("<code>"),
      Flag.withDescription("The account's currency"),
      Flag.optional
    ),
    settings: Flag.Boolean("settings").pipe(
      Flag.withDescription("In place of an order: policies, keys and webhooks"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ currency, customer, order, settings }) {
    const isAccount = Option.isSome(customer) && Option.isSome(currency)
    const isHalf = Option.isSome(customer) !== Option.isSome(currency)
    if (isHalf || [Option.isSome(order), isAccount, settings].filter(Boolean).length !== 1) {
      return yield* new Usage({ sentence: "Name an order, a --customer beside a --currency, or --settings" })
    }
    const query = {
      ...(Option.isSome(order) ? { order: order.value } : {}),
      ...(Option.isSome(customer) ? { customer: customer.value } : {}),
      ...(Option.isSome(currency) ? { currency: currency.value } : {}),
      ...(settings ? { settings: "true" as const } : {})
    }
    yield* withLedger((ledger) =>
      Effect.flatMap(ledger.chain(query), (chain) =>
        answer(JournalBody, chain, (paint) => journalInWords(chain, paint))
      )
    )
  })
).pipe(
  Command.withDescription("Every entry of a chain, who wrote it and when, and what was booked by it"),
  Command.withExamples([
    { command: "refund journal show A-1001" },
    { command: "refund journal show --customer c-7 --currency USD --json" },
    { command: "refund journal show --settings", description: "who changed policies, keys and webhooks" }
  ])
)

export const journal = Command.make("journal").pipe(
  Command.withDescription("The books"),
  Command.withSubcommands([show, close])
)

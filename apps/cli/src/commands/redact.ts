/** `refund redact`: what people wrote, and what orders say of people, removed for good. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { RefundOrGroup } from "refund-api/Client"
import { RedactedBody } from "refund-api/RedactionBody"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { harmless } from "../output/paint.ts"

const note = Flag.String("note").pipe(
  Flag.withDescription("Why, in the journal for good: nothing of a person's belongs in it"),
  Flag.optional
)

const body = (note: Option.Option<string>) => (Option.isSome(note) ? { note: note.value } : {})

const refund = Command.make(
  "refund",
  { id: Argument.String("refund").pipe(Argument.withDescription("The refund's id, or its group's")), note },
  ({ id, note }) =>
    withLedger((ledger) =>
      Effect.flatMap(ledger.decide("redact", id, body(note)), (shown) =>
        answer(RefundOrGroup, shown, () => `Nothing that people wrote about refund ${harmless(id)} is kept`)
      )
    )
).pipe(
  Command.withDescription("Remove reason, note, author and metadata of a refund and its group"),
  Command.withExamples([{ command: "refund redact refund 0191f5a7-44d3-7430-8739-2d80821416bf" }])
)

const inWords = ({ order, refunds }: RedactedBody): string =>
  `${order ? "The order's texts were removed" : "The order had no texts"}, and those of ${refunds} ${refunds === 1 ? "refund" : "refunds"}`

const order = Command.make(
  "order",
  { id: Argument.String("order").pipe(Argument.withDescription("The order's id")), note },
  ({ id, note }) =>
    withLedger((ledger) =>
      Effect.flatMap(ledger.redactOrder(id, body(note)), (redacted) =>
        answer(RedactedBody, redacted, () => inWords(redacted))
      )
    )
).pipe(
  Command.withDescription("Remove what an order and all its refunds say of people"),
  Command.withExamples([{ command: "refund redact order A-1001 --note 'asked for on 22 November'" }])
)

export const redact = Command.make("redact").pipe(
  Command.withDescription("Remove texts and contact data for good; the journal keeps their hash, and verifies"),
  Command.withSubcommands([refund, order])
)

/** What people decide about a refund: approve, undo, deny, cancel, settle. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { RefundOrGroup } from "refund-api/Client"
import type { Verb } from "refund-api/DecisionBody"
import { withLedger } from "../connect.ts"
import type { DecisionBody } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { madeInWords } from "../output/refund.ts"

const decided = (verb: Verb, id: string, body: DecisionBody) =>
  withLedger((ledger) =>
    Effect.flatMap(ledger.decide(verb, id, body), (refund) =>
      answer(RefundOrGroup, refund, (paint) => madeInWords(refund, paint))
    )
  )

const id = Argument.String("refund").pipe(Argument.withDescription("The refund's id, or its group's"))
const note = Flag.String("note").pipe(Flag.withDescription("Why, in the journal for good"), Flag.optional)

const stated = (fields: Readonly<Record<string, Option.Option<string>>>): DecisionBody =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )

const decision = (verb: Exclude<Verb, "settle">, description: string) =>
  Command.make(verb, { id, note }, (input) => decided(verb, input.id, stated({ note: input.note }))).pipe(
    Command.withDescription(description),
    Command.withExamples([{ command: `refund ${verb} 0191f5a7-44d3-7430-8739-2d80821416bf --note "as agreed"` }])
  )

export const approve = decision("approve", "Consent to a refund that waits for it; not to one's own")
export const undo = decision("undo", "Take an approval back, while nothing was sent")
export const deny = decision("deny", "Refuse a refund that waits for consent")
export const cancel = decision("cancel", "Call a refund off, while nothing was sent")

export const settle = Command.make(
  "settle",
  {
    id,
    note,
    reference: Flag.String("reference").pipe(Flag.withDescription("The payment's own reference"), Flag.optional),
    settledAt: Flag.String("settled-at").pipe(
      Flag.withMetavar("<time>"),
      Flag.withDescription("When the money moved, e.g. 2026-11-01T10:00:00Z; else now"),
      Flag.optional
    )
  },
  ({ id, note, reference, settledAt }) => decided("settle", id, stated({ note, reference, settledAt }))
).pipe(
  Command.withDescription("Record that the money of a refund was moved by hand or by another system"),
  Command.withExamples([
    { command: "refund settle 0191f5a7-44d3-7430-8739-2d80821416bf --reference bank-77 --note 'paid by transfer'" }
  ])
)

/** What people decide about a refund: approve, undo, deny, cancel, retry, settle, resolve, reverse. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { RefundOrGroup } from "refund-api/Client"
import type { DecisionJson, Verb } from "refund-api/DecisionBody"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { madeInWords } from "../output/refund.ts"
import { type Consent, decideSeveral } from "./decideSeveral.ts"
import { timeFlag } from "./times.ts"

const decided = <V extends Verb>(verb: V, id: string, body: DecisionJson<V>) =>
  withLedger((ledger) =>
    Effect.flatMap(ledger.decide(verb, id, body), (refund) =>
      answer(RefundOrGroup, refund, (paint) => madeInWords(refund, paint))
    )
  )

const id = Argument.String("refund").pipe(Argument.withDescription("The refund's id, or its group's"))
const note = Flag.String("note").pipe(Flag.withDescription("Why, in the journal for good"), Flag.optional)

/** Not optional there: without a reason it is refused. */
const why = Flag.String("note").pipe(Flag.withDescription("Why, in the journal for good"))
const settledAt = timeFlag("settled-at", "When the money moved, e.g. 2026-11-01T10:00:00Z; else now")
const reference = (description: string) =>
  Flag.String("reference").pipe(Flag.withDescription(description), Flag.optional)

const stated = (fields: Readonly<Record<string, Option.Option<string>>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )

const ids = Argument.String("refund").pipe(
  Argument.withDescription("The refund's id, or its group's; of several you are shown first what will be done"),
  Argument.atLeast(1)
)
const yes = Flag.Boolean("yes").pipe(Flag.withDescription("Of several: do it without asking"), Flag.withDefault(false))

const consent = (verb: Consent, description: string) =>
  Command.make(verb, { ids, note, yes }, ({ ids, note, yes }) => {
    const [first = "", ...more] = ids
    const body = stated({ note })
    return more.length === 0 ? decided(verb, first, body) : decideSeveral(verb, ids, { body, yes })
  }).pipe(
    Command.withDescription(description),
    Command.withExamples([
      { command: `refund ${verb} 0191f5a7-44d3-7430-8739-2d80821416bf --note "as agreed"` },
      {
        command: `refund ${verb} 0191f5a7-44d3-7430-8739-2d80821416bf 0191f5a7-44d3-7430-8739-2d80821416c0 --yes`,
        description: "several, without being asked first"
      }
    ])
  )

export const approve = consent("approve", "Consent to refunds that wait for it; not to one's own")
export const undo = consent("undo", "Take approvals back, while nothing was sent")
export const deny = consent("deny", "Refuse refunds that wait for consent")

export const cancel = Command.make("cancel", { id, note }, ({ id, note }) =>
  decided("cancel", id, stated({ note }))
).pipe(
  Command.withDescription("Call a refund off, while nothing was sent"),
  Command.withExamples([{ command: 'refund cancel 0191f5a7-44d3-7430-8739-2d80821416bf --note "as agreed"' }])
)

export const settle = Command.make(
  "settle",
  {
    id,
    note,
    reference: reference("The payment's own reference"),
    settledAt
  },
  ({ id, note, reference, settledAt }) => decided("settle", id, stated({ note, reference, settledAt }))
).pipe(
  Command.withDescription("Record that the money of a refund was moved by hand or by another system"),
  Command.withExamples([
    { command: "refund settle 0191f5a7-44d3-7430-8739-2d80821416bf --reference bank-77 --note 'paid by transfer'" }
  ])
)

export const retry = Command.make("retry", { id }, ({ id }) => decided("retry", id, {})).pipe(
  Command.withDescription("Try a refund again that its provider declined; the rules are asked once more"),
  Command.withExamples([{ command: "refund retry 0191f5a7-44d3-7430-8739-2d80821416bf" }])
)

export const resolve = Command.make(
  "resolve",
  {
    id,
    to: Flag.Literals("to", ["settled", "failed"]).pipe(Flag.withDescription("What became of it")),
    note: why,
    reference: reference("The provider's reference for it"),
    settledAt
  },
  ({ id, note, reference, settledAt, to }) => decided("resolve", id, { to, note, ...stated({ reference, settledAt }) })
).pipe(
  Command.withDescription(
    "Say what became of a refund that is unknown or in review. That the money did not move takes two people"
  ),
  Command.withExamples([
    { command: "refund resolve 0191f5a7-44d3-7430-8739-2d80821416bf --to settled --note 'seen on the bank statement'" },
    { command: "refund resolve 0191f5a7-44d3-7430-8739-2d80821416bf --to failed --note 'the provider never had it'" }
  ])
)

export const reverse = Command.make("reverse", { id, note: why }, ({ id, note }) =>
  decided("reverse", id, { note })
).pipe(
  Command.withDescription("Undo what a person recorded as settled, or store credit of which nothing was spent"),
  Command.withExamples([
    { command: "refund reverse 0191f5a7-44d3-7430-8739-2d80821416bf --note 'recorded on the wrong order'" }
  ])
)

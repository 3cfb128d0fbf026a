/** `refund inbox list | retry`: what providers told us, and what could not be made sense of. */
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { InboxBody, type InboxQueryJson, RetriedBody } from "refund-api/InboxBody"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { inboxInWords } from "../output/inbox.ts"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const filters = {
  state: Flag.Literals("state", ["new", "applied", "parked"]).pipe(
    Flag.withDescription("Only those in this state"),
    Flag.optional
  ),
  provider: text("provider", "<name>", "Only those of this provider"),
  limit: text("limit", "<number>", "At most so many, 1 to 200; else 50"),
  before: text("before", "<number>", "Go on where the page before ended")
}

const list = Command.make("list", filters, (input) => {
  const query: InboxQueryJson = Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )
  return withLedger((ledger) =>
    Effect.flatMap(ledger.inbox(query), (page) => answer(InboxBody, page, (paint) => inboxInWords(page, paint)))
  )
}).pipe(
  Command.withDescription("What providers told us, newest first"),
  Command.withExamples([{ command: "refund inbox list --state parked", description: "what a person has to look at" }])
)

const retry = Command.make(
  "retry",
  { id: Argument.String("event").pipe(Argument.withDescription("The event's number, as `inbox list` has it")) },
  ({ id }) =>
    withLedger((ledger) =>
      Effect.flatMap(ledger.retryInbox(id), (retried) =>
        answer(RetriedBody, retried, () => `Event ${retried.id} will be tried again`)
      )
    )
).pipe(
  Command.withDescription("Have a parked event tried again, now"),
  Command.withExamples([{ command: "refund inbox retry 12" }])
)

export const inbox = Command.make("inbox").pipe(
  Command.withDescription("What providers told us"),
  Command.withSubcommands([list, retry])
)

/** `refund list` and `refund show`: which refunds there are, and the whole story of one. */
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { GroupWithJournal, RefundWithJournal } from "refund-api/JournalBody"
import { PageBody } from "refund-api/RefundBody"
import type { RefundQueryJson } from "refund-api/RefundQuery"
import { Destination, RefundState, RefundType } from "refund-core/Refund"
import { withLedger } from "../connect.ts"
import { answer } from "../output/answer.ts"
import { refundTable } from "../output/order.ts"
import { harmless } from "../output/paint.ts"
import { showInWords } from "../output/refund.ts"

const only = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const filters = {
  state: Flag.Literals("state", RefundState.literals).pipe(
    Flag.withDescription("Only those in this state"),
    Flag.optional
  ),
  type: Flag.Literals("type", RefundType.literals).pipe(Flag.withDescription("Only those of this type"), Flag.optional),
  destination: Flag.Literals("destination", Destination.literals).pipe(
    Flag.withDescription("Only those that go there"),
    Flag.optional
  ),
  orderId: only("order", "<id>", "Only those of this order"),
  captureId: only("capture", "<id>", "Only those to this capture"),
  customerId: only("customer", "<id>", "Only those of this customer"),
  createdAfter: only("after", "<time>", "Only those requested then or later"),
  createdBefore: only("before", "<time>", "Only those requested earlier"),
  limit: only("limit", "<number>", "At most so many, 1 to 200; else 50"),
  cursor: only("cursor", "<cursor>", "Go on where the page before ended")
}

export const list = Command.make("list", filters, (input) => {
  const query: RefundQueryJson = Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )
  return withLedger((ledger) =>
    Effect.flatMap(ledger.refunds(query), (page) =>
      answer(PageBody, page, (paint) => {
        if (page.refunds.length === 0) return "No refunds"
        const more = page.next === null ? [] : [`More with --cursor ${harmless(page.next)}`]
        return [refundTable(page.refunds, paint), ...more].join("\n\n")
      })
    )
  )
}).pipe(
  Command.withDescription("Refunds, newest first"),
  Command.withExamples([
    { command: "refund list --state pending_approval", description: "what waits for consent" },
    { command: "refund list --order A-1001 --json" }
  ])
)

const StoryBody = Schema.Union([RefundWithJournal, GroupWithJournal])

export const show = Command.make(
  "show",
  { id: Argument.String("refund").pipe(Argument.withDescription("The refund's id, or its group's")) },
  ({ id }) =>
    withLedger((ledger) =>
      Effect.flatMap(ledger.refund(id), (story) => answer(StoryBody, story, (paint) => showInWords(story, paint)))
    )
).pipe(
  Command.withDescription("A refund's story: its state, attempts, who did what and why, and its journal"),
  Command.withExamples([{ command: "refund show 0191f5a7-44d3-7430-8739-2d80821416bf" }])
)

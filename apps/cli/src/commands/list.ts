/** `refund list` and `refund show`: which refunds there are, and the whole story of one. */
import { Clock, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { GroupWithJournal, RefundWithJournal } from "refund-api/JournalBody"
import { PageBody } from "refund-api/RefundBody"
import type { RefundQueryJson } from "refund-api/RefundQuery"
import { RefundState } from "refund-core/Refund"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { refundTable } from "../output/order.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { showInWords } from "../output/refund.ts"
import { moment } from "../output/words.ts"
import { Shell } from "../Shell.ts"
import { Json } from "../settings.ts"
import { only, refundFilters } from "./refundFilters.ts"

const filters = {
  ...refundFilters,
  limit: only("limit", "<number>", "At most so many, 1 to 200; else 50"),
  cursor: only("cursor", "<cursor>", "Go on where the page before ended")
}

const sorts = ["newest", "oldest", "updated", "amount", "state"] as const
type Sort = (typeof sorts)[number]

const shown = {
  all: Flag.Boolean("all").pipe(Flag.withDescription("Every page, not only the first"), Flag.withDefault(false)),
  sort: Flag.Literals("sort", sorts).pipe(
    Flag.withDescription("What is listed in another order: of one page, or of all with --all"),
    Flag.withDefault("newest" as const)
  ),
  watch: Flag.Boolean("watch").pipe(
    Flag.withDescription("Show it again every two seconds, until Ctrl-C; on a terminal"),
    Flag.withDefault(false)
  )
}

type Refund = PageBody["refunds"][number]

const ofAmount = ({ amount, currency }: Refund): string => `${currency} ${String(amount).padStart(20, "0")}`

/** Below 0: the first of them comes first. Amounts of one currency are together. */
const orders: Record<Sort, (one: Refund, other: Refund) => number> = {
  newest: () => 0,
  oldest: (one, other) => one.createdAt - other.createdAt,
  updated: (one, other) => other.updatedAt - one.updatedAt,
  amount: (one, other) => (ofAmount(one) < ofAmount(other) ? 1 : -1),
  state: (one, other) => RefundState.literals.indexOf(one.state) - RefundState.literals.indexOf(other.state)
}

const listed = Effect.fnUntraced(function* (ledger: Ledger, query: RefundQueryJson, { all, sort }: Listed) {
  const refunds: Array<Refund> = []
  let next = query.cursor ?? null
  do {
    const page: PageBody = yield* ledger.refunds({
      ...query,
      ...(all ? { limit: query.limit ?? "200" } : {}),
      ...(next === null ? {} : { cursor: next })
    })
    refunds.push(...page.refunds)
    next = page.next
  } while (all && next !== null)
  return { refunds: sort === "newest" ? refunds : refunds.toSorted(orders[sort]), next } satisfies PageBody
})

interface Listed {
  readonly all: boolean
  readonly sort: Sort
}

const listInWords = ({ next, refunds }: PageBody, paint: Paint): string => {
  if (refunds.length === 0) return "No refunds"
  const more = next === null ? [] : [`More with --cursor ${harmless(next)}`]
  return [refundTable(refunds, paint), ...more].join("\n\n")
}

const pause = "2 seconds"

export const list = Command.make(
  "list",
  { ...filters, ...shown },
  Effect.fnUntraced(function* ({ all, sort, watch, ...input }) {
    const query: RefundQueryJson = Object.fromEntries(
      Object.entries(input).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
    )
    const { paint, screen } = yield* Shell
    if (watch && (screen === null || (yield* Json))) {
      return yield* new Usage({
        sentence: "--watch draws on a terminal; for a program there is `refund events --follow`"
      })
    }
    yield* withLedger(
      Effect.fnUntraced(function* (ledger) {
        while (watch && screen !== null) {
          const page = yield* listed(ledger, query, { all, sort })
          const at = moment(yield* Clock.currentTimeMillis).slice(0, 19)
          screen(`${listInWords(page, paint.printed)}\n\n${paint.printed("dim", `${at}Z, until Ctrl-C`)}`)
          yield* Effect.sleep(pause)
        }
        const page = yield* listed(ledger, query, { all, sort })
        yield* answer(PageBody, page, (paint) => listInWords(page, paint))
      })
    )
  })
).pipe(
  Command.withDescription("Refunds, newest first"),
  Command.withExamples([
    { command: "refund list --state pending_approval", description: "what waits for consent" },
    { command: "refund list --state pending_approval --all --sort amount" },
    { command: "refund list --order A-1001 --json" },
    { command: "refund list --watch" }
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

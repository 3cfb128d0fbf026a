/** `refund migrate` and `refund copy`: a ledger made current, and brought to another place. */
import { Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { shownDatabase } from "refund-service/databaseConfiguration"
import { databaseUrl, isThere, namedUrl, notOnServer } from "../connect.ts"
import { Told, Unavailable } from "../failures.ts"
import { LedgerPlaces } from "../LedgerPlaces.ts"
import { answer } from "../output/answer.ts"
import { barOn } from "../output/bar.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { counted, entriesOf } from "../output/words.ts"
import { Shell } from "../Shell.ts"

const MigratedBody = Schema.Struct({ before: Schema.Int, after: Schema.Int })
const CopiedBody = Schema.Struct({
  tenants: Schema.Int,
  orders: Schema.Int,
  entries: Schema.Int,
  rows: Schema.Record(Schema.String, Schema.Int)
})

export const migrate = Command.make(
  "migrate",
  {},
  Effect.fnUntraced(function* () {
    yield* notOnServer("migrate")
    const url = yield* databaseUrl
    const done = yield* (yield* LedgerPlaces).migrate(url).pipe(named(shownDatabase(url)))
    yield* answer(MigratedBody, done, () => harmless(`${shownDatabase(url)}: ${inWords(done)}`))
  })
).pipe(
  Command.withDescription(
    "Make the ledger's tables current. `refund serve` does so too: this is for whoever wants it done before"
  ),
  Command.withExamples([{ command: "refund migrate --database postgres://ledger@db:5432/refunds" }])
)

/** Which ledger it is about that cannot be used. */
const named = (place: string) =>
  Effect.mapError(({ detail }: Unavailable) => new Unavailable({ detail: `${place}: ${detail}` }))

const inWords = ({ after, before }: (typeof MigratedBody)["Type"]): string => {
  if (before === 0) return `a new ledger was made, with schema ${after}`
  return before === after ? `nothing to do, it has schema ${after}` : `migrated from schema ${before} to ${after}`
}

export const copy = Command.make(
  "copy",
  {
    from: Flag.String("from").pipe(
      Flag.withMetavar("<ledger>"),
      Flag.withDescription("The ledger to copy: a file, or postgres://user@host/database (else the one of --database)"),
      Flag.optional
    ),
    to: Flag.String("to").pipe(
      Flag.withMetavar("<ledger>"),
      Flag.withDescription("Where it goes, and no ledger is yet")
    )
  },
  Effect.fnUntraced(function* (flags) {
    yield* notOnServer("copy")
    const shell = yield* Shell
    const from = Option.isSome(flags.from) ? yield* namedUrl(flags.from.value) : yield* databaseUrl
    const to = yield* namedUrl(flags.to)
    yield* isThere(from, "--from names another")
    const bar = barOn(shell)
    const copied = yield* (yield* LedgerPlaces)
      .copy(from, to, ({ count, doing }) => bar.show({ done: count, total: null, count, unit: doing }))
      .pipe(Effect.ensuring(Effect.sync(bar.clear)), named(`${shownDatabase(from)} to ${shownDatabase(to)}`))
    if ("refused" in copied) {
      shell.tell(harmless(`to ${shownDatabase(to)}: ${copied.refused}`))
      return yield* new Told({ code: 1 })
    }
    yield* answer(CopiedBody, copied, (paint) => copiedInWords(copied, shownDatabase(to), paint))
  })
).pipe(
  Command.withDescription(
    "Copy a whole ledger to an empty place, and verify both. What is written to it meanwhile is not in the copy: stop its servers first"
  ),
  Command.withExamples([
    { command: "refund copy --from file:./data/refunds.db --to postgres://ledger@db:5432/refunds" },
    { command: "refund copy --from postgres://ledger@db:5432/refunds --to file:./copy.db" }
  ])
)

const copiedInWords = ({ entries, orders, tenants }: (typeof CopiedBody)["Type"], to: string, paint: Paint): string =>
  `${paint("green", "Copied, and the books of both agree")}: ${entriesOf(entries, orders)}, ${counted(tenants, "tenant")}, to ${harmless(to)}.
Whoever follows the events begins again there.`

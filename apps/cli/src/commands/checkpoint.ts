/** `refund checkpoint`: how far every chain has come, to be kept where whoever can write the ledger cannot. */
import { appendFileSync, rmSync, writeFileSync } from "node:fs"
import { Clock, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import type { ChainHead } from "refund-core/ports/LedgerReader"
import { CheckpointBody, Roll } from "../checkpointFile.ts"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import { cannotBe } from "../files.ts"
import type { Books, Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { barOn } from "../output/bar.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { counted, entriesOf } from "../output/words.ts"
import { Shell } from "../Shell.ts"
import { fileArgument } from "./fileNames.ts"

/** A server tells no heads: who keeps them apart from it reads them from its ledger. */
export const booksOf = (
  { books }: Ledger,
  command: string,
  does = "reads how far every chain has come, which a server does not tell"
): Effect.Effect<Books, Usage> =>
  books === null
    ? Effect.fail(
        new Usage({
          sentence: `${command} ${does}: run it where the ledger's database is, with --database in place of --url`
        })
      )
    : Effect.succeed(books)

const perPage = 1_000

/** Hands all heads over, a page at a time. */
export const eachPage = Effect.fnUntraced(function* <E, R>(
  books: Books,
  use: (heads: ReadonlyArray<ChainHead>) => Effect.Effect<void, E, R>
) {
  let after: string | null = null
  for (;;) {
    const page: ReadonlyArray<ChainHead> = yield* books.heads(after, perPage)
    const last = page.at(-1)
    if (last === undefined) return
    yield* use(page)
    after = last.chain
  }
})

export const checkpoint = Command.make(
  "checkpoint",
  { file: fileArgument("file").pipe(Argument.withDescription("The file to write; there must be none yet")) },
  ({ file }) =>
    withLedger(
      Effect.fnUntraced(function* (ledger) {
        const books = yield* booksOf(ledger, "checkpoint")
        // An earlier checkpoint is evidence, and not written over.
        yield* written(file, () => writeFileSync(file, "", { flag: "wx" }))
        const at = new Date(yield* Clock.currentTimeMillis).toISOString()
        const end = yield* rolled(books, file, at).pipe(
          // Half of one is no evidence, and would be in the way of the next.
          Effect.tapError(() => Effect.sync(() => rmSync(file, { force: true })))
        )
        yield* answer(CheckpointBody, end, (paint) => checkpointInWords(end, file, paint))
      })
    )
).pipe(
  Command.withDescription(
    "Write down how far every chain has come. Kept elsewhere, it finds a tail or an order that was dropped: verify --checkpoint"
  ),
  Command.withExamples([
    { command: "refund checkpoint 2026-11-22.checkpoint" },
    { command: "refund verify --checkpoint 2026-11-22.checkpoint", description: "later, on the same ledger" }
  ])
)

const rolled = Effect.fnUntraced(function* (books: Books, file: string, at: string) {
  const roll = new Roll()
  const bar = barOn(yield* Shell)
  let done = 0
  yield* eachPage(books, (heads) => {
    done += heads.length
    bar.show({ done, total: null, count: done, unit: "chains" })
    return written(file, () => appendFileSync(file, heads.map((head) => roll.add(head)).join("")))
  }).pipe(Effect.ensuring(Effect.sync(bar.clear)))
  const end = roll.end(at)
  yield* written(file, () => appendFileSync(file, `${JSON.stringify(end)}\n`))
  return end
})

const written = (file: string, write: () => void): Effect.Effect<void, Usage> =>
  Effect.try({
    try: write,
    catch: (cause) => {
      const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST"
      const sentence = isThere ? `${file} is there already, and is not written over` : cannotBe("written", file, cause)
      return new Usage({ sentence })
    }
  })

const checkpointInWords = ({ chains, entries, orders, root }: CheckpointBody, file: string, paint: Paint): string =>
  [
    `${paint("bold", "Checkpoint")} of ${entriesOf(entries, orders)}, ${counted(chains, "chain")}, in ${harmless(file)}`,
    `  root ${root}`
  ].join("\n")

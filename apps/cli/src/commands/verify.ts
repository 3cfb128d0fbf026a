/** `refund verify`: every chain of the journal checked, every state recomputed from it. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { VerifyBody } from "refund-api/LedgerBody"
import { type CheckpointBody, readCheckpoint } from "../checkpointFile.ts"
import { withLedger } from "../connect.ts"
import { Told } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { barOn } from "../output/bar.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { entriesOf } from "../output/words.ts"
import { Shell } from "../Shell.ts"
import { booksOf, eachPage } from "./checkpoint.ts"
import { fileFlag } from "./fileNames.ts"

export const verify = Command.make(
  "verify",
  {
    checkpoint: fileFlag("checkpoint").pipe(
      Flag.withMetavar("<file>"),
      Flag.withDescription("Also find what was dropped since `refund checkpoint` wrote this file"),
      Flag.optional
    )
  },
  ({ checkpoint }) =>
    withLedger(
      Effect.fnUntraced(function* (ledger) {
        const file = Option.getOrNull(checkpoint)
        if (file !== null) {
          yield* booksOf(ledger, "verify --checkpoint")
          yield* readable(file)
        }
        const audited = yield* audit(ledger)
        const held = file === null || !audited.ok ? null : yield* holdAgainst(ledger, file)
        const problem = audited.problem ?? held?.problem ?? null
        const report = { ...audited, ok: problem === null, problem }
        yield* answer(VerifyBody, report, (paint) => reportInWords(report, held?.checkpoint ?? null, paint))
        if (!report.ok) return yield* new Told({ code: 1 })
      })
    )
).pipe(
  Command.withDescription("Check the journal's hash chains, and recompute every order and refund from it"),
  Command.withExamples([
    { command: "refund verify", description: "exit code 1 where something does not agree" },
    { command: "refund verify --checkpoint 2026-11-22.checkpoint", description: "was a tail or an order dropped?" }
  ])
)

/** A bar wants to know of how many: the heads tell, and are read only where somebody looks at it. */
const audit = Effect.fnUntraced(function* (ledger: Ledger) {
  const shell = yield* Shell
  const bar = barOn(shell)
  if (shell.draw === null || ledger.books === null) return yield* ledger.verify()
  let total = 0
  yield* eachPage(ledger.books, (heads) =>
    Effect.sync(() => {
      for (const { entries } of heads) total += entries
    })
  )
  const show = (entries: number) => bar.show({ done: entries, total, count: entries, unit: "entries" })
  show(0)
  return yield* ledger
    .verify(({ entries }) => show(entries))
    .pipe(
      Effect.tap(({ entries }) => Effect.sync(() => show(entries))),
      Effect.ensuring(Effect.sync(bar.clear))
    )
})

/** Before all else, which takes long. What is no file comes once, and is read when all else is known. */
const readable = Effect.fnUntraced(function* (file: string) {
  const opened = yield* (yield* Shell).openFile(file)
  if (opened.size !== null) yield* readCheckpoint(file, opened, () => Effect.void)
})

const holdAgainst = Effect.fnUntraced(function* (ledger: Ledger, file: string) {
  const shell = yield* Shell
  const books = yield* booksOf(ledger, "verify --checkpoint")
  let problem: VerifyBody["problem"] = null
  const checkpoint = yield* readCheckpoint(file, yield* shell.openFile(file), (heads) =>
    problem === null
      ? Effect.map(books.lost(heads), (lost) => {
          problem = lost
        })
      : Effect.void
  )
  return { problem: problem as VerifyBody["problem"], checkpoint }
})

const reportInWords = (
  { entries, ok, orders, problem }: VerifyBody,
  checkpoint: CheckpointBody | null,
  paint: Paint
): string => {
  const checked = entriesOf(entries, orders)
  const since =
    checkpoint === null || !ok ? "" : `\n  with all ${checkpoint.entries} of the checkpoint of ${checkpoint.at}`
  if (ok) return `${paint("green", "The books agree")}: ${checked}${since}`
  const where = problem === null ? "" : `\n  ${harmless(`${problem.chain}, entry ${problem.seq}: ${problem.what}`)}`
  return `${paint("red", "The books do not agree")}, ${checked} looked at${where}`
}

/** Rows in, answers out: packs go to the ledger one after the other, each safe to send again. */
import { Effect, Result, Stream } from "effect"
import type { BatchItemJson } from "refund-api/BatchBody"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { parseJson } from "refund-dialects/Json"
import { answered, refusedAltogether } from "refund-service/importing/answering"
import type { Saying } from "refund-service/importing/columns"
import { endsReading } from "refund-service/importing/csvRows"
import { reusedInWords } from "refund-service/importing/identity"
import { type Asked, type Pack, packsOf, type Reading, UnreadableFile } from "refund-service/importing/packs"
import { Refused, Unavailable, Usage } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import type { Bar } from "../output/bar.ts"
import type { Resumption } from "./Resumption.ts"
import { headOf, linesOfRejected, type Rejected } from "./rejects.ts"
import { counted, type Fate, fateOf, nothingYet, type Tally } from "./tally.ts"

export interface Import {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Bytes; null: nobody knows how many there are. */
  readonly size: number | null
  readonly reading: Omit<Reading, "after" | "readJson" | "saying">
  readonly dryRun: boolean
  /** Null: nothing is written beside the file. */
  readonly resumption: Resumption | null
  readonly bar: Bar
}

export const importInto = Effect.fnUntraced(function* (ledger: Ledger, asked: Import) {
  const { bar, chunks, dryRun, reading, resumption, size } = asked
  const begun = resumption === null ? { row: 0, tally: nothingYet } : yield* resumption.begin
  let tally: Tally = begun.tally
  const packs = Stream.fromAsyncIterable(
    packsOf(chunks, { ...reading, readJson, saying, after: begun.row }),
    unreadable
  )
  yield* Stream.runForEach(packs, (pack) =>
    Effect.gen(function* () {
      const fates = yield* fatesOf(ledger, pack, dryRun, tally.rows === 0)
      pack.rows.forEach(({ row }, at) => {
        tally = counted(tally, row.number, fates[at] ?? lost)
      })
      if (resumption !== null) yield* kept(resumption, pack, fates, tally)
      bar.show({ done: pack.bytes, total: size, count: tally.rows, unit: "rows" })
    })
  ).pipe(Effect.ensuring(Effect.sync(() => bar.clear())), Effect.ensuring(Effect.sync(() => resumption?.close())))
  if (resumption !== null) yield* resumption.end
  return { tally, before: begun.tally.rows }
})

const saying: Saying = {
  map: (pair) => `--map "${pair}"`,
  default: (pair) => `--default ${pair}`,
  kind: (kind) => `--kind ${kind}`,
  ignoreOthers: "--ignore-others"
}

const readJson = (text: string) => parseJson(text, "double")

const unreadable = (cause: unknown): Usage =>
  cause instanceof UnreadableFile
    ? new Usage({ sentence: cause.sentence })
    : new Usage({ sentence: `It cannot be read: ${String((cause as { readonly code?: unknown }).code ?? cause)}` })

const lost: Fate = { reason: "Unanswered: the ledger gave no answer to this row" }

const kept = (resumption: Resumption, pack: Pack, fates: ReadonlyArray<Fate>, tally: Tally) => {
  const rejected = pack.rows.flatMap(({ row }, at): ReadonlyArray<Rejected> => {
    const fate = fates[at] ?? lost
    // What was cut off of the file is not to be mended beside it.
    return typeof fate === "string" || fate.endsReading === true ? [] : [{ row, reason: fate.reason }]
  })
  const last = pack.rows.at(-1)?.row.number ?? 0
  const told =
    rejected.length === 0
      ? Effect.void
      : resumption.reject(headOf(pack.columns), linesOfRejected(pack.columns, rejected))
  return Effect.andThen(told, resumption.keep(last, tally))
}

/** In the order of the rows. */
const fatesOf = Effect.fnUntraced(function* (ledger: Ledger, { rows }: Pack, dryRun: boolean, isFirst: boolean) {
  const items = rows.flatMap(({ item }) => (Result.isSuccess(item) ? [item.success] : []))
  const answers = items.length === 0 ? [] : yield* answersOf(ledger, items, dryRun)
  const problem = isFirst && items.length > 0 ? refusedAltogether(answers) : null
  if (problem !== null) return yield* new Refused({ problem })
  let at = 0
  return rows.map(({ item, row }: Asked): Fate => {
    if (Result.isFailure(item)) return { reason: item.failure.sentence, endsReading: endsReading(row) }
    const answer = answers[at]
    at += 1
    return answer === undefined ? lost : explained(fateOf(answer), item.success)
  })
})

const explained = (fate: Fate, item: BatchItemJson): Fate => {
  if (typeof fate === "string" || !fate.reason.startsWith("IdempotencyKeyReused")) return fate
  const words = reusedInWords(item)
  return words === null ? fate : { reason: `IdempotencyKeyReused: ${words}` }
}

/** In their order. */
const answersOf = Effect.fnUntraced(function* (ledger: Ledger, items: ReadonlyArray<BatchItemJson>, dryRun: boolean) {
  const { answers, unavailable } = yield* answered(items, (waiting) =>
    ledger.batch({ items: waiting, dryRun }).pipe(
      Effect.map(({ results }) => results),
      Effect.mapError((failure) =>
        failure._tag === "Unavailable"
          ? new LedgerUnavailable({ detail: failure.detail, retryAfterSeconds: 1 })
          : failure
      )
    )
  )
  return unavailable === null ? answers : yield* new Unavailable({ detail: unavailable.detail })
})

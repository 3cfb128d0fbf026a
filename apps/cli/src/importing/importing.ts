/** Rows in, answers out: packs go to the ledger one after the other, each safe to send again. */
import { Effect, Result, Schedule, Stream } from "effect"
import type { BatchItemJson, BatchResult } from "refund-api/BatchBody"
import { type LedgerFailure, Refused, Unavailable, Usage } from "../failures.ts"
import type { Ledger } from "../Ledger.ts"
import type { Bar } from "../output/bar.ts"
import { type Asked, type Pack, packsOf, type Reading } from "./packs.ts"
import type { Resumption } from "./Resumption.ts"
import { headOf, linesOfRejected, type Rejected } from "./rejects.ts"
import { counted, type Fate, fateOf, nothingYet, type Tally } from "./tally.ts"

export interface Import {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Bytes; null: nobody knows how many there are. */
  readonly size: number | null
  readonly reading: Omit<Reading, "after">
  readonly dryRun: boolean
  /** Null: nothing is written beside the file. */
  readonly resumption: Resumption | null
  readonly bar: Bar
}

export const importInto = Effect.fnUntraced(function* (ledger: Ledger, asked: Import) {
  const { bar, chunks, dryRun, reading, resumption, size } = asked
  const begun = resumption === null ? { row: 0, tally: nothingYet } : yield* resumption.begin
  let tally: Tally = begun.tally
  const packs = Stream.fromAsyncIterable(packsOf(chunks, { ...reading, after: begun.row }), unreadable)
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

const unreadable = (cause: unknown): Usage =>
  cause instanceof Usage
    ? cause
    : new Usage({ sentence: `It cannot be read: ${String((cause as { readonly code?: unknown }).code ?? cause)}` })

const lost: Fate = { reason: "Unanswered: the ledger gave no answer to this row" }

const kept = (resumption: Resumption, pack: Pack, fates: ReadonlyArray<Fate>, tally: Tally) => {
  const rejected = pack.rows.flatMap(({ row }, at): ReadonlyArray<Rejected> => {
    const fate = fates[at] ?? lost
    return typeof fate === "string" ? [] : [{ row, reason: fate.reason }]
  })
  const last = pack.rows.at(-1)?.row.number ?? 0
  const told =
    rejected.length === 0
      ? Effect.void
      : resumption.reject(headOf(pack.columns), linesOfRejected(pack.columns, rejected))
  return Effect.andThen(told, resumption.keep(last, tally))
}

/** A key that may do none of it: that is said once, not for each of a million rows. */
const refuseAltogether = (answers: ReadonlyArray<BatchResult>): Effect.Effect<void, Refused> => {
  const [first] = answers
  const forbidden = (answer: BatchResult) => "problem" in answer && answer.problem.code === "NotPermitted"
  return first !== undefined && "problem" in first && answers.every(forbidden)
    ? Effect.fail(new Refused({ problem: first.problem }))
    : Effect.void
}

/** In the order of the rows. */
const fatesOf = Effect.fnUntraced(function* (ledger: Ledger, { rows }: Pack, dryRun: boolean, isFirst: boolean) {
  const items = rows.flatMap(({ item }) => (Result.isSuccess(item) ? [item.success] : []))
  const answers = items.length === 0 ? [] : yield* answered(ledger, items, dryRun)
  if (isFirst) yield* refuseAltogether(answers)
  let at = 0
  return rows.map(({ item }: Asked): Fate => {
    if (Result.isFailure(item)) return { reason: item.failure }
    const answer = answers[at]
    at += 1
    return answer === undefined ? lost : explained(fateOf(answer), item.success)
  })
})

/** The key was made here, so that what it means must be said here too. */
const explained = (fate: Fate, item: BatchItemJson): Fate => {
  if (typeof fate === "string" || !fate.reason.startsWith("IdempotencyKeyReused") || !("refund" in item)) return fate
  const { idempotencyKey, orderId, reference } = item.refund
  if (idempotencyKey?.startsWith("import:") !== true) return fate
  return {
    reason: `IdempotencyKeyReused: order ${orderId} has a refund ${String(reference)} with other content; if this is another one, give it a reference or an idempotencyKey of its own`
  }
}

/** As often as the ledger is busy or out of reach: half a minute in all. */
const patience = Schedule.max([Schedule.exponential("250 millis"), Schedule.recurs(6)])

type Answers = ReadonlyArray<BatchResult>

const answered = (
  ledger: Ledger,
  items: ReadonlyArray<BatchItemJson>,
  dryRun: boolean
): Effect.Effect<Answers, LedgerFailure> => {
  const results: Array<BatchResult> = []
  let waiting = items.map((item, at) => ({ item, at }))
  const ask = Effect.suspend(() => ledger.batch({ items: waiting.map(({ item }) => item), dryRun })).pipe(
    Effect.flatMap(({ results: told }) => {
      let why = ""
      waiting = waiting.filter(({ at }, index) => {
        const result = told[index]
        if (result === undefined) return true
        if (result.status !== 503) results[at] = result
        else if ("problem" in result) why = result.problem.detail
        return result.status === 503
      })
      return waiting.length === 0 ? Effect.void : Effect.fail(new Unavailable({ detail: why }))
    })
  )
  return ask.pipe(
    Effect.retry({ schedule: patience, while: (failure) => failure._tag === "Unavailable" }),
    Effect.as(results)
  )
}

/** One import: rows as they come, decided pack by pack, told line by line. While a pack is decided, no more of the body is read. */
import { Clock, Effect, Result, Schedule } from "effect"
import { type BatchItemJson, toBatch } from "refund-api/BatchBody"
import type { ImportCounts, ImportLine } from "refund-api/ImportBody"
import { faultOf, type Problem } from "refund-api/Problem"
import type { Caller } from "refund-core/Command"
import type { RefundId } from "refund-core/Ids"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import type { Upload } from "refund-dialects/Dialect"
import { runBatch } from "refund-service/Batch"
import { type Answer, answered, isNew, Patience, refusedAltogether } from "refund-service/importing/answering"
import { endsReading } from "refund-service/importing/csvRows"
import { importRows } from "refund-service/importing/ImportRoom"
import { reusedInWords } from "refund-service/importing/identity"
import { type Pack, packsOf, type Reading, UnreadableFile } from "refund-service/importing/packs"
import type { Row } from "refund-service/importing/Row"
import type { Lines } from "./lines.ts"

export interface Asked {
  readonly upload: Upload
  /** Bytes of the body at most. */
  readonly limit: number
  readonly reading: Reading
  readonly dryRun: boolean
  readonly caller: Caller
  readonly freshId: () => RefundId
  readonly freshSalt: () => string
}

/** Why an import did not come to its end. */
export class Halted {
  readonly _tag = "Halted"
  readonly problem: Problem
  readonly defect: unknown
  constructor(problem: Problem, defect?: unknown) {
    this.problem = problem
    this.defect = defect
  }
}

interface Decided {
  /** Of the rows that ask for something, in their order; missing where the ledger was not available. */
  readonly answers: ReadonlyArray<Answer | undefined>
  readonly unavailable: LedgerUnavailable | null
}

/**
 * As far as the first rows, before anything is answered: what cannot be read, and who may do none of it, is told as by any
 * call. What it succeeds with goes on, and never fails.
 */
export const beginImport = Effect.fnUntraced(function* (asked: Asked) {
  const refunds = yield* Refunds
  const packs = packsOf(partsOf(asked), asked.reading)
  const read = Effect.tryPromise({ try: () => packs.next(), catch: haltedBy }).pipe(
    Effect.map(({ done, value }) => (done === true ? null : value)),
    Effect.catch(logged)
  )
  const decide = (pack: Pack, known: Decided["answers"]) =>
    Effect.provideService(decided(asked, pack, known), Refunds, refunds)
  const first = yield* read
  if (first === null) return (lines: Lines) => new Telling(asked, lines).end()
  const begun = yield* Effect.provideService(decide(first, []), Patience, Schedule.recurs(0))
  const isAll = (refused: boolean) => refused && begun.answers.length > 0
  const forbidden = refusedAltogether(begun.answers)
  if (forbidden !== null) return yield* Effect.fail(new Halted(forbidden))
  if (begun.unavailable !== null && isAll(begun.answers.every((each) => each === undefined))) {
    return yield* Effect.fail(begun.unavailable)
  }
  return (lines: Lines) => {
    const telling = new Telling(asked, lines)
    return Effect.gen(function* () {
      let known = begun.answers
      for (let pack: Pack | null = first; pack !== null; pack = yield* read) {
        yield* telling.makeSure(pack)
        yield* telling.tell(pack, yield* decide(pack, known))
        known = []
      }
      yield* telling.end()
    }).pipe(
      Effect.catchDefect((defect) => logged(haltedBy(defect))),
      Effect.catch(({ problem }) => telling.end(problem))
    )
  }
})

async function* partsOf({ limit, upload }: Asked): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for (;;) {
    const part = await upload.next()
    if (part === "end") return
    if (typeof part === "string") throw new Halted(faultOf("SlowBody", "Less than 64 KiB came in 30 seconds"))
    bytes += part.length
    if (bytes > limit) throw new Halted(faultOf("TooLarge", `An import has at most ${limit} bytes`))
    yield part
  }
}

const haltedBy = (cause: unknown): Halted => {
  if (cause instanceof Halted) return cause
  if (cause instanceof UnreadableFile) return new Halted(faultOf("UnreadableFile", cause.sentence))
  return new Halted(faultOf("Broken", "The server has a defect; not all rows were decided"), cause)
}

const logged = (halted: Halted): Effect.Effect<never, Halted> =>
  halted.defect === undefined
    ? Effect.fail(halted)
    : Effect.andThen(Effect.logError("An import broke", halted.defect), Effect.fail(halted))

/** Each by the use case that its own call has, at the time it is come to: a long import is not of the moment it began. */
const decided = Effect.fnUntraced(function* (
  { caller, dryRun, freshId, freshSalt }: Asked,
  { rows }: Pack,
  known: Decided["answers"]
) {
  const items = rows.flatMap(({ item }) => (Result.isSuccess(item) ? [item.success] : []))
  const open = items.flatMap((item, at) => (known[at] === undefined ? [{ item, at }] : []))
  const answers = items.map((_, at) => known[at])
  if (open.length === 0) return { answers, unavailable: null } satisfies Decided
  const told = yield* answered(
    open.map(({ item }) => item),
    (waiting) =>
      Effect.gen(function* () {
        const context = { caller: { ...caller, now: yield* Clock.currentTimeMillis }, freshId, freshSalt }
        const batch = yield* Effect.orDie(Effect.fromResult(toBatch({ items: waiting, dryRun }, context)))
        // What was handed to the ledger is answered for, though the client be gone.
        return yield* Effect.uninterruptible(runBatch(batch))
      })
  )
  open.forEach(({ at }, index) => {
    answers[at] = told.answers[index]
  })
  return { answers, unavailable: told.unavailable } satisfies Decided
})

class Telling {
  readonly #lines: Lines
  readonly #dryRun: boolean
  #counts: ImportCounts = { rows: 0, made: 0, replayed: 0, rejected: 0 }
  #untold = 0

  constructor({ dryRun }: Asked, lines: Lines) {
    this.#dryRun = dryRun
    this.#lines = lines
  }

  makeSure({ rows }: Pack): Effect.Effect<void, Halted> {
    return this.#counts.rows + rows.length <= importRows
      ? Effect.void
      : Effect.fail(new Halted(faultOf("TooLarge", `An import has at most ${importRows} rows: send it in parts`)))
  }

  tell({ rows }: Pack, { answers, unavailable }: Decided): Effect.Effect<void, Halted> {
    let at = 0
    const rejected = rows.flatMap(({ item, row }) => {
      if (Result.isFailure(item)) {
        const { kind, sentence } = item.failure
        return this.#rejected(row, faultOf(kind === "repeated" ? "RepeatedRow" : "UnreadableRow", sentence))
      }
      const answer = answers[at++]
      if (answer === undefined) return []
      if ("problem" in answer) return this.#rejected(row, explained(answer.problem, item.success))
      this.#count(isNew(answer) ? "made" : "replayed")
      return []
    })
    const halts = halting(rows.at(-1)?.row, unavailable)
    const lines: ReadonlyArray<ImportLine> = [...rejected, { progress: this.#counts }]
    return this.#lines.tell(lines).pipe(
      Effect.map((isTold) => {
        if (!isTold) this.#untold += rejected.length
      }),
      Effect.andThen(halts === null ? Effect.void : Effect.fail(new Halted(halts)))
    )
  }

  end(problem?: Problem): Effect.Effect<void> {
    const totals = { ...this.#counts, untold: this.#untold, dryRun: this.#dryRun }
    return this.#lines.end({ totals, ...(problem === undefined ? {} : { problem }) } satisfies ImportLine)
  }

  #count(what: "made" | "replayed" | "rejected"): void {
    this.#counts = { ...this.#counts, rows: this.#counts.rows + 1, [what]: this.#counts[what] + 1 }
  }

  #rejected({ line, number: row }: Row, problem: Problem): ReadonlyArray<ImportLine> {
    this.#count("rejected")
    return [{ rejected: { row, line, problem } }]
  }
}

/** The key was made of the row, so that what it means is said in the row's words. */
const explained = (problem: Problem, item: BatchItemJson): Problem => {
  const detail = problem.code === "IdempotencyKeyReused" ? reusedInWords(item) : null
  return detail === null ? problem : { ...problem, detail }
}

const endedAt = ({ number }: Row): string =>
  `Reading ended at row ${number}: mend the file itself and send it again; what was made is not made twice`

const halting = (last: Row | undefined, unavailable: LedgerUnavailable | null): Problem | null => {
  if (unavailable !== null) return faultOf("Unavailable", unavailable.detail)
  return last !== undefined && endsReading(last) ? faultOf("UnreadableFile", endedAt(last)) : null
}

/**
 * The one writer: what is to be written waits in a queue, and all that waits is done and committed in one transaction.
 * Nobody is answered before that commit is durable. Between two commits, others who use the file get their turn.
 */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Exit } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { isBusy, obstacle, row, tuples, unavailable } from "./connection.ts"
import { Known } from "./facts.ts"
import type { Leased } from "./recordRefunds.ts"
import { refuseNewer } from "./schema.ts"

export interface WriterOptions {
  /** More than this may not wait. */
  readonly queueLimit: number
  /** At most this many in one commit. */
  readonly batchLimit: number
  /** How long others may keep the file to themselves before what waits is given up. */
  readonly busyMilliseconds: number
}

/** What one transaction has in hand: what is known of the tables, and what it leased to this process. */
export interface Batch {
  readonly known: Known
  readonly leased: Leased
}

/** Runs inside the transaction. Where it throws, the transaction is undone. */
type Work<A, E> = (batch: Batch) => Exit.Exit<A, E>

interface Waiting {
  readonly work: Work<unknown, unknown>
  readonly answer: (answer: Exit.Exit<unknown, unknown>) => void
  readonly since: number
  isGivenUp: boolean
}

/** Tenants and orders that are kept in mind from one commit to the next. */
const knownLimit = 2_000
/** After another process wrote, this one pauses after each commit for so long that the other finds the file free. */
const sharingMilliseconds = 1_000

export class Writer {
  readonly #db: DatabaseSync
  readonly #options: WriterOptions
  readonly #onLeased: (leased: Leased) => void
  readonly #onCommit: (decisions: number, milliseconds: number) => void
  readonly #dataVersion
  #waiting: Array<Waiting> = []
  /** Those of a batch that failed: each again in a transaction of its own, so that only the guilty one fails. */
  #alone: Array<Waiting> = []
  #known = new Known()
  #version = -1
  #isScheduled = false
  #isClosing = false
  #onIdle: () => void = () => {}
  #attempts = 0
  #othersWroteAt = Number.NEGATIVE_INFINITY
  #notBefore = 0

  constructor(
    db: DatabaseSync,
    options: WriterOptions,
    onLeased: (leased: Leased) => void,
    onCommit: (decisions: number, milliseconds: number) => void = () => {}
  ) {
    this.#db = db
    this.#options = options
    this.#onLeased = onLeased
    this.#onCommit = onCommit
    this.#dataVersion = tuples(db, "PRAGMA data_version")
  }

  /** An interrupted caller's work is not begun; once it is begun it may be committed all the same. */
  write<A, E>(work: Work<A, E>): Effect.Effect<A, E | LedgerUnavailable> {
    return Effect.callback<A, E | LedgerUnavailable>((resume) => {
      if (this.#isClosing) return resume(Effect.fail(unavailable("the ledger is being closed")))
      if (this.#waiting.length >= this.#options.queueLimit) {
        return resume(Effect.fail(unavailable(`${this.#options.queueLimit} decisions wait already`)))
      }
      const answer = resume as (answer: Exit.Exit<unknown, unknown>) => void
      const waiting: Waiting = { work, answer, since: performance.now(), isGivenUp: false }
      this.#waiting.push(waiting)
      this.#schedule()
      return Effect.sync(() => {
        waiting.isGivenUp = true
      })
    })
  }

  /** Takes no more work, and resumes when the last that waits is answered. */
  readonly drain: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.#isClosing = true
    if (this.#isIdle()) return resume(Effect.void)
    this.#onIdle = () => resume(Effect.void)
  })

  #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#alone.length === 0
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const pause = this.#notBefore - performance.now()
    if (pause > 0) setTimeout(this.#flush, pause)
    else setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    this.#isScheduled = false
    const begun = this.#begin()
    if (begun) this.#commit(this.#take())
    if (!this.#isIdle()) return this.#schedule()
    this.#onIdle()
  }

  /** False where the file is somebody else's now, or cannot be written at all: then what waits too long is given up. */
  #begin(): boolean {
    try {
      this.#db.exec("BEGIN IMMEDIATE")
      this.#seeWhatOthersWrote()
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK")
      if (isBusy(error)) this.#waitForTurn(error)
      else this.#giveUp(Number.POSITIVE_INFINITY, error)
      return false
    }
    this.#attempts = 0
    return true
  }

  #seeWhatOthersWrote(): void {
    const version = row<readonly [number]>(this.#dataVersion)?.[0] ?? -1
    if (version === this.#version) return
    refuseNewer(this.#db)
    if (this.#version !== -1) this.#othersWroteAt = performance.now()
    this.#known = new Known()
    this.#version = version
  }

  #waitForTurn(error: unknown): void {
    const now = performance.now()
    this.#attempts++
    this.#notBefore = now + 0.2 + Math.random() * Math.min(0.8 + this.#attempts * 0.2, 2.8)
    this.#giveUp(now - this.#options.busyMilliseconds, error)
  }

  #giveUp(waitingSince: number, error: unknown): void {
    const answer = failure(error)
    const isLate = (each: Waiting) => each.since <= waitingSince
    const late = [...this.#alone.filter(isLate), ...this.#waiting.filter(isLate)]
    if (late.length === 0) return
    this.#alone = this.#alone.filter((each) => !isLate(each))
    this.#waiting = this.#waiting.filter((each) => !isLate(each))
    for (const each of late) each.answer(answer)
  }

  #take(): ReadonlyArray<Waiting> {
    const taken = this.#alone.length > 0 ? this.#alone.splice(0, 1) : this.#waiting.splice(0, this.#options.batchLimit)
    return taken.filter((each) => !each.isGivenUp)
  }

  #commit(taken: ReadonlyArray<Waiting>): void {
    const leased: Leased = []
    const answers: Array<Exit.Exit<unknown, unknown>> = []
    const since = performance.now()
    try {
      const batch: Batch = { known: this.#known, leased }
      for (const each of taken) answers.push(each.work(batch))
      this.#db.exec("COMMIT")
    } catch (error) {
      return this.#undo(taken, error)
    }
    if (this.#known.size > knownLimit) this.#known = new Known()
    this.#giveWay()
    this.#onCommit(taken.length, performance.now() - since)
    if (leased.length > 0) this.#onLeased(leased)
    taken.forEach((each, index) => {
      each.answer(answers[index] ?? Exit.die(new Error("no answer")))
    })
  }

  #undo(taken: ReadonlyArray<Waiting>, error: unknown): void {
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK")
    this.#known = new Known()
    if (taken.length > 1) this.#alone.push(...taken)
    else for (const each of taken) each.answer(failure(error))
  }

  /** Before anybody is answered: who is may ask for more at once. */
  #giveWay(): void {
    const now = performance.now()
    if (now - this.#othersWroteAt < sharingMilliseconds) this.#notBefore = now + 0.5 + Math.random() * 1.5
  }
}

const failure = (error: unknown): Exit.Exit<never, LedgerUnavailable> => {
  const reason = obstacle(error)
  return reason === null ? Exit.die(error) : Exit.fail(reason)
}

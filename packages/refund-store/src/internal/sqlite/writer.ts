/**
 * The one writer: what is to be written waits in a queue, and all that waits is done and committed in one transaction.
 * Nobody is answered before that commit is durable. Between two commits, others who use the file get their turn.
 */
import { Effect, Exit, type Result } from "effect"
import { type Decision, type Facts, LedgerUnavailable, type Scope } from "refund-core/ports/LedgerStore"
import type { Watch } from "refund-core/ports/Watch"
import type { Asking } from "../ask.ts"
import { isBusy, obstacle, unavailable } from "../connection.ts"
import type { Known } from "../facts.ts"
import type { Leased } from "../lease.ts"
import { refuseNewer } from "../schema.ts"
import { batch, type Done, type Shared, type Wish } from "./batch.ts"
import type { Versions } from "./session.ts"
import type { Writing } from "./writing.ts"

export interface WriterOptions {
  /** More than this may not wait. */
  readonly queueLimit: number
  /** At most this many in one commit. */
  readonly batchLimit: number
  /** How long others may keep the file to themselves before what waits is given up. */
  readonly busyMilliseconds: number
}

interface Waiting {
  readonly wish: Wish
  readonly answer: (answer: Exit.Exit<unknown, unknown>) => void
  readonly since: number
  isGivenUp: boolean
}

/** After another process wrote, this one pauses after each commit for so long that the other finds the file free. */
const sharingMilliseconds = 1_000
/** What a batch lacked is read for the next one. */
const mostStuck = 100

export class Writer {
  readonly #writing
  readonly #shared
  readonly #options
  readonly #onLeased
  readonly #onCommit
  #waiting: Array<Waiting> = []
  /** Those of a batch that failed: each again in a transaction of its own, so that only the guilty one fails. */
  #alone: Array<Waiting> = []
  #version: number | null = null
  #isScheduled = false
  #isUnderWay = false
  #takes: "all" | "work" | "nothing" = "all"
  #onIdle: () => void = () => {}
  #attempts = 0
  #stuck = 0
  #othersWroteAt = Number.NEGATIVE_INFINITY
  #notBefore = 0

  constructor(
    writing: Writing,
    shared: Shared,
    options: WriterOptions,
    onLeased: (leased: Leased) => void,
    onCommit: Watch["committed"] = () => {}
  ) {
    this.#writing = writing
    this.#shared = shared
    this.#options = options
    this.#onLeased = onLeased
    this.#onCommit = onCommit
  }

  decide<A, R>(
    scope: Scope,
    decide: (facts: Facts) => Result.Result<Decision<A>, R>
  ): Effect.Effect<A, R | LedgerUnavailable> {
    return this.#wish({ scope, decide })
  }

  write<A>(work: (known: Known) => Asking<A>): Effect.Effect<A, LedgerUnavailable> {
    return this.#wish({ work })
  }

  /** An interrupted caller's wish is not begun; once it is begun it may be committed all the same. */
  #wish<A, E>(wish: Wish): Effect.Effect<A, E | LedgerUnavailable> {
    return Effect.callback<A, E | LedgerUnavailable>((resume) => {
      const isTaken = this.#takes === "all" || (this.#takes === "work" && "work" in wish)
      if (!isTaken) return resume(Effect.fail(unavailable("the ledger is being closed")))
      if (this.#waiting.length >= this.#options.queueLimit) {
        return resume(Effect.fail(unavailable(`${this.#options.queueLimit} decisions wait already`)))
      }
      const answer = resume as (answer: Exit.Exit<unknown, unknown>) => void
      const waiting: Waiting = { wish, answer, since: performance.now(), isGivenUp: false }
      this.#waiting.push(waiting)
      this.#schedule()
      return Effect.sync(() => {
        waiting.isGivenUp = true
      })
    })
  }

  /** Takes no more decisions, and resumes when the last that waits is answered: what is given back then is still written. */
  readonly drain: Effect.Effect<void> = Effect.suspend(() => this.#taking("work"))
  /** Takes nothing any more. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => this.#taking("nothing"))

  #taking(takes: "work" | "nothing"): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      this.#takes = takes
      if (this.#isIdle()) return resume(Effect.void)
      this.#onIdle = () => resume(Effect.void)
    })
  }

  #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#alone.length === 0 && !this.#isUnderWay
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isUnderWay) return
    this.#isScheduled = true
    const pause = this.#notBefore - performance.now()
    if (pause > 0) setTimeout(this.#flush, pause)
    else setImmediate(this.#flush)
  }

  readonly #flush = async (): Promise<void> => {
    this.#isScheduled = false
    this.#isUnderWay = true
    await this.#commit(this.#take())
    this.#isUnderWay = false
    if (this.#isIdle()) this.#onIdle()
    else this.#schedule()
  }

  #take(): ReadonlyArray<Waiting> {
    const taken = this.#alone.length > 0 ? this.#alone.splice(0, 1) : this.#waiting.splice(0, this.#options.batchLimit)
    return taken.filter((each) => !each.isGivenUp)
  }

  async #commit(taken: ReadonlyArray<Waiting>): Promise<void> {
    if (taken.length === 0) return
    const wishes = taken.map((each) => each.wish)
    const since = performance.now()
    let done: Done
    try {
      done = await this.#writing.transact(() => batch(this.#shared, wishes), this.#begun)
    } catch (error) {
      return this.#fail(taken, error)
    }
    this.#attempts = 0
    this.#giveWay()
    this.#onCommit(taken.length, performance.now() - since)
    this.#answer(taken, done)
  }

  readonly #begun = ({ data, schema }: Versions): void => {
    if (data === this.#version) return
    refuseNewer(schema)
    if (this.#version !== null) this.#othersWroteAt = performance.now()
    this.#version = data
  }

  #answer(taken: ReadonlyArray<Waiting>, { leased, placed, told }: Done): void {
    for (const { at, order, tenant } of placed) this.#shared.places.keep(tenant, at, order)
    if (leased.length > 0) this.#onLeased(leased)
    const later: Array<Waiting> = []
    taken.forEach((each, index) => {
      const answer = told[index]
      if (answer === undefined || answer === "later" || answer === "waits") later.push(each)
      else each.answer(answer)
    })
    this.#stuck = later.length === taken.length ? this.#stuck + 1 : 0
    if (this.#stuck <= mostStuck) {
      this.#waiting.unshift(...later)
      return
    }
    this.#stuck = 0
    for (const each of later) each.answer(Exit.die(new Error("no decision of a batch could be made")))
  }

  /** Nothing was committed, unless the thread was lost in the commit itself: then that is told. */
  #fail(taken: ReadonlyArray<Waiting>, error: unknown): void {
    // What was read of a tenant that was being made is not true any more.
    this.#shared.tenants.clear()
    if (isBusy(error)) {
      this.#waiting.unshift(...taken)
      return this.#waitForTurn(error)
    }
    if (taken.length > 1 && !(error instanceof LedgerUnavailable)) this.#alone.push(...taken)
    else for (const each of taken) each.answer(failure(error))
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

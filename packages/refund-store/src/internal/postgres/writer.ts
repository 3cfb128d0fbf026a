/**
 * What is to be decided waits in a queue; all that waits is decided and committed in one transaction, and several of those
 * may be under way at once, each on a connection of its own. Nobody is answered before that.
 */
import { Effect, Exit, type Result } from "effect"
import { type Decision, type Facts, LedgerUnavailable, type Scope } from "refund-core/ports/LedgerStore"
import type { Watch } from "refund-core/ports/Watch"
import { Places } from "../batch/places.ts"
import { unavailable } from "../connection.ts"
import type { Leased } from "../lease.ts"
import { answer } from "./answering.ts"
import { postgres } from "./dialect.ts"
import { type Failure, failureOf, isAnswer, obstacleOf } from "./failures.ts"
import { patiently, readAgain, wait } from "./patience.ts"
import type { Pool } from "./pool.ts"
import { Queue, type QueueOptions, type Ready, type Waiting } from "./queue.ts"
import { loads } from "./statements.ts"
import { type Decided, type Shared, Transaction, wasCommitted } from "./transaction.ts"

export interface WriterOptions extends QueueOptions {
  /** More than this may not wait. */
  readonly queueLimit: number
  /** How long the database may be out of reach, or others in the way, before what waits is given up. */
  readonly busyMilliseconds: number
}

/** The pools: a transaction that needs another connection must not wait for one that waits for it. */
export interface Pools {
  readonly writing: Pool
  readonly reading: Pool
}

/** What was taken by another transaction is seen at the next try; what still is not after so many is a fault. */
const mostTaken = 4
const mostStuck = 100
export class Writer {
  readonly #pools
  readonly #shared
  readonly #options
  readonly #onLeased
  readonly #onCommit
  readonly places = new Places()
  readonly #queue
  #isPlacing = false
  #isScheduled = false
  #isClosing = false
  #onIdle: () => void = () => {}
  /** How often a batch was run again, and why. */
  readonly again = { again: 0, crowded: 0, lost: 0, taken: 0, fault: 0 }
  commits = 0

  constructor(
    pools: Pools,
    shared: Shared,
    options: WriterOptions,
    onLeased: (leased: Leased) => void,
    onCommit: Watch["committed"]
  ) {
    this.#pools = pools
    this.#shared = shared
    this.#options = options
    this.#queue = new Queue(options, this.places)
    this.#onLeased = onLeased
    this.#onCommit = onCommit
  }

  /** An interrupted caller's decision is not begun; once it is begun it may be committed all the same. */
  decide<A, R>(
    scope: Scope,
    decide: (facts: Facts) => Result.Result<Decision<A>, R>
  ): Effect.Effect<A, R | LedgerUnavailable> {
    return Effect.callback<A, R | LedgerUnavailable>((resume) => {
      if (this.#isClosing) return resume(Effect.fail(unavailable("the ledger is being closed")))
      if (this.#queue.length >= this.#options.queueLimit) {
        return resume(Effect.fail(unavailable(`${this.#options.queueLimit} decisions wait already`)))
      }
      const answer = resume as (answer: Exit.Exit<unknown, unknown>) => void
      const waiting: Waiting = { scope, decide, answer, since: performance.now(), isGivenUp: false }
      this.#queue.add(waiting)
      this.#schedule()
      return Effect.sync(() => {
        waiting.isGivenUp = true
      })
    })
  }

  /** Takes no more, and resumes when the last that waits is answered. */
  readonly drain: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.#isClosing = true
    this.#onIdle = () => resume(Effect.void)
    this.#schedule()
  })

  #isIdle(): boolean {
    return this.#queue.isIdle() && !this.#isPlacing
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    this.#isScheduled = false
    const unplaced = this.#isPlacing ? [] : this.#queue.takeUnplaced()
    if (unplaced.length > 0) void this.#placeAll(unplaced)
    for (let batch = this.#queue.take(); batch.length > 0; batch = this.#queue.take()) void this.#begin(batch)
    if (this.#isIdle()) this.#onIdle()
  }

  async #placeAll(all: ReadonlyArray<Waiting>): Promise<void> {
    this.#isPlacing = true
    try {
      const scopes = all.map(({ scope }) => scope)
      await patiently(
        () => this.#isLate(all),
        readAgain,
        () =>
          this.#pools.reading.use((connection) =>
            answer(connection, this.places.find({ loads, dialect: postgres }, scopes))
          )
      )
      this.#queue.place(all)
    } catch (error) {
      for (const each of all) each.answer(failure(error))
    }
    this.#isPlacing = false
    this.#schedule()
  }

  async #begin(batch: ReadonlyArray<Ready>): Promise<void> {
    const waited = batch.some((each) => each.waits)
    try {
      await this.#run(batch)
    } catch (error) {
      for (const each of batch) each.answer(failure(error))
    }
    this.#queue.leave(batch, waited)
    this.#schedule()
  }

  /** Answers all of them, or puts them back in front. Where one of several is at fault, each half is tried by itself. */
  async #run(batch: ReadonlyArray<Ready>): Promise<void> {
    const since = performance.now()
    for (let tries = 1; ; tries++) {
      const transaction = new Transaction(
        this.#shared,
        batch,
        batch.some((each) => each.waits)
      )
      try {
        await this.#pools.writing.use((connection) => transaction.run(connection))
      } catch (error) {
        const { decided } = transaction
        const kind = kindOf(error, decided)
        if (kind === "lost" && decided !== null && (await this.#isThere(batch, decided))) {
          return this.#answer(batch, decided, since)
        }
        // Others may have the same numbers where the server that they were drawn from is lost: then new ones are drawn.
        if (kind === "taken" || kind === "lost") this.#forgetNumbers()
        else transaction.giveBack()
        if (kind === "refused") throw error
        this.again[kind]++
        if (kind === "taken" || kind === "fault" || kind === "crowded") {
          if (batch.length > 1) return this.#halve(batch)
          if (kind === "fault" || (kind === "taken" && tries === mostTaken)) throw error
        }
        if (this.#isLate(batch)) {
          if (kind === "lost") this.#giveUp(error)
          throw error
        }
        await wait(tries)
        continue
      }
      return this.#answer(batch, transaction.decided, since)
    }
  }

  /** Who waits behind a database that is away is told when the time is up, not when it would have had its turn. */
  #giveUp(error: unknown): void {
    const answer = failure(error)
    for (const each of this.#queue.takeThose((each) => this.#isLate([each]))) each.answer(answer)
  }

  #forgetNumbers(): void {
    for (const each of Object.values(this.#shared.numbers)) each.forget()
  }

  async #halve(batch: ReadonlyArray<Ready>): Promise<void> {
    const middle = Math.ceil(batch.length / 2)
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      try {
        await this.#run(half)
      } catch (error) {
        for (const each of half) each.answer(failure(error))
      }
    }
  }

  /** The connection broke while the commit was on its way: whether it arrived is to be seen in the journal. */
  async #isThere(batch: ReadonlyArray<Ready>, { proof }: Decided): Promise<boolean> {
    if (proof === null) return false
    const { ledger } = this.#shared
    try {
      return await patiently(
        () => this.#isLate(batch),
        readAgain,
        () => this.#pools.writing.use((connection) => wasCommitted(connection, ledger, batch, proof))
      )
    } catch (error) {
      throw unavailable(`the connection broke in the commit, ask again with the same key: ${messageOf(error)}`)
    }
  }

  #isLate(batch: ReadonlyArray<Waiting>): boolean {
    const oldest = batch.reduce((since, each) => Math.min(since, each.since), Number.POSITIVE_INFINITY)
    return performance.now() - oldest > this.#options.busyMilliseconds
  }

  #answer(batch: ReadonlyArray<Ready>, decided: Decided | null, since: number): void {
    if (decided === null) throw new Error("a transaction ended without a decision")
    const { leased, placed, told } = decided
    this.commits++
    this.#onCommit(batch.length, performance.now() - since)
    for (const { at, order, tenant } of placed) this.places.keep(tenant, at, order)
    if (leased.length > 0) this.#onLeased(leased)
    const later: Array<Ready> = []
    batch.forEach((each, index) => {
      const answer = told[index]
      if (answer === undefined || answer === "later" || answer === "waits") later.push(each)
      else each.answer(answer)
      each.waits = answer === "waits"
    })
    // At least one of a batch is made or waits for others: where none is, the batch lacked something that comes in a moment.
    const isStuck = later.length === batch.length && !later.some((each) => each.waits)
    for (const each of later) each.stuck = isStuck ? each.stuck + 1 : 0
    if (later.some((each) => each.stuck > mostStuck)) throw new Error("no decision of a batch could be made")
    this.#queue.back(later)
  }
}

/** Once the commit may be on its way, only an answer of the database's says that it did not arrive. */
const kindOf = (error: unknown, decided: Decided | null): Failure => {
  if (error instanceof LedgerUnavailable) return "refused"
  return decided !== null && !isAnswer(error) ? "lost" : failureOf(error)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const failure = (error: unknown): Exit.Exit<never, LedgerUnavailable> => {
  const reason = obstacleOf(error)
  return reason === null ? Exit.die(error) : Exit.fail(reason)
}

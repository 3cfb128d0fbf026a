/**
 * What waits to be decided, and what of it may be decided together now: what is about one order is in one transaction at a
 * time, so the decisions about a hot order gather while the ones before them are committed.
 */
import type { Exit } from "effect"
import type { Scope } from "refund-core/ports/LedgerStore"
import type { Undecided } from "../batch/decideAll.ts"
import { laneOf } from "../batch/lane.ts"
import type { Places } from "../batch/places.ts"

export interface QueueOptions {
  /** At most this many in one commit. */
  readonly batchLimit: number
  /** At most this many commits under way. */
  readonly writers: number
}

export interface Waiting {
  readonly scope: Scope
  readonly decide: Undecided["decide"]
  readonly answer: (answer: Exit.Exit<unknown, unknown>) => void
  readonly since: number
  isGivenUp: boolean
}

export interface Ready extends Waiting, Undecided {
  /** Another transaction was in its lane: the next one waits for that, with nothing else in it. */
  waits: boolean
  /** How often in a row nothing of its batch could be decided. */
  stuck: number
}

const othersMilliseconds = 250
const othersLimit = 1_000

export class Queue {
  readonly #options
  readonly #places
  /** Where the order of a capture or refund is not known yet. */
  #unplaced: Array<Waiting> = []
  #ready: Array<Ready> = []
  /** Those of the transactions that are under way. */
  readonly #lanes = new Set<string>()
  /** Lanes that other processes were in lately. */
  readonly #othersUntil = new Map<string, number>()
  #underWay = 0
  /** Of those, how many may have to wait for other processes. */
  #waitings = 0

  constructor(options: QueueOptions, places: Places) {
    this.#options = options
    this.#places = places
  }

  get length(): number {
    return this.#ready.length + this.#unplaced.length
  }

  isIdle(): boolean {
    return this.length + this.#underWay === 0
  }

  add(waiting: Waiting): void {
    const order = this.#places.known(waiting.scope)
    if (order === undefined) this.#unplaced.push(waiting)
    else this.#ready.push(this.#inLane(waiting, order))
  }

  /** Those whose order has to be found first: they come back by `place`. */
  takeUnplaced(): ReadonlyArray<Waiting> {
    return this.#unplaced.splice(0)
  }

  /** Once their orders are known, as far as there are any. */
  place(all: ReadonlyArray<Waiting>): void {
    for (const each of all) this.#ready.push(this.#inLane(each, this.#places.known(each.scope) ?? null))
  }

  /** One transaction's, whose lanes are theirs until `leave`; none where nothing may begin now. */
  take(): ReadonlyArray<Ready> {
    const batch = this.#underWay < this.#options.writers ? this.#next() : []
    if (batch.length === 0) return batch
    this.#underWay++
    if (batch.some((each) => each.waits)) this.#waitings++
    for (const { lane } of batch) if (lane !== null) this.#lanes.add(lane)
    return batch
  }

  /** All that wait and whose lane is free; or those of one lane that has to be waited for. */
  #next(): ReadonlyArray<Ready> {
    this.#ready = this.#ready.filter((each) => !each.isGivenUp)
    const isFree = ({ lane }: Ready) => lane === null || !this.#lanes.has(lane)
    const first = this.#ready.find((each) => each.waits && isFree(each))
    // One writer is left to those who need not wait.
    const mayWait = first !== undefined && this.#waitings < Math.max(1, this.#options.writers - 1)
    const awaited = new Set(this.#ready.flatMap(({ lane, waits }) => (waits && lane !== null ? lane : [])))
    const isAwaited = ({ lane, waits }: Ready) => waits || (lane !== null && awaited.has(lane))
    const belongs = (each: Ready) =>
      mayWait ? each === first || (each.lane !== null && each.lane === first.lane) : !isAwaited(each) && isFree(each)
    const taken: Array<Ready> = []
    const left: Array<Ready> = []
    for (const each of this.#ready) {
      if (taken.length < this.#options.batchLimit && belongs(each)) taken.push(each)
      else left.push(each)
    }
    this.#ready = left
    return taken
  }

  /** `waited`: whether it did when it was taken. Those that came `back` meanwhile are in front. */
  leave(batch: ReadonlyArray<Ready>, waited: boolean): void {
    this.#underWay--
    if (waited) this.#waitings--
    for (const { lane } of batch) if (lane !== null) this.#lanes.delete(lane)
  }

  back(later: ReadonlyArray<Ready>): void {
    for (const { lane, waits } of later) if (waits && lane !== null) this.#noteOthersIn(lane)
    this.#ready.unshift(...later)
  }

  takeThose(isWanted: (each: Waiting) => boolean): ReadonlyArray<Waiting> {
    const taken = [...this.#ready.filter(isWanted), ...this.#unplaced.filter(isWanted)]
    if (taken.length === 0) return taken
    this.#ready = this.#ready.filter((each) => !isWanted(each))
    this.#unplaced = this.#unplaced.filter((each) => !isWanted(each))
    return taken
  }

  /** A lane that others were in a moment ago is waited for at once: they may well be again. */
  #inLane(waiting: Waiting, order: Undecided["order"]): Ready {
    const lane = laneOf(waiting.scope, order)
    const until = lane === null ? undefined : this.#othersUntil.get(lane)
    return Object.assign(waiting, { order, lane, waits: until !== undefined && until > performance.now(), stuck: 0 })
  }

  #noteOthersIn(lane: string): void {
    if (this.#othersUntil.size > othersLimit) this.#othersUntil.clear()
    this.#othersUntil.set(lane, performance.now() + othersMilliseconds)
  }
}

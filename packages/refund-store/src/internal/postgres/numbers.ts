/**
 * Numbers for new orders, refunds and accounts. A process draws a run of them from the database before they are needed and
 * gives them out in order; those that were given to what was not committed are given out again, unless the connection broke
 * or another process has them. So one process numbers without gaps, and nobody waits for another's commit to get one.
 */
import type { Pool } from "./pool.ts"

export type Numbered = "orders" | "refunds" | "accounts"

/** From `next` up to, but without, `end`. */
interface Run {
  next: number
  readonly end: number
}

/** At least so many are drawn at a time. */
const leastDrawn = 16
/** More runs than this, with gaps between them, are not worth their while: the oldest is left unused. */
const runLimit = 16

// On the disk before any is given out, also where the database would answer before: one that crashed must not draw again
// for others what this process still has.
const drawSql = `UPDATE numbers SET next = next + $2 WHERE name = $1 AND set_config('synchronous_commit',
  CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true) <> ''
  RETURNING next`
/** What was drawn last and is still left is the next that anybody draws. */
const giveBackSql = "UPDATE numbers SET next = $2 WHERE name = $1 AND next = $3"

export class Numbers {
  readonly #pool
  readonly #name
  #runs: Array<Run> = []
  #drawing: Promise<void> | null = null

  constructor(pool: Pool, name: Numbered) {
    this.#pool = pool
    this.#name = name
  }

  /** So many one after the other, and all above a number, can be given out without asking anybody. */
  has(count: number, above: number): boolean {
    return this.#longest(above) >= count
  }

  async ensure(count: number, above: number): Promise<void> {
    while (!this.has(count, above)) await (this.#drawing ?? this.#draw(count))
  }

  /** Another so many will be wanted soon: if they are not there, they are drawn meanwhile. */
  ahead(count: number, above: number): void {
    if (this.#drawing !== null || this.has(count, above)) return
    this.#drawing = this.#draw(count).finally(() => {
      this.#drawing = null
    })
    // Whoever waits for them is told; if nobody does, they are drawn once they are needed.
    this.#drawing.catch(() => {})
  }

  /** What answers next may be a server that does not know that these were drawn. */
  forget(): void {
    this.#runs = []
  }

  async #draw(count: number): Promise<void> {
    const drawn = Math.max(leastDrawn, 2 * count)
    const { rows } = await this.#pool.use((connection) => connection.ask<readonly [number]>(drawSql, this.#name, drawn))
    const end = rows[0]?.[0]
    if (end === undefined) throw new Error(`there are no numbers for ${this.#name}`)
    this.#add({ next: end - drawn, end })
  }

  #longest(above: number): number {
    return this.#runs.reduce((longest, { end, next }) => Math.max(longest, end - Math.max(next, above + 1)), 0)
  }

  /** Where the next ones may begin, one for each run that is left; the first is the lowest. */
  *starts(above: number): Iterable<{ readonly first: number; readonly end: number }> {
    for (const { end, next } of this.#runs) {
      const first = Math.max(next, above + 1)
      if (first < end) yield { first, end }
    }
  }

  /** One number, or null where there is none left. */
  take(): number | null {
    const first = this.#runs[0]?.next
    if (first === undefined) return null
    this.use(first, first + 1)
    return first
  }

  /** From `first` up to, but without, `end`: all of one run. */
  use(first: number, end: number): void {
    const at = this.#runs.findIndex((run) => run.next <= first && end <= run.end)
    const run = this.#runs[at]
    if (run === undefined) throw new Error(`the numbers ${first} to ${end} of ${this.#name} are not this process's`)
    const before = run.next < first ? [{ next: run.next, end: first }] : []
    run.next = end
    this.#runs.splice(at, 1, ...before, ...(run.next < run.end ? [run] : []))
  }

  /** What was not committed is given out again. */
  giveBack(first: number, end: number): void {
    if (first < end) this.#add({ next: first, end })
  }

  #add(run: Run): void {
    const sorted = [...this.#runs, run].toSorted((a, b) => a.next - b.next)
    const joined: Array<Run> = []
    for (const each of sorted) {
      const last = joined.at(-1)
      if (last !== undefined && last.end === each.next) joined.splice(-1, 1, { next: last.next, end: each.end })
      else joined.push(each)
    }
    this.#runs = joined.slice(-runLimit)
  }

  /** Before the process ends. Nobody else's are touched, so no number is ever given out twice. */
  async leave(): Promise<void> {
    await this.#drawing?.catch(() => {})
    const last = this.#runs.at(-1)
    if (last === undefined) return
    this.#runs = []
    await this.#pool.use((connection) => connection.ask(giveBackSql, this.#name, last.next, last.end))
  }
}

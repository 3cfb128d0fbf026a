/** Chains of the journal, hashed again: every entry is there, belongs here, and follows the one before it. */
import { Result } from "effect"
import { isCreditEvent } from "refund-core/Credit"
import type { TenantId } from "refund-core/Ids"
import { chained, type Home, home, type ReadEntry, readEntry } from "refund-core/Journal"
import type { VerifyReport } from "refund-core/ports/LedgerReader"
import { type Asking, rows } from "./ask.ts"
import type { Stepwise } from "./database.ts"
import type { Dialect } from "./dialect.ts"
import { sha256 } from "./digest.ts"

export type Problem = NonNullable<VerifyReport["problem"]>

export interface Done {
  readonly orders: number
  readonly entries: number
}

/** A step of the audit: asks, gives way with what is done so far, and ends with what it found. */
export type Step<A> = Stepwise<Done, A>

/** Rows read at once. */
export const portion = 1_000

/** Rows that were tampered with may not even parse. */
export const readable = <A>(parse: () => A): A | Error => {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return error
  }
}

/** Heads whose chains have no more entries together than are read at once, or one that has more; in the order given. */
export function* groupsOf<Head>(heads: ReadonlyArray<Head>, entriesOf: (head: Head) => number): Generator<Array<Head>> {
  let group: Array<Head> = []
  let sum = 0
  for (const head of heads) {
    sum += entriesOf(head)
    if (sum > portion && group.length > 0) {
      yield group
      group = []
      sum = entriesOf(head)
    }
    group.push(head)
  }
  if (group.length > 0) yield group
}

export interface Chain {
  readonly name: string
  readonly home: Home
  /** Its number in the journal. */
  readonly no: number
  /** As the head's row has them. */
  readonly entries: number
  readonly hash: string
}

interface FoundEntry {
  readonly chain: number
  readonly seq: number
  readonly hash: string
  readonly text: string
  /** Null: not read yet. It takes more room than its text, so it is read when its turn comes. */
  readonly entry: ReturnType<typeof readEntry> | null
}

type EntryRow = readonly [chain: number, seq: number, hash: string, text: string]

/** What has to be at hand before entries are looked at. */
type Ahead = (entries: ReadonlyArray<ReadEntry>) => Asking<void>

/** The entries of some chains, a portion at a time. */
class Entries {
  readonly #chains
  readonly #list
  readonly #sql
  readonly #ahead
  #found: ReadonlyArray<FoundEntry> = []
  #index = 0
  #last: readonly [chain: number, seq: number] = [Number.MIN_SAFE_INTEGER, 0]
  #isAll = false

  constructor(chains: ReadonlyArray<number>, { numberIn }: Dialect, ahead: Ahead | undefined) {
    this.#chains = chains
    this.#list = JSON.stringify(chains)
    this.#ahead = ahead
    this.#sql = {
      ofOne: "SELECT chain, seq, hash, text FROM journal WHERE chain = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
      ofMany: `SELECT chain, seq, hash, text FROM journal WHERE ${numberIn("chain", "?1")}
        AND (chain, seq) > (?2, ?3) ORDER BY chain, seq LIMIT ?4`
    }
  }

  /** The next of a chain; undefined after its last. Chains are asked for in the order of their numbers. */
  *next(chain: number): Asking<FoundEntry | undefined> {
    while (true) {
      const found = this.#found[this.#index]
      if (found === undefined) {
        if (this.#isAll) return undefined
        yield* this.#read()
      } else if (found.chain > chain) return undefined
      else {
        this.#index++
        if (found.chain === chain) return found
      }
    }
  }

  *#read(): Asking<void> {
    const [only, ...others] = this.#chains
    const [chain, seq] = this.#last
    const found =
      only !== undefined && others.length === 0
        ? yield* rows<EntryRow>(this.#sql.ofOne, only, seq, portion)
        : yield* rows<EntryRow>(this.#sql.ofMany, this.#list, chain, seq, portion)
    const isAhead = this.#ahead !== undefined
    this.#found = found.map(([chain, seq, hash, text]) => {
      return { chain, seq, hash, text, entry: isAhead ? readEntry(text) : null }
    })
    this.#index = 0
    this.#isAll = found.length < portion
    const last = found.at(-1)
    if (last !== undefined) this.#last = [last[0], last[1]]
    if (this.#ahead === undefined) return
    const entries = this.#found.flatMap(({ entry }) =>
      entry !== null && Result.isSuccess(entry) ? [entry.success] : []
    )
    yield* this.#ahead(entries)
  }
}

export class ChainAudit {
  readonly #dialect
  readonly #tenant: TenantId
  orders = 0
  entries = 0

  constructor(dialect: Dialect, tenant: TenantId) {
    this.#dialect = dialect
    this.#tenant = tenant
  }

  done(): Done {
    return { orders: this.orders, entries: this.entries }
  }

  entriesOf(chains: ReadonlyArray<number>, ahead?: Ahead): Entries {
    return new Entries(chains, this.#dialect, ahead)
  }

  /** `visit` answers what is wrong with an entry that belongs to the chain; null: nothing. */
  *walk(entries: Entries, chain: Chain, visit: (entry: ReadEntry) => string | null): Step<Problem | null> {
    let seq = 0
    let previous = ""
    let isOld = true
    const bad = (at: number, what: string): Problem => ({ chain: chain.name, seq: at, what })
    while (true) {
      const found = yield* entries.next(chain.no)
      if (found === undefined) break
      seq++
      if (found.seq !== seq) return bad(seq, "the entry is missing")
      previous = sha256(chained(previous, found.text))
      if (previous !== found.hash) return bad(seq, "its hash is not that of its text and the entry before it")
      const entry = found.entry ?? readEntry(found.text)
      if (Result.isFailure(entry)) return bad(seq, entry.failure)
      const what = this.#misplaced(entry.success, chain, seq, isOld) ?? visit(entry.success)
      if (what !== null) return bad(seq, what)
      isOld = entry.success.tenant === null
      this.entries++
      yield this.done()
    }
    if (seq < chain.entries) return bad(seq + 1, "the entry is missing")
    if (seq > chain.entries) return bad(chain.entries + 1, "the entry is not counted")
    return previous === chain.hash ? null : bad(seq, "the stored head is another entry's hash")
  }

  /** Old entries do not say whose they are, and an order's tell of credit too; what comes after a newer one is none. */
  #misplaced(entry: ReadEntry, chain: Chain, seq: number, mayBeOld: boolean): string | null {
    if (entry.chain !== chain.name || entry.seq !== seq) return "it belongs elsewhere"
    if (entry.tenant !== null && entry.tenant !== this.#tenant) return "it is another tenant's"
    const isOld = entry.tenant === null
    if (isOld && (!mayBeOld || chain.home === "credit")) return "it does not say whose it is"
    const belongs = entry.events.every(
      (event) => home(event) === chain.home || (isOld && chain.home === "order" && isCreditEvent(event))
    )
    return belongs ? null : "it tells of what belongs elsewhere"
  }
}

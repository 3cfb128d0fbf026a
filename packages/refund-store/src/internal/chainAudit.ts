/** One chain of the journal, hashed again: every entry is there, belongs here, and follows the one before it. */
import { Result } from "effect"
import { isCreditEvent } from "refund-core/Credit"
import type { TenantId } from "refund-core/Ids"
import { chained, type Home, home, type ReadEntry, readEntry } from "refund-core/Journal"
import type { VerifyReport } from "refund-core/ports/LedgerReader"
import { type Asking, rows } from "./ask.ts"
import { obstacle } from "./connection.ts"
import type { Stepwise } from "./database.ts"
import { sha256 } from "./digest.ts"

export type Problem = NonNullable<VerifyReport["problem"]>

export interface Done {
  readonly orders: number
  readonly entries: number
}

/** A step of the audit: asks, gives way with what is done so far, and ends with what it found. */
export type Step<A> = Stepwise<Done, A>

/** Rows that were tampered with may not even parse; what keeps the database from being read at all is no finding. */
export function* readable<A>(read: Asking<A>): Asking<A | Error> {
  try {
    return yield* read
  } catch (error) {
    if (!(error instanceof Error) || obstacle(error) !== null) throw error
    return error
  }
}

const entriesSql = "SELECT seq, hash, text FROM journal WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?"

/** Rows read at once. */
export const portion = 2_000

export interface Chain {
  readonly name: string
  readonly home: Home
  /** Its number in the journal. */
  readonly no: number
  /** As the head's row has them. */
  readonly entries: number
  readonly hash: string
}

export class ChainAudit {
  readonly #tenant: TenantId
  orders = 0
  entries = 0

  constructor(tenant: TenantId) {
    this.#tenant = tenant
  }

  done(): Done {
    return { orders: this.orders, entries: this.entries }
  }

  /** `visit` answers what is wrong with an entry that belongs to the chain; null: nothing. */
  *walk(chain: Chain, visit: (entry: ReadEntry) => Asking<string | null>): Step<Problem | null> {
    let seq = 0
    let previous = ""
    let isOld = true
    const bad = (at: number, what: string): Problem => ({ chain: chain.name, seq: at, what })
    while (true) {
      const found = yield* rows<readonly [number, string, string]>(entriesSql, chain.no, seq, portion)
      for (const [number, hash, text] of found) {
        seq++
        if (number !== seq) return bad(seq, "the entry is missing")
        previous = sha256(chained(previous, text))
        if (previous !== hash) return bad(seq, "its hash is not that of its text and the entry before it")
        const entry = readEntry(text)
        if (Result.isFailure(entry)) return bad(seq, entry.failure)
        const what = this.#misplaced(entry.success, chain, seq, isOld) ?? (yield* visit(entry.success))
        if (what !== null) return bad(seq, what)
        isOld = entry.success.tenant === null
        this.entries++
        yield this.done()
      }
      if (found.length < portion) break
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

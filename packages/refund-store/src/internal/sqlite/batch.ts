/** One batch in one transaction: what is asked beside is done, facts are read, decisions made in memory, all of it is written. */

import type { Result } from "effect"
import { Exit } from "effect"
import type { OrderId } from "refund-core/Ids"
import type { Decision, Facts, Scope } from "refund-core/ports/LedgerStore"
import type { Asking, Each } from "../ask.ts"
import { booksOf } from "../batch/book.ts"
import { decideAll, type Numbering, type Placed, placedBy, type Told } from "../batch/decideAll.ts"
import { flush, leasedBy, numberTenants } from "../batch/flush.ts"
import { laneOf } from "../batch/lane.ts"
import { type Loading, load, type TenantNumbers } from "../batch/load.ts"
import type { Places } from "../batch/places.ts"
import { sqlite } from "../dialect.ts"
import { Known } from "../facts.ts"
import type { Lease, Leased } from "../lease.ts"
import { loads, writes } from "./statements.ts"
import type { Ending } from "./writing.ts"

/** A decision, or other work that writes. */
export type Wish =
  | { readonly scope: Scope; readonly decide: (facts: Facts) => Result.Result<Decision<unknown>, unknown> }
  | { readonly work: (known: Known) => Asking<unknown> }

export interface Done {
  readonly told: ReadonlyArray<Told>
  readonly leased: Leased
  readonly placed: ReadonlyArray<Placed>
}

/** What the batches of a ledger have in common. */
export interface Shared {
  readonly places: Places
  readonly tenants: TenantNumbers
  readonly lease: Lease | null
}

type Asked = Extract<Wish, { readonly scope: Scope }>

const lastNumbers: Each = {
  statement: {
    sql: "SELECT (SELECT max(no) FROM refunds), (SELECT max(no) FROM orders), (SELECT max(no) FROM accounts)",
    columns: {}
  },
  rows: [[]]
}

type Last = readonly [refund: number | null, order: number | null, account: number | null]

/** The next of each, one after the other: nobody else writes meanwhile. */
class Following implements Numbering {
  #refund: number
  #order: number
  #account: number

  constructor([refund, order, account]: Last) {
    this.#refund = (refund ?? 0) + 1
    this.#order = (order ?? 0) + 1
    this.#account = (account ?? 0) + 1
  }

  readonly starts = () => [{ first: this.#refund, end: Number.POSITIVE_INFINITY }]
  readonly use = (_: number, end: number) => {
    this.#refund = end
  }
  readonly order = () => this.#order++
  readonly account = () => this.#account++
}

/** Other work comes first: it may make a tenant. The answers are in the order of the wishes. */
export function* batch(shared: Shared, wishes: ReadonlyArray<Wish>): Asking<Ending<Done>> {
  const told = new Map<Wish, Told>()
  for (const wish of wishes) if ("work" in wish) told.set(wish, Exit.succeed(yield* wish.work(new Known())))
  const asked = wishes.filter((wish): wish is Asked => "scope" in wish)
  const made = asked.length === 0 ? nothing : yield* decided(shared, asked)
  asked.forEach((each, index) => {
    told.set(each, made.answer.told[index] ?? "later")
  })
  const answers = wishes.map((wish): Told => told.get(wish) ?? "later")
  return { answer: { ...made.answer, told: answers }, written: made.written }
}

const nothing: Ending<Done> = { answer: { told: [], leased: [], placed: [] }, written: [] }

function* decided({ lease, places, tenants }: Shared, asked: ReadonlyArray<Asked>): Asking<Ending<Done>> {
  const loading: Loading = { loads, dialect: sqlite, tenants }
  const unplaced = asked.flatMap(({ scope }) => (places.known(scope) === undefined ? [scope] : []))
  if (unplaced.length > 0) yield* places.find(loading, unplaced)
  const undecided = asked.map((each) => {
    const order: OrderId | null = places.known(each.scope) ?? null
    return { ...each, order, lane: laneOf(each.scope, order) }
  })
  const { beside, found } = yield* load(loading, undecided, [lastNumbers])
  const numbers = new Following((beside[0]?.[0] ?? [null, null, null]) as Last)
  const books = booksOf(sqlite, undecided, found)
  const { changes, told } = decideAll(undecided, { books, numbers, lease, isBusy: () => false })
  yield* numberTenants(changes)
  const done: Done = { told, leased: leasedBy(changes), placed: placedBy(changes) }
  return { answer: done, written: flush(writes, changes, lease) }
}

/** The number that a new refund would have. */
export const nextNumber: Each = {
  statement: { sql: "SELECT coalesce(max(no), 0) + 1 FROM refunds", columns: {} },
  rows: [[]]
}

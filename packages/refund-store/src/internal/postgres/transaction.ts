/** One batch in one transaction: lanes taken, facts read, decisions made one after another in memory, all of it written. */
import type { Each } from "../ask.ts"
import { type Book, type Books, booksOf, type HeldAccount } from "../batch/book.ts"
import {
  decideAll,
  type Made,
  type Numbering,
  type Placed,
  placedBy,
  type Told,
  type Undecided
} from "../batch/decideAll.ts"
import type { Changes } from "../batch/decided.ts"
import { flush, leasedBy, numberTenants } from "../batch/flush.ts"
import { accountLane } from "../batch/lane.ts"
import { type Found, type FoundAccount, load, type TenantNumbers } from "../batch/load.ts"
import type { Lease, Leased } from "../lease.ts"
import { answer } from "./answering.ts"
import { postgres } from "./dialect.ts"
import { firstLanes, isIn, lock, tryLock } from "./lanes.ts"
import { valuesOf } from "./lists.ts"
import { refuseNewer, type Writable, writableSql } from "./migrate.ts"
import type { Numbered, Numbers } from "./numbers.ts"
import type { Connection } from "./pool.ts"
import { loads, writes } from "./statements.ts"

/** An entry by which it can be told later whether the batch was committed. */
export interface Proof {
  readonly chain: number
  readonly seq: number
  readonly hash: string
}

export interface Decided {
  readonly told: ReadonlyArray<Told>
  readonly leased: Leased
  readonly placed: ReadonlyArray<Placed>
  /** Null where nothing was written. */
  readonly proof: Proof | null
}

/** What the batches of a process have in common. */
export interface Shared {
  /** Tells the ledger from others in the same database. */
  readonly ledger: string
  readonly tenants: TenantNumbers
  readonly numbers: Readonly<Record<Numbered, Numbers>>
  readonly lease: Lease | null
}

/** Numbers that decisions of one attempt were given; they go back where it is not committed. */
class Drawn implements Numbering {
  readonly #numbers
  readonly #used: Array<readonly [Numbered, number, number]> = []

  constructor(numbers: Shared["numbers"]) {
    this.#numbers = numbers
  }

  readonly order = () => this.#take("orders")
  readonly account = () => this.#take("accounts")
  readonly starts: Numbering["starts"] = (above) => this.#numbers.refunds.starts(above)

  #take(name: Numbered): number | null {
    const number = this.#numbers[name].take()
    if (number !== null) this.#used.push([name, number, number + 1])
    return number
  }

  use(first: number, end: number): void {
    if (first === end) return
    this.#numbers.refunds.use(first, end)
    this.#used.push(["refunds", first, end])
  }

  giveBack(): void {
    for (const [name, first, end] of this.#used.splice(0)) this.#numbers[name].giveBack(first, end)
  }
}

interface Needed {
  readonly name: Numbered
  readonly count: number
  readonly above: number
}

const schema: Each = { statement: { sql: writableSql, columns: {} }, rows: [[]] }

const begin = "BEGIN ISOLATION LEVEL READ COMMITTED"

export class Transaction {
  readonly #shared: Shared
  readonly #batch: ReadonlyArray<Undecided>
  readonly #waits: boolean
  readonly #drawn: Drawn
  /** Once it is there, nobody can tell from a broken connection alone whether it was committed. */
  decided: Decided | null = null

  /** `waits`: for whoever else is in its lanes. */
  constructor(shared: Shared, batch: ReadonlyArray<Undecided>, waits: boolean) {
    this.#shared = shared
    this.#batch = batch
    this.#waits = waits
    this.#drawn = new Drawn(shared.numbers)
  }

  /** Where it throws, `giveBack` says that it was not committed. */
  async run(connection: Connection): Promise<void> {
    const begun = connection.tell(begin)
    const locking = lanesOfOthers(connection, this.#shared.ledger, firstLanes(this.#batch), this.#waits)
    const loading = { loads, dialect: postgres, tenants: this.#shared.tenants }
    const loaded = answer(connection, load(loading, this.#batch, [schema]))
    const [, busy, { beside, found }] = await inOrder([begun, locking, loaded])
    refuseNewer(beside[0]?.[0] as Writable | undefined)
    // Other batches of this process take numbers while this one waits for some: what is there is looked at last.
    const needed = this.#neededNumbers(found)
    while (!this.#areThere(needed)) await this.#draw(needed)
    const { changes, told } = await this.#decideWithAccounts(connection, found, busy)
    await answer(connection, numberTenants(changes))
    const decided: Decided = { told, leased: leasedBy(changes), placed: placedBy(changes), proof: proofOf(changes) }
    const sent = flush(writes, changes, this.#shared.lease).map(({ rows, statement: { columns, sql } }) =>
      connection.ask(sql, ...valuesOf(columns, rows))
    )
    this.decided = decided
    for (const { above, count, name } of needed) this.#shared.numbers[name].ahead(count, above)
    await committed(connection, sent)
  }

  giveBack(): void {
    this.#drawn.giveBack()
  }

  /** Enough for every decision, one after the other, so that no group of refunds is cut in two. */
  #neededNumbers({ orders }: Found): ReadonlyArray<Needed> {
    let [above, captures] = [0, 0]
    for (const row of orders) {
      above = Math.max(above, row[16] ?? 0)
      captures = Math.max(captures, row[13].length / leastCapture)
    }
    const count = this.#batch.length
    const mayBeNew = this.#batch.some(({ scope }) => scope.registering !== undefined)
    const hasOwners = orders.some((row) => row[3] !== null) || this.#batch.some(({ scope }) => "customer" in scope.at)
    return [
      { name: "refunds", count: count + Math.ceil(captures) + destinations, above },
      ...(mayBeNew ? [{ name: "orders", count, above: 0 } as const] : []),
      ...(hasOwners ? [{ name: "accounts", count, above: 0 } as const] : [])
    ]
  }

  #areThere(needed: ReadonlyArray<Needed>): boolean {
    return needed.every(({ above, count, name }) => this.#shared.numbers[name].has(count, above))
  }

  async #draw(needed: ReadonlyArray<Needed>): Promise<void> {
    for (const { above, count, name } of needed) await this.#shared.numbers[name].ensure(count, above)
  }

  /** Accounts are known only from the orders: they are locked once credit was moved, and all is decided again if it must. */
  async #decideWithAccounts(connection: Connection, first: Found, busy: ReadonlySet<string>) {
    let found = first
    const owners = ownersOf(this.#batch, first)
    const [locked, others] = [new Set<string>(), new Set<string>()]
    const isBusy = (each: Undecided) => isIn(busy, each) || others.has(owners.get(each) ?? "")
    while (true) {
      const made = this.#decideAll(booksOf(postgres, this.#batch, found), isBusy)
      const moved = [...made.changes.accounts].filter(([held, book]) => !locked.has(laneOf(held, book)))
      if (moved.length === 0) return made
      const lanes = moved.map(([held, book]) => laneOf(held, book))
      const names = moved.flatMap(([{ stored }, book]) => {
        return book.tenant.no === null ? [] : [[book.tenant.no, stored.head.customerId, stored.head.currency]]
      })
      // One that was another's and is moved all the same is not known by its order: then all wait for it.
      const waits = this.#waits || lanes.some((lane) => others.has(lane))
      const [theirs, { rows }] = await inOrder([
        lanesOfOthers(connection, this.#shared.ledger, lanes, waits),
        connection.ask<FoundAccount>(loads.accounts.sql, ...valuesOf(loads.accounts.columns, names))
      ])
      for (const lane of lanes) (theirs.has(lane) ? others : locked).add(lane)
      const unread = found.accounts.filter((row) => !rows.some((read) => read[0] === row[0]))
      const accounts = [...unread, ...rows]
      const isSame = accounts.length === found.accounts.length && rows.every((read) => found.accounts.some(same(read)))
      if (isSame && theirs.size === 0) return made
      this.#drawn.giveBack()
      found = { ...found, accounts }
    }
  }

  #decideAll(books: Books, isBusy: (each: Undecided) => boolean): Made {
    return decideAll(this.#batch, { books, numbers: this.#drawn, lease: this.#shared.lease, isBusy })
  }
}

/** A capture takes at least so many letters of an order's parts. */
const leastCapture = 20
const destinations = 8

const laneOf = ({ stored }: HeldAccount, book: Book): string =>
  accountLane(book.id, stored.head.customerId, stored.head.currency)

/** The account that a decision's credit would be of, where its order says whose it is. */
const ownersOf = (batch: ReadonlyArray<Undecided>, { orders, tenants }: Found): ReadonlyMap<Undecided, string> => {
  const numbers = new Map(tenants.map(([no, id]) => [id, no]))
  const byOrder = new Map(orders.map((row) => [`${row[19]} ${row[1]}`, row]))
  const owned = (each: Undecided): string | null => {
    const { order, scope } = each
    if ("customer" in scope.at) return each.lane
    const [, , currency, customer] = byOrder.get(`${numbers.get(scope.tenant)} ${order}`) ?? []
    return currency === undefined || customer == null ? null : accountLane(scope.tenant, customer, currency)
  }
  return new Map(batch.map((each) => [each, owned(each) ?? ""]))
}

/** An account changes only with its entries. */
const same = (read: Found["accounts"][number]) => (row: Found["accounts"][number]) =>
  read[0] === row[0] && read[4] === row[4] && read[5] === row[5]

/** The lanes that are others' now; none where they are waited for. */
const lanesOfOthers = async (
  connection: Connection,
  ledger: string,
  lanes: Iterable<string>,
  waits: boolean
): Promise<ReadonlySet<string>> => {
  if (!waits) return tryLock(connection, ledger, lanes)
  await lock(connection, ledger, lanes)
  return new Set()
}

/**
 * All is answered before anything is thrown, so that nothing of it is still on its way. What is thrown is what went wrong
 * first: whatever was sent after it fails for that reason alone.
 */
const inOrder = async <A extends ReadonlyArray<Promise<unknown>>>(sent: readonly [...A]) => {
  for (const each of await Promise.allSettled(sent)) if (each.status === "rejected") throw each.reason
  return Promise.all(sent)
}

const committed = async (connection: Connection, sent: ReadonlyArray<Promise<unknown>>): Promise<void> => {
  const commit = connection.ask("COMMIT")
  await inOrder([...sent, commit])
  if ((await commit).command !== "COMMIT") throw new Error("the transaction was not committed")
}

const proofOf = ({ entries }: Changes): Proof | null => {
  const [entry] = entries
  if (entry === undefined) return null
  return { chain: entry.chain ?? -(entry.book.tenant.no ?? 0), seq: entry.seq, hash: entry.hash }
}

const proofSql = "SELECT 1 FROM journal WHERE chain = $1 AND seq = $2 AND hash = $3"

/** Once the lanes are to be had again, the transaction is over, one way or the other. */
export const wasCommitted = async (
  connection: Connection,
  ledger: string,
  batch: ReadonlyArray<Undecided>,
  { chain, hash, seq }: Proof
): Promise<boolean> => {
  await connection.tell(begin)
  await lock(connection, ledger, firstLanes(batch))
  await lock(
    connection,
    ledger,
    batch.flatMap(({ lane, scope }) => (lane !== null && "customer" in scope.at ? [lane] : []))
  )
  const { rows } = await connection.ask(proofSql, chain, seq, hash)
  await connection.tell("ROLLBACK")
  return rows.length > 0
}

/** One batch in one transaction: lanes taken, facts read, decisions made one after another in memory, all of it written. */
import { Exit, Result } from "effect"
import type { OrderId } from "refund-core/Ids"
import type { Decision, Facts } from "refund-core/ports/LedgerStore"
import type { Lease, Leased } from "../recordRefunds.ts"
import { type Book, type Books, booksOf, factsOf, type HeldAccount } from "./book.ts"
import { Changes, keep } from "./decided.ts"
import { flush, leasedBy, numberTenants } from "./flush.ts"
import { accountLane, firstLanes, isIn, lock, tryLock } from "./lanes.ts"
import { type Found, load, readAccounts, type TenantNumbers, type Wanted } from "./load.ts"
import type { Numbered, Numbers } from "./numbers.ts"
import type { Connection } from "./pool.ts"

/** A decision that waits to be made. */
export interface Undecided extends Wanted {
  readonly lane: string | null
  readonly decide: (facts: Facts) => Result.Result<Decision<unknown>, unknown>
}

/**
 * `later`: it could not be made in this batch, and comes in the next. `waits`: another transaction is in its lane, which has
 * to be waited for, though not by all the others of the batch.
 */
export type Told = Exit.Exit<unknown, unknown> | "later" | "waits"

/** An entry by which it can be told later whether the batch was committed. */
export interface Proof {
  readonly chain: number
  readonly seq: number
  readonly hash: string
}

/** What the commit makes known of refunds and captures: which order they are of. */
export interface Placed {
  readonly tenant: string
  readonly at: { readonly refund: string } | { readonly capture: string }
  readonly order: OrderId
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
class Drawn {
  readonly #numbers
  readonly #used: Array<readonly [Numbered, number, number]> = []

  constructor(numbers: Shared["numbers"]) {
    this.#numbers = numbers
  }

  take(name: Numbered): number | null {
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
    const locking = this.#lock(connection)
    const loaded = load(connection, this.#batch, this.#shared.tenants)
    const [, busy, found] = await Promise.all([begun, locking, loaded])
    // Other batches of this process take numbers while this one waits for some: what is there is looked at last.
    const needed = this.#neededNumbers(found)
    while (!this.#areThere(needed)) await this.#draw(needed)
    const { changes, told } = await this.#decideWithAccounts(connection, found, busy)
    await numberTenants(connection, changes)
    const decided: Decided = { told, leased: leasedBy(changes), placed: placedBy(changes), proof: proofOf(changes) }
    const sent = flush(connection, changes, this.#shared.lease)
    this.decided = decided
    for (const { above, count, name } of needed) this.#shared.numbers[name].ahead(count, above)
    await committed(connection, sent)
  }

  giveBack(): void {
    this.#drawn.giveBack()
  }

  /** The lanes that are others' now. */
  async #lock(connection: Connection): Promise<ReadonlySet<string>> {
    const { ledger } = this.#shared
    const lanes = firstLanes(this.#batch)
    if (!this.#waits) return tryLock(connection, ledger, lanes)
    await lock(connection, ledger, lanes)
    return new Set()
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
    const locked = new Set<string>()
    while (true) {
      const made = this.#decideAll(booksOf(this.#batch, found), busy)
      const moved = [...made.changes.accounts].filter(([held, book]) => !locked.has(laneOf(held, book)))
      if (moved.length === 0) return made
      const lanes = moved.map(([held, book]) => laneOf(held, book))
      for (const lane of lanes) locked.add(lane)
      const names = moved.flatMap(([{ stored }, book]) => {
        return book.tenant.no === null ? [] : [[book.tenant.no, stored.head.customerId, stored.head.currency]]
      })
      const [, { rows }] = await Promise.all([
        lock(connection, this.#shared.ledger, lanes),
        readAccounts(connection, names)
      ])
      const others = found.accounts.filter((row) => !rows.some((read) => read[0] === row[0]))
      const accounts = [...others, ...rows]
      const isSame = accounts.length === found.accounts.length && rows.every((read) => found.accounts.some(same(read)))
      if (isSame) return made
      this.#drawn.giveBack()
      found = { ...found, accounts }
    }
  }

  #decideAll(
    books: Books,
    busy: ReadonlySet<string>
  ): { readonly changes: Changes; readonly told: ReadonlyArray<Told> } {
    const changes = new Changes()
    const later = new Set<string>()
    const told = this.#batch.map((each): Told => {
      // What is in one lane is decided in the order in which it came.
      if (each.lane !== null && later.has(each.lane)) return "later"
      const answer = isIn(busy, each) ? "waits" : this.#decideOne(books, changes, each)
      if ((answer === "later" || answer === "waits") && each.lane !== null) later.add(each.lane)
      return answer
    })
    return { changes, told }
  }

  #decideOne(books: Books, changes: Changes, each: Undecided): Told {
    const above = each.order === null ? 0 : (books.get(each.scope.tenant)?.order(each.order).stored?.lastRefund ?? 0)
    // A group of refunds has numbers one after the other: where a run of them is too short, the next is tried.
    for (const { end, first } of this.#shared.numbers.refunds.starts(above)) {
      const loaded = factsOf(books, each, first)
      if (loaded === null) return "later"
      try {
        const decided = each.decide(loaded.facts)
        if (Result.isFailure(decided)) return Exit.fail(decided.failure)
        const decision = decided.success
        if (decision.after.nextNumber > end) continue
        const numbers = { order: () => this.#drawn.take("orders"), account: () => this.#drawn.take("accounts") }
        if (!keep(changes, each.scope, loaded, decision, numbers, this.#leases)) return "later"
        this.#drawn.use(first, decision.after.nextNumber)
        return Exit.succeed(decision.answer)
      } catch (defect) {
        // A rule that throws is a fault of the program; it has written nothing, and fails alone.
        return Exit.die(defect)
      }
    }
    return "later"
  }

  readonly #leases = (due: number, decidedAt: number): boolean => {
    const { lease } = this.#shared
    return lease !== null && due <= decidedAt && lease.hasRoom()
  }
}

/** A capture takes at least so many letters of an order's parts. */
const leastCapture = 20
const destinations = 8

const laneOf = ({ stored }: HeldAccount, book: Book): string =>
  accountLane(book.id, stored.head.customerId, stored.head.currency)

/** An account changes only with its entries. */
const same = (read: Found["accounts"][number]) => (row: Found["accounts"][number]) =>
  read[0] === row[0] && read[4] === row[4] && read[5] === row[5]

/** All is answered before anything is thrown, so that nothing of it is still on its way. */
const committed = async (connection: Connection, sent: ReadonlyArray<Promise<unknown>>): Promise<void> => {
  const commit = connection.ask("COMMIT")
  const settled = await Promise.allSettled([...sent, commit])
  for (const each of settled) if (each.status === "rejected") throw each.reason
  if ((await commit).command !== "COMMIT") throw new Error("the transaction was not committed")
}

const proofOf = ({ entries }: Changes): Proof | null => {
  const [entry] = entries
  if (entry === undefined) return null
  return { chain: entry.chain ?? -(entry.book.tenant.no ?? 0), seq: entry.seq, hash: entry.hash }
}

const placedBy = (changes: Changes): ReadonlyArray<Placed> => {
  const refunds = [...changes.refunds].flatMap(([{ isNew, refund }, { id: tenant }]) =>
    isNew
      ? [...new Set([refund.id, refund.groupId])].map((id) => ({ tenant, at: { refund: id }, order: refund.orderId }))
      : []
  )
  const captures = [...changes.orders].flatMap(([{ isRegistered, stored }, { id: tenant }]) =>
    isRegistered && stored !== null
      ? stored.head.captures.map(({ id }) => ({ tenant, at: { capture: id }, order: stored.head.id }))
      : []
  )
  return [...refunds, ...captures]
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

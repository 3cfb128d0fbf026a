/** The decisions of a batch, made in memory one after the other, each on what those before it left. */
import { Exit, Result } from "effect"
import type { OrderId } from "refund-core/Ids"
import type { Decision, Facts } from "refund-core/ports/LedgerStore"
import type { Lease } from "../lease.ts"
import { type Book, type Books, factsOf } from "./book.ts"
import { Changes, keep, type NewNumbers } from "./decided.ts"
import type { Wanted } from "./load.ts"

/** A decision that waits to be made. `lane`: what is in one lane is decided in the order in which it came. */
export interface Undecided extends Wanted {
  readonly lane: string | null
  readonly decide: (facts: Facts) => Result.Result<Decision<unknown>, unknown>
}

/**
 * `later`: it could not be made in this batch, and comes in the next. `waits`: another transaction is in its lane, which has
 * to be waited for, though not by all the others of the batch.
 */
export type Told = Exit.Exit<unknown, unknown> | "later" | "waits"

/** Numbers for what decisions make. */
export interface Numbering extends NewNumbers {
  /** Where new refunds' numbers may begin, above one and up to but without `end`. */
  readonly starts: (above: number) => Iterable<{ readonly first: number; readonly end: number }>
  /** From `first` up to, but without, `end`. */
  readonly use: (first: number, end: number) => void
}

export interface Made {
  readonly changes: Changes
  readonly told: ReadonlyArray<Told>
}

export interface Deciding {
  readonly books: Books
  readonly numbers: Numbering
  readonly lease: Lease | null
  readonly isBusy: (each: Undecided) => boolean
}

export const decideAll = (batch: ReadonlyArray<Undecided>, deciding: Deciding): Made => {
  const changes = new Changes()
  const later = new Set<string>()
  const told = batch.map((each): Told => {
    if (each.lane !== null && later.has(each.lane)) return "later"
    const answer = deciding.isBusy(each) ? "waits" : decideOne(deciding, changes, each)
    if ((answer === "later" || answer === "waits") && each.lane !== null) later.add(each.lane)
    return answer
  })
  return { changes, told }
}

const decideOne = ({ books, lease, numbers }: Deciding, changes: Changes, each: Undecided): Told => {
  const leases = (due: number, decidedAt: number): boolean => lease !== null && due <= decidedAt && lease.hasRoom()
  // A group of refunds has numbers one after the other: where a run of them is too short, the next is tried.
  for (const { end, first } of numbers.starts(lastOf(books.get(each.scope.tenant), each))) {
    const loaded = factsOf(books, each, first)
    if (loaded === null) return "later"
    try {
      const decided = each.decide(loaded.facts)
      if (Result.isFailure(decided)) return Exit.fail(decided.failure)
      const decision = decided.success
      if (decision.after.nextNumber > end) continue
      if (!keep(changes, each.scope, loaded, decision, numbers, leases)) return "later"
      numbers.use(first, decision.after.nextNumber)
      return Exit.succeed(decision.answer)
    } catch (defect) {
      // A rule that throws is a fault of the program; it has written nothing, and fails alone.
      return Exit.die(defect)
    }
  }
  return "later"
}

/** The number of the newest refund of its order. */
const lastOf = (book: Book | undefined, { order }: Undecided): number =>
  order === null ? 0 : (book?.order(order).stored?.lastRefund ?? 0)

/** What the commit makes known of refunds and captures: which order they are of. */
export interface Placed {
  readonly tenant: string
  readonly at: { readonly refund: string } | { readonly capture: string }
  readonly order: OrderId
}

export const placedBy = (changes: Changes): ReadonlyArray<Placed> => {
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

/** What every decision shares: permission first, then the rules, then events, each applied as it is drafted. */
import { Result } from "effect"
import { applyEvent, countEntry } from "./apply.ts"
import type { Caller } from "./Command.ts"
import type { Event } from "./Event.ts"
import type { Instant, RefundId } from "./Ids.ts"
import { may, type Permission } from "./Permission.ts"
import { type Policy, policyFor } from "./Policy.ts"
import type { Decision, Due, Facts, Stamp } from "./ports/LedgerStore.ts"
import { paidByWorker, type Refund } from "./Refund.ts"
import { type Rejected, rejected, type Violation } from "./Violation.ts"

export type Decided<A> = Result.Result<Decision<A>, Rejected>

export const policyOf = (caller: Caller, facts: Facts): Policy => policyFor(facts.settings.overrides, caller.door)

export const refuse = (...violations: ReadonlyArray<Violation>) => Result.fail(rejected(violations))

export const lacks = (caller: Caller, permission: Permission): Violation | null =>
  may(caller.by, permission) ? null : { _tag: "NotPermitted", permission }

/** Events in the making: the next one reads what the ones before it changed. */
export class Draft {
  readonly stamp: Stamp
  readonly events: Array<Event> = []
  readonly due: Array<Due> = []
  facts: Facts

  constructor(caller: Caller, facts: Facts) {
    this.stamp = { at: caller.now, by: caller.by.id, door: caller.door, ...caller.via }
    this.facts = facts
  }

  add(event: Event): void {
    this.events.push(event)
    this.facts = applyEvent(this.facts, event, this.stamp)
  }

  /** A refund that is known to be in the facts. */
  refund(id: RefundId): Refund {
    const refund = this.facts.refunds.get(id)
    if (refund === undefined) throw new Error(`refund ${id} is not among the facts`)
    return refund
  }

  /** The facts as they are once this is committed: its entry is counted. */
  get after(): Facts {
    return countEntry(this.facts, this.events)
  }

  /** What the worker has to do about a refund from `at` on; `null`: nothing any more. The last word counts. */
  schedule(id: RefundId, at: Instant | null): void {
    if (!mayBeDue(this.refund(id))) return
    const index = this.due.findIndex((each) => each.refundId === id)
    this.due[index === -1 ? this.due.length : index] = { refundId: id, at }
  }

  commit<A>(answer: A): Decided<A> {
    return Result.succeed({
      events: this.events,
      after: this.after,
      answer,
      due: this.due,
      stamp: this.stamp
    })
  }
}

/** The worker pays it, or ends it when it has waited too long. */
const mayBeDue = (refund: Refund): boolean => paidByWorker(refund) || refund.requiresApproval || refund.deducts

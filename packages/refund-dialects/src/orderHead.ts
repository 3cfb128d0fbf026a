/** The figures of the order that is asked about, for whoever may ask: a decimal means nothing before its currency is known. */
import { Effect } from "effect"
import type { OrderId } from "refund-core/Ids"
import type { OrderHead } from "refund-core/Order"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { type Rejected, rejected, type Violation } from "refund-core/Violation"
import type { WireRequest } from "./Dialect.ts"
import { plainRefund } from "./plainRefund.ts"

/**
 * A preview of a refund of no amount: the core says who may not ask and what is not there, and shows the figures to
 * all others. It needs no right to read orders, and costs the same however many refunds the order has. `faults`: what
 * is wrong with the rest of the request; with any, it is refused here.
 */
export const orderHead = (
  request: WireRequest,
  order: OrderId,
  faults: ReadonlyArray<Violation> = []
): Effect.Effect<OrderHead, Rejected | LedgerUnavailable, Refunds> =>
  Refunds.use((refunds) => refunds.preview(plainRefund(request, { at: { order }, amount: null }))).pipe(
    Effect.flatMap(({ before, violations }) => {
      const others = violations.filter((violation) => !expected.has(violation._tag))
      if (before !== null && faults.length === 0) return Effect.succeed(before)
      // What was no news is all there is where the key was used before, at an order that is known.
      const missing: Violation = { _tag: "OrderNotFound", orderId: order }
      return Effect.fail(rejected([...faults, ...(before === null && others.length === 0 ? [missing] : others)]))
    })
  )

/** The amount was left out here, so its absence, and a repeat that differs in it, is no news. */
const expected = new Set<Violation["_tag"]>(["AmountMissing", "IdempotencyKeyReused"])

/**
 * The line of a report that a refund was reconciled as. The refund keeps which report it was, its order's journal under
 * which name: by that a second payout of the same money is told from the same line, seen again.
 */
import { Effect, Result } from "effect"
import type { EventOf } from "./Event.ts"
import type { Instant, OrderId, RefundId, TenantId } from "./Ids.ts"
import { orderChain, readEntry } from "./Journal.ts"
import type { JournalEntry, LedgerReader } from "./ports/LedgerReader.ts"
import type { LedgerUnavailable } from "./ports/LedgerStore.ts"

/** `reference`: its own name there, where it has one. */
export type ReportLine = Pick<EventOf<"RefundReconciled">, "report" | "reference" | "effectiveAt">

/** The lines that these orders' refunds were reconciled as. */
export const readLines = (
  reader: LedgerReader["Service"],
  tenant: TenantId,
  orders: Iterable<OrderId>
): Effect.Effect<ReadonlyMap<RefundId, ReportLine>, LedgerUnavailable> =>
  Effect.forEach(new Set(orders), (id) => Effect.map(reader.journal(tenant, orderChain(id)), linesIn), {
    concurrency: ordersAtOnce
  }).pipe(Effect.map((found) => new Map(found.flat())))

const ordersAtOnce = 16

/** An order may have very many entries: those that are about something else are not read. */
const linesIn = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<readonly [RefundId, ReportLine]> =>
  entries
    .filter(({ text }) => text.includes('"RefundReconciled"'))
    .flatMap(({ text }) =>
      Result.getOrElse(
        Result.map(readEntry(text), ({ events }) => events),
        () => []
      )
    )
    .flatMap((event) => (event._tag === "RefundReconciled" ? [[event.refundId, event] as const] : []))

/**
 * By its name, on whichever report it is. Without one only its report's name and its time can tell; where one line has a
 * name and the other has none, or nobody knows what the first one was, nothing can.
 */
export const compareLines = (
  line: Omit<ReportLine, "effectiveAt"> & { readonly effectiveAt: Instant | null },
  reconciled: ReportLine | undefined
): "same" | "another" | "unclear" => {
  if (reconciled === undefined) return "unclear"
  const { effectiveAt, reference, report } = line
  if (reference !== null && reconciled.reference !== null)
    return reference === reconciled.reference ? "same" : "another"
  const isNameless = reference === null && reconciled.reference === null
  const isThen = effectiveAt === null || effectiveAt === reconciled.effectiveAt
  return isNameless && report === reconciled.report && isThen ? "same" : "unclear"
}

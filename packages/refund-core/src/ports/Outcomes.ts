/** For doors that answer with the outcome: waits, bounded, until the worker has one. */
import { Context, type Effect } from "effect"
import type { RefundId, TenantId } from "../Ids.ts"
import type { Refund } from "../Refund.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/**
 * The group's refunds once none of them is `approved`, `submitting` or `unknown` with our worker paying, or as they
 * are when `milliseconds` have passed. Answers at once where there is nothing to wait for.
 */
export class Outcomes extends Context.Service<
  Outcomes,
  {
    readonly wait: (
      tenant: TenantId,
      groupId: RefundId,
      milliseconds?: number
    ) => Effect.Effect<ReadonlyArray<Refund>, LedgerUnavailable>
  }
>()("refund-core/ports/Outcomes") {}

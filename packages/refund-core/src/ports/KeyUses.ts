/** When API keys were last used: told beside the journal, and not a reason to believe anything. */
import { Context, type Effect } from "effect"
import type { Instant, TenantId } from "../Ids.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/** A later time replaces an earlier one; what is told of a hash that no key has any more is forgotten. */
export class KeyUses extends Context.Service<
  KeyUses,
  {
    readonly used: (tenant: TenantId, hash: string, at: Instant) => Effect.Effect<void, LedgerUnavailable>
    /** By the hash of each secret that was ever used. */
    readonly of: (tenant: TenantId) => Effect.Effect<ReadonlyMap<string, Instant>, LedgerUnavailable>
  }
>()("refund-core/ports/KeyUses") {}

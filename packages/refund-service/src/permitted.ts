/** Asks for a permission where no command does: to read what is not the ledger's own state. */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import { may, type Permission } from "refund-core/Permission"
import { type Rejected, rejected } from "refund-core/Violation"

export const permitted = (caller: Caller, permission: Permission): Effect.Effect<void, Rejected> =>
  may(caller.by, permission) ? Effect.void : Effect.fail(rejected([{ _tag: "NotPermitted", permission }]))

/** What a dialect finds before it can ask the core is refused in the core's form: violations, in the core's order. */
import { Effect } from "effect"
import { may, type Permission } from "refund-core/Permission"
import { type Rejected, rejected, type Violation } from "refund-core/Violation"
import type { WireRequest } from "./Dialect.ts"

export const refuse = (...violations: ReadonlyArray<Violation>): Effect.Effect<never, Rejected> =>
  Effect.fail(rejected(violations))

/** Asked before a body is looked at: whoever may not ask at all learns nothing of what is wrong with the question. */
export const needs = ({ caller }: WireRequest, permission: Permission): Effect.Effect<void, Rejected> =>
  may(caller.by, permission) ? Effect.void : refuse({ _tag: "NotPermitted", permission })

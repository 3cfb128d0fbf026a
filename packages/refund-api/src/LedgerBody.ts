/** What registering an order answers, and the journal checked. */
import { Schema } from "effect"
import type { VerifyReport } from "refund-core/ports/LedgerReader"

export const VerifyBody = Schema.Struct({
  ok: Schema.Boolean,
  orders: Schema.Int,
  entries: Schema.Int,
  /** The first bad entry, and what is wrong with it. */
  problem: Schema.NullOr(Schema.Struct({ chain: Schema.String, seq: Schema.Int, what: Schema.String }))
}).annotate({ identifier: "Verified" })
export type VerifyBody = typeof VerifyBody.Type

export const verifyToJson = ({ entries, ok, orders, problem }: VerifyReport): VerifyBody => ({
  ok,
  orders,
  entries,
  problem
})

export const RegisteredBody = Schema.Struct({
  id: Schema.String,
  created: Schema.Boolean,
  /** Whether anything was new. */
  changed: Schema.Boolean
}).annotate({ identifier: "Registered" })
export type RegisteredBody = typeof RegisteredBody.Type

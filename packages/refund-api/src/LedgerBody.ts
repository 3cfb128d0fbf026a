/** What the remaining reads answer: the journal checked, a customer's store credit. */
import { Schema } from "effect"
import type { VerifyReport } from "refund-core/ports/LedgerReader"
import { Minor, minorToJson } from "./Amount.ts"

export const VerifyBody = Schema.Struct({
  ok: Schema.Boolean,
  orders: Schema.Int,
  entries: Schema.Int,
  /** The first bad entry, and what is wrong with it. */
  problem: Schema.NullOr(Schema.Struct({ chain: Schema.String, seq: Schema.Int, what: Schema.String }))
})
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
})
export type RegisteredBody = typeof RegisteredBody.Type

export const CreditBody = Schema.Struct({
  customerId: Schema.String,
  balances: Schema.Array(Schema.Struct({ currency: Schema.String, balance: Minor }))
})
export type CreditBody = typeof CreditBody.Type

export const creditToJson = (
  customerId: string,
  balances: ReadonlyArray<{ readonly currency: string; readonly balance: bigint }>
): typeof CreditBody.Encoded => ({
  customerId,
  balances: balances.map(({ balance, currency }) => ({ currency, balance: minorToJson(balance) }))
})

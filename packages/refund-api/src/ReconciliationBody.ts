/** The body of `POST /v1/reconciliations`: rows of a provider's settlement report, each held against the ledger's refunds. */
import { Result, Schema } from "effect"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor, signedMinor } from "./Amount.ts"
import { Currency, decoder, flag, identifier, optional, text, wholeNumber } from "./Shape.ts"
import { Time } from "./Time.ts"

export const reconciliationLimit = 1_000

const rows = { message: `a list of 1 to ${reconciliationLimit} rows` }

export const ReportRow = Schema.Struct({
  /** Its number in the report. */
  row: wholeNumber,
  /** `refund`: the money went out. `returned`: a refund that had gone out came back. */
  kind: Schema.Literals(["refund", "returned"]),
  /** The provider's own name for the refund. */
  reference: optional(identifier),
  /** The ledger's id of it, where the provider carries that along. */
  refundId: optional(identifier),
  /** Minor units that were paid. */
  amount: Minor,
  currency: Currency,
  /** What the provider kept for it, in the same currency; below zero: what it gave back. */
  fee: optional(signedMinor("a whole number of minor units")),
  /** When, by the report. */
  at: optional(Time)
})
export type ReportRow = typeof ReportRow.Type
export type ReportRowJson = typeof ReportRow.Encoded

export const ReconciliationBody = Schema.Struct({
  /** By the name that captures use. */
  provider: identifier,
  /** What the report is called; it is kept with what is marked. */
  report: text(255, 1),
  /** Mark what matches as reconciled; else only say what does. */
  mark: optional(flag),
  rows: Schema.Array(ReportRow)
    .annotate(rows)
    .check(Schema.isMinLength(1, rows), Schema.isMaxLength(reconciliationLimit, rows))
})
export type Reconciliation = typeof ReconciliationBody.Type
export type ReconciliationJson = typeof ReconciliationBody.Encoded

/**
 * `matched`: one refund, the same name, amount, currency and state. `differing`: one refund, and something is not the same:
 * its name too, where the refund was reconciled under another. `missing_here`: no refund of this provider's has that name or
 * id. `ambiguous`: its name is one refund's, its id another's; or several rows are one refund under different names, or
 * without one; or the refund was reconciled before, and nobody can tell whether as this row: they do not both have names.
 */
export const Verdict = Schema.Literals(["matched", "differing", "missing_here", "ambiguous"])
export type Verdict = typeof Verdict.Type

export const RowResult = Schema.Struct({
  row: Schema.Int,
  verdict: Verdict,
  /** Null: no one refund. */
  refundId: Schema.NullOr(Schema.String),
  orderId: Schema.NullOr(Schema.String),
  /** What is not the same, here and in the report, in words. */
  differences: Schema.Array(Schema.Struct({ field: Schema.String, here: Schema.String, there: Schema.String })),
  /** It is reconciled now; `reconciledIn`: by which report, be it this or an earlier one. */
  reconciled: Schema.Boolean,
  reconciledIn: Schema.NullOr(Schema.String)
})
export type RowResult = typeof RowResult.Type

/** In the order of the rows. */
export const ReconciliationResults = Schema.Struct({ results: Schema.Array(RowResult) })
export type ReconciliationResults = typeof ReconciliationResults.Type

const decode = decoder(ReconciliationBody)

export const toReconciliation = (body: unknown): Result.Result<Reconciliation, Rejected> =>
  Result.mapError(decode(body), rejected)

/**
 * Stripe's itemized payout reconciliation, ending balance and balance change reports: a row each balance transaction, amounts
 * in major units, what leaves below zero. https://docs.stripe.com/reports/report-types/payout-reconciliation,
 * https://docs.stripe.com/reports/reporting-categories
 */
import { Result } from "effect"
import { amountOf, malformed, type ReportForm, refundIdOf, refundRow, timeOf } from "./Report.ts"

const kinds: Readonly<Record<string, "refund" | "returned">> = { refund: "refund", refund_failure: "returned" }

export const stripe: ReportForm = {
  columns: ["reporting_category", "source_id", "currency", "gross"],
  read: (cells) => {
    const kind = kinds[cells("reporting_category")]
    if (kind === undefined) return Result.succeed(null)
    // Paid out in another currency than it was charged in, the refund is what the customer sees.
    const seen = cells("customer_facing_amount") !== ""
    const currency = seen ? cells("customer_facing_currency") : cells("currency")
    const paid = amountOf(seen ? cells("customer_facing_amount") : cells("gross"), currency)
    if (Result.isFailure(paid)) return malformed(paid.failure)
    const fee = amountOf(cells("fee"), cells("currency"))
    const hasFee = Result.isSuccess(fee) && fee.success.currency === paid.success.currency && fee.success.amount > 0
    const when = cells("created_utc") === "" ? cells("created") : cells("created_utc")
    return refundRow({
      kind,
      reference: cells("source_id") || undefined,
      refundId: refundIdOf(cells("refund_metadata[refund_id]")),
      amount: paid.success.amount,
      currency: paid.success.currency,
      fee: hasFee ? (fee.success.isNegative ? -fee.success.amount : fee.success.amount) : undefined,
      at: timeOf(when, "Z")
    })
  }
}

/**
 * Adyen's settlement details report: a journal entry a row, amounts in major units, gross in the shopper's currency (GC), net
 * in the payout's (NC). https://docs.adyen.com/reporting/settlement-detail-report
 */
import { Result } from "effect"
import { amountOf, malformed, type ReportForm, refundIdOf, refundRow, timeOf } from "./Report.ts"

const kinds: Readonly<Record<string, "refund" | "returned">> = { Refunded: "refund", RefundedReversed: "returned" }

/** The zones that accounts are set to, as far as their abbreviation means one offset only. */
const zones: Readonly<Record<string, string>> = { UTC: "Z", GMT: "Z", CET: "+01:00", CEST: "+02:00", EET: "+02:00" }

export const adyen: ReportForm = {
  columns: [
    "Psp Reference",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)"
  ],
  read: (cells) => {
    const kind = kinds[cells("Type")]
    if (kind === undefined) return Result.succeed(null)
    const [gross, net] =
      kind === "refund" ? ["Gross Debit (GC)", "Net Debit (NC)"] : ["Gross Credit (GC)", "Net Credit (NC)"]
    const paid = amountOf(cells(gross), cells("Gross Currency"))
    if (Result.isFailure(paid)) return malformed(paid.failure)
    const left = amountOf(cells(net), cells("Net Currency"))
    const isSame = Result.isSuccess(left) && left.success.currency === paid.success.currency
    const fee = isSame && kind === "refund" ? left.success.amount - paid.success.amount : 0
    const zone = zones[cells("TimeZone")]
    return refundRow({
      kind,
      reference: cells("Modification Reference") || undefined,
      refundId: refundIdOf(cells("Modification Merchant Reference")),
      amount: paid.success.amount,
      currency: paid.success.currency,
      fee: fee === 0 ? undefined : fee,
      at: zone === undefined ? undefined : timeOf(cells("Creation Date"), zone)
    })
  }
}

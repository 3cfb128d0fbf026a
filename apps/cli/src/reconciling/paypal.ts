/**
 * PayPal's settlement report (STL): the first cell says what a row is. CH names the columns, SB rows are the section's body;
 * RH, FH, SH and the footers are around them. Amounts are unsigned minor units, beside them DR or CR.
 * https://developer.paypal.com/docs/reports/sftp-reports/settlement-report
 */
import { Result } from "effect"
import { isCurrency } from "refund-core/Currency"
import { malformed, type ReportForm, refundIdOf, refundRow, timeOf } from "./Report.ts"

/** A refund that the merchant made. */
const refunded = "T1107"

/** PayPal has no decimals where ISO 4217 has two: what a unit of theirs is in this report, its specification does not say. */
const unclear: ReadonlySet<string> = new Set(["HUF", "TWD"])

export const paypal: ReportForm = {
  columns: [
    "Transaction ID",
    "Transaction Event Code",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency"
  ],
  isHeader: ([first]) => first === "CH",
  isBody: ([first]) => first === "SB",
  read: (cells) => {
    if (cells("Transaction Event Code") !== refunded) return Result.succeed(null)
    const [amount, currency] = [cells("Gross Transaction Amount"), cells("Gross Transaction Currency")]
    if (!isCurrency(currency)) return malformed(`${JSON.stringify(currency)} is no ISO 4217 currency`)
    if (unclear.has(currency)) return malformed(`what PayPal's units of ${currency} are is not specified`)
    if (!/^\d{1,15}$/.test(amount)) return malformed(`${JSON.stringify(amount)} is no whole number of minor units`)
    const fee = cells("Fee Amount")
    const hasFee = /^\d{1,15}$/.test(fee) && Number(fee) > 0 && cells("Fee Currency") === currency
    return refundRow({
      kind: cells("Transaction Debit or Credit") === "CR" ? ("returned" as const) : ("refund" as const),
      reference: cells("Transaction ID") || undefined,
      refundId: refundIdOf(cells("Custom Field")) ?? refundIdOf(cells("Invoice ID")),
      amount: Number(amount),
      currency,
      fee: hasFee ? (cells("Fee Debit or Credit") === "CR" ? -Number(fee) : Number(fee)) : undefined,
      at: timeOf(cells("Transaction Completion Date"), "Z")
    })
  }
}

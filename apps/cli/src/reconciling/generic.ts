/** Any CSV of refunds: its columns have our names, or are given them with --map. */
import { Result } from "effect"
import { amountOf, malformed, type ReportForm, refundRow, timeOf } from "./Report.ts"

export const genericFields = ["reference", "refundId", "amount", "currency", "fee", "at", "kind"] as const

export const generic: ReportForm = {
  columns: ["amount", "currency"],
  read: (cells) => {
    const kind = cells("kind") === "" ? "refund" : cells("kind")
    if (kind !== "refund" && kind !== "returned")
      return malformed(`kind is refund or returned, not ${JSON.stringify(kind)}`)
    const paid = amountOf(cells("amount"), cells("currency"))
    if (Result.isFailure(paid)) return malformed(paid.failure)
    const fee = cells("fee") === "" ? null : amountOf(cells("fee"), cells("currency"))
    if (fee !== null && Result.isFailure(fee)) return malformed(`fee ${fee.failure}`)
    const at = cells("at") === "" ? undefined : timeOf(cells("at"), "Z")
    if (cells("at") !== "" && at === undefined) return malformed(`at ${JSON.stringify(cells("at"))} is no time`)
    return refundRow({
      kind,
      reference: cells("reference") || undefined,
      refundId: cells("refundId") || undefined,
      amount: paid.success.amount,
      currency: paid.success.currency,
      fee: fee === null ? undefined : fee.success.isNegative ? -fee.success.amount : fee.success.amount,
      at
    })
  }
}

/** The ten fields of Geins' "Creates refund", and what each asks of the ledger. */
import { Result, Schema } from "effect"
import type { RequestRefund } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import type { OrderId } from "refund-core/Ids"
import type { RefundType } from "refund-core/Refund"
import type { Violation } from "refund-core/Violation"
import type { WireRequest } from "../Dialect.ts"
import { readDecimal } from "../decimals.ts"
import { textFaults } from "../freeText.ts"
import { keyFaults } from "../idempotencyKey.ts"
import { malformed } from "../malformed.ts"
import { misspelled } from "../misspelled.ts"
import { plainRefund } from "../plainRefund.ts"
import { NewRefund, newRefundNames } from "./wire.ts"

const decode = Schema.decodeUnknownResult(NewRefund, { errors: "all" })

/** A reference is kept in the journal for good, so it is shorter than what people write beside it. */
const maxReferenceLength = 255

export interface Read {
  /** What could be read; nothing of a body with faults. */
  readonly asked: NewRefund
  readonly faults: ReadonlyArray<Violation>
}

export const readNewRefund = (request: WireRequest): Read => {
  const { body = null } = request
  const decoded = decode(body)
  const others = [...misspelled(body, newRefundNames), ...keyFaults(request)]
  if (Result.isFailure(decoded)) return { asked: {}, faults: [...malformed(decoded.failure), ...others] }
  const asked = decoded.success
  return {
    asked,
    faults: [
      ...others,
      ...textFaults("Reference", asked.Reference, maxReferenceLength),
      ...textFaults("Description", asked.Description),
      ...textFaults("Author", asked.Author)
    ]
  }
}

const types: ReadonlyArray<RefundType> = ["default", "instance_cost", "shipping", "invoice_fee"]

export const requestOf = (
  request: WireRequest,
  order: OrderId,
  currency: CurrencyCode,
  asked: NewRefund
): Result.Result<RequestRefund, Violation> => {
  const { Author, Description, OrderRowId, Reference, RefundAmount } = asked
  const amount = RefundAmount == null ? Result.succeed(null) : readDecimal("RefundAmount", RefundAmount, currency)
  return Result.map(amount, (amount) => ({
    ...plainRefund(request, {
      at: { order },
      amount,
      texts: {
        salt: request.freshSalt(),
        ...(Description == null ? {} : { note: Description }),
        ...(Author == null ? {} : { author: Author })
      }
    }),
    type: types[Number(asked.RefundType?.text ?? 0)] ?? "default",
    destination: asked.ToBalance === true ? "store_credit" : "original",
    settled: asked.Settled === true,
    requiresApproval: asked.RefundsRequireApproval === true,
    skipEvents: asked.SkipRefundEvents === true,
    ...(OrderRowId == null ? {} : { lineId: OrderRowId.text }),
    ...(Reference == null ? {} : { reference: Reference })
  }))
}

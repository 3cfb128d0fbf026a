/** The command of a vendor's plain refund: an amount of an order, or of one of its captures, back to where it came from. */
import type { RequestRefund } from "refund-core/Command"
import type { WireRequest } from "./Dialect.ts"
import { keyOf } from "./idempotencyKey.ts"

type Asked = Pick<RequestRefund, "at" | "amount"> & Partial<Pick<RequestRefund, "captureId" | "restated" | "texts">>

/** `chosen`: the caller's own id for the refund, which is a key too. */
export const plainRefund = (
  request: WireRequest,
  asked: Asked,
  chosen?: RequestRefund["ids"]["group"]
): RequestRefund => {
  const key = keyOf(request)
  return {
    _tag: "RequestRefund",
    caller: request.caller,
    ...asked,
    type: "default",
    destination: "original",
    settled: false,
    requiresApproval: false,
    skipEvents: false,
    ids: { group: chosen ?? request.freshId(), seed: request.freshId() },
    once: { chosen: chosen !== undefined, operation: request.operation, ...(key === undefined ? {} : { key }) }
  }
}

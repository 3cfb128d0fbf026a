/** The order that a path names. */
import type { OrderId } from "refund-core/Ids"
import type { WireRequest } from "../Dialect.ts"
import { toInt32 } from "./rows.ts"

/** An order's id is an int32 here: any other text is given as the empty id, which no order has. */
export const orderIdOf = ({ params }: WireRequest): OrderId => {
  const text = params["orderId"] ?? ""
  return (toInt32(text) === null ? "" : text) as OrderId
}

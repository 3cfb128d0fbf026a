/** The order that a path names. */
import type { OrderId } from "refund-core/Ids"
import type { WireRequest } from "../Dialect.ts"

const maxLength = 255

/** An id that no order can have finds none. */
export const orderIdOf = ({ params }: WireRequest): OrderId => {
  const text = params["orderId"] ?? ""
  return (text.length > maxLength ? "" : text) as OrderId
}

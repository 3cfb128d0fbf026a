/** A refund's id as Medusa writes ids: `ref_` and the same 128 bits as a ULID (Crockford's base 32, 26 characters). */
import type { RefundId } from "refund-core/Ids"

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const length = 26

export const refundRef = (id: RefundId): string => {
  let bits = BigInt(`0x${id.replaceAll("-", "")}`)
  let text = ""
  for (let index = 0; index < length; index++) {
    text = (alphabet[Number(bits & 31n)] ?? "") + text
    bits >>= 5n
  }
  return `ref_${text}`
}

/** The id of a refund that somebody made at the provider's own desk. */
import { hash } from "node:crypto"
import type { RefundId } from "refund-core/Ids"

/**
 * Made from the provider's name and its name for the refund, so that however often it is told, it is one refund: the
 * first 128 bits of a SHA-256, as a UUID of version 8, which is for such ids.
 */
export const externalId = (provider: string, reference: string): RefundId => {
  const hex = hash("sha256", JSON.stringify(["external refund", provider, reference]))
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}` as RefundId
}

/** Ids and salts that the core is handed: it draws nothing itself. */
import { randomUUID } from "node:crypto"
import type { RefundId } from "refund-core/Ids"

/** A UUIDv7: the millisecond, then 74 random bits. Ids of later milliseconds sort later, which keeps indexes compact. */
export const freshId = (): RefundId => {
  const time = Date.now().toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}` as RefundId
}

/** 122 random bits beside a text whose hash the journal keeps, so that the hash does not give a short text away. */
export const freshSalt = (): string => randomUUID()

/** Ids and salts that the core is handed: it draws nothing itself. */
import { randomUUID } from "node:crypto"
import type { RefundId } from "refund-core/Ids"

/** A UUIDv7: the millisecond, then 74 random bits. Ids of later milliseconds sort later, which keeps indexes compact. */
export const freshId = (): RefundId => `${beginningAt(Date.now())}${randomUUID().slice(15)}` as RefundId

/** Many ids are drawn in one millisecond: its digits are written once. */
const beginningAt = (now: number): string => {
  if (now === last.now) return last.beginning
  const time = now.toString(16).padStart(12, "0")
  last = { now, beginning: `${time.slice(0, 8)}-${time.slice(8)}-7` }
  return last.beginning
}

let last = { now: Number.NaN, beginning: "" }

/** 122 random bits beside a text whose hash the journal keeps, so that the hash does not give a short text away. */
export const freshSalt = (): string => randomUUID()

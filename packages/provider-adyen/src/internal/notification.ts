/** Adyen's standard webhook: what a delivery looks like, and whether it is Adyen's. */
import { createHash, timingSafeEqual } from "node:crypto"
import { Schema } from "effect"
import { HmacValidator } from "./sdk.ts"

/** The eight fields that are signed (all but `eventDate`, `reason` and `additionalData`), and what else is read. */
export const Item = Schema.Struct({
  pspReference: Schema.NonEmptyString,
  originalReference: Schema.optional(Schema.NullOr(Schema.String)),
  merchantAccountCode: Schema.String,
  merchantReference: Schema.NullOr(Schema.String),
  amount: Schema.Struct({ currency: Schema.String, value: Schema.Int }),
  eventCode: Schema.NonEmptyString,
  success: Schema.Literals(["true", "false"]),
  eventDate: Schema.optional(Schema.String),
  reason: Schema.optional(Schema.NullOr(Schema.String)),
  additionalData: Schema.Record(Schema.String, Schema.Unknown)
})
export type Item = typeof Item.Type

export const Delivery = Schema.Struct({
  live: Schema.Literals(["true", "false"]),
  notificationItems: Schema.NonEmptyArray(Schema.Struct({ NotificationRequestItem: Item }))
})

/** 32 bytes, as Adyen hands them out. The SDK would take any text for a key, and what is not hex for an empty one. */
export const isHmacKey = (key: string): boolean => /^[0-9a-fA-F]{64}$/.test(key)

const validator = new HmacValidator()

/** Signed with any of the keys: while a key is changed, both are right. The comparison takes the same time for all. */
export const isSigned = (item: Item, hmacKeys: ReadonlyArray<string>): boolean => {
  const signature = item.additionalData["hmacSignature"]
  if (typeof signature !== "string" || signature === "") return false
  const signed = { ...item, additionalData: { hmacSignature: signature } } as unknown as Parameters<
    typeof validator.validateHMAC
  >[0]
  return hmacKeys.some((key) => validator.validateHMAC(signed, key))
}

export interface BasicAuthentication {
  readonly username: string
  readonly password: string
}

export const isAuthenticated = (header: string | undefined, { password, username }: BasicAuthentication): boolean => {
  const expected = `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`
  return header !== undefined && timingSafeEqual(digest(header), digest(expected))
}

const digest = (text: string) => createHash("sha256").update(text, "utf8").digest()

/** JSON that the ledger keeps as it came and gives back: metadata, and what a vendor says of an order. */
import { Schema, SchemaTransformation } from "effect"
import { hasCardNumber } from "refund-core/cardNumber"

export type JsonObject = { readonly [name: string]: unknown }

const maxCharacters = 16_384

/** A number that a double does not keep exactly is no plain JSON value (it comes as an object of its own class). */
const isPlain = (value: unknown): boolean => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true
    case "number":
      return Number.isFinite(value)
    case "object":
      if (value === null) return true
      if (Array.isArray(value)) return value.every(isPlain)
      return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain)
    default:
      return false
  }
}

const isKept = (value: unknown): value is JsonObject =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  isPlain(value) &&
  JSON.stringify(value).length <= maxCharacters &&
  !hasCardNumber(value)

export const KeptObject = Schema.declare(isKept, {
  message: `a JSON object of at most ${maxCharacters} characters, its numbers no finer than 15 digits, without a card number`,
  // Described as what it is; what it may not have in it, only the check above knows.
  toCodecJson: () =>
    Schema.link<JsonObject>()(Schema.Record(Schema.String, Schema.Unknown), SchemaTransformation.passthrough())
})

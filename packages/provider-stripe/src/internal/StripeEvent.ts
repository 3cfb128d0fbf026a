/** The envelope of what Stripe tells. */
import { Option, Schema } from "effect"

const Event = Schema.Struct({
  id: Schema.NonEmptyString,
  object: Schema.Literal("event"),
  type: Schema.NonEmptyString,
  created: Schema.Int,
  data: Schema.Struct({
    object: Schema.Unknown,
    previous_attributes: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)))
  })
})
export type StripeEvent = typeof Event.Type

/** A name without what it is about, of newer parts of the API: none of them has refunds. */
const Notification = Schema.Struct({
  id: Schema.NonEmptyString,
  object: Schema.Literal("v2.core.event"),
  type: Schema.NonEmptyString
})

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Union([Event, Notification])))

/** Null where it is none. */
export const readEvent = (text: string): StripeEvent | typeof Notification.Type | null => Option.getOrNull(decode(text))

/** Amounts on the wire: JSON integers of the currency's minor unit, none beyond 2^53 − 1. */
import { Schema, SchemaTransformation } from "effect"

const whole = (message: string) => Schema.Number.annotate({ message }).check(Schema.isInt({ message }).abort())

const asBigInt = SchemaTransformation.transform({ decode: BigInt, encode: (amount: bigint) => Number(amount) })

const form = "a whole number of minor units, zero or more, at most 2^53 - 1"

/** Zero or more. */
export const Minor = whole(form)
  .check(Schema.isGreaterThanOrEqualTo(0, { message: form }))
  .pipe(Schema.decodeTo(Schema.BigInt, asBigInt))
  .annotate({ message: form })

/** Whether it is more than zero is a rule's question, not the form's. */
export const signedMinor = (message: string) =>
  whole(message).pipe(Schema.decodeTo(Schema.BigInt, asBigInt)).annotate({ message })

/** Every amount the ledger keeps is at most 2^53 − 1, so nothing is lost here. */
export const minorToJson = (amount: bigint): number => Number(amount)

/** Amounts on the wire: JSON integers of the currency's minor unit, none beyond 2^53 − 1. */
import { Schema, SchemaTransformation } from "effect"

const minor = (message: string, holds: (minor: number) => boolean) =>
  Schema.Number.annotate({ message })
    .check(Schema.makeFilter(holds, { message }))
    .pipe(
      Schema.decodeTo(
        Schema.BigInt,
        SchemaTransformation.transform({ decode: BigInt, encode: (amount: bigint) => Number(amount) })
      )
    )
    .annotate({ message })

/** Zero or more. */
export const Minor = minor(
  "a whole number of minor units, zero or more, at most 2^53 - 1",
  (amount) => Number.isSafeInteger(amount) && amount >= 0
)

/** Whether it is more than zero is a rule's question, not the form's. */
export const signedMinor = (message: string) => minor(message, Number.isSafeInteger)

/** Every amount the ledger keeps is at most 2^53 − 1, so nothing is lost here. */
export const minorToJson = (amount: bigint): number => Number(amount)

/** Amounts on the wire: JSON integers of the currency's minor unit, none beyond 2^53 − 1. */
import { Schema, SchemaTransformation } from "effect"

const minor = (expected: string, holds: (minor: number) => boolean) =>
  Schema.Number.annotate({ expected })
    .check(Schema.makeFilter(holds, { expected }))
    .pipe(
      Schema.decodeTo(
        Schema.BigInt,
        SchemaTransformation.transform({ decode: BigInt, encode: (amount: bigint) => Number(amount) })
      )
    )

/** Zero or more. */
export const Minor = minor(
  "a whole number of minor units, zero or more, at most 2^53 - 1",
  (amount) => Number.isSafeInteger(amount) && amount >= 0
)

/** Whether it is more than zero is a rule's question, not the form's. */
export const SignedMinor = minor("a whole number of minor units, at most 2^53 - 1", Number.isSafeInteger)

/** Every amount the ledger keeps is at most 2^53 − 1, so nothing is lost here. */
export const minorToJson = (amount: bigint): number => Number(amount)

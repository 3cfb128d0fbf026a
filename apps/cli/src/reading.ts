/** What a server would have sent, read as its client reads it. */
import { Result, Schema } from "effect"

export const reading = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (json: unknown): S["Type"] => Result.getOrThrow(decode(json))
}

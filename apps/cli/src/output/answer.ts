/** A result on standard output: JSON for programs, words for people. */
import { Effect, Schema } from "effect"
import { Shell } from "../Shell.ts"
import { Json } from "../settings.ts"
import type { Paint } from "./paint.ts"

export const answer = Effect.fnUntraced(function* <A, I>(
  schema: Schema.Codec<A, I>,
  value: A,
  inWords: (paint: Paint) => string
) {
  const shell = yield* Shell
  const asJson = yield* Json
  shell.print(asJson ? JSON.stringify(Schema.encodeSync(schema)(value), null, 2) : inWords(shell.paint.printed))
})

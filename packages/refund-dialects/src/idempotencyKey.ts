/** Every dialect accepts the header `Idempotency-Key`, also where its vendor knows no such thing. */
import { Result, Schema } from "effect"
import { IdempotencyKey } from "refund-core/Ids"
import type { Violation } from "refund-core/Violation"
import type { WireRequest } from "./Dialect.ts"
import { decodeUtf8 } from "./Json.ts"

export const keyOf = ({ headers }: Pick<WireRequest, "headers">): string | undefined => {
  const sent = headers["idempotency-key"]
  return sent === undefined || isAscii.test(sent) ? sent : written(sent)
}

const isAscii = /^\p{ASCII}*$/u

/** Servers hand a header's bytes on as characters from 0 to 255; they are UTF-8, as bodies are. What is not becomes surrogates, which no key has. */
const written = (sent: string): string => {
  const bytes = Uint8Array.from(sent, (character) => character.charCodeAt(0))
  if (bytes.some((byte, index) => byte !== sent.charCodeAt(index))) return sent
  return Result.getOrElse(decodeUtf8(bytes), () => sent.replace(/\P{ASCII}/gu, "\udc80"))
}

const isKey = Schema.is(IdempotencyKey)

export const keyFaults = (request: WireRequest): ReadonlyArray<Violation> => {
  const key = keyOf(request)
  if (key === undefined || isKey(key)) return []
  const expected = "1 to 255 characters, none of them a control character"
  return [{ _tag: "Malformed", path: "Idempotency-Key", expected }]
}

/** A caller's name for one intent, as the header `Idempotency-Key` carries it: UTF-8. */
import { Schema } from "effect"
import { IdempotencyKey } from "refund-core/Ids"
import type { Malformed } from "./Shape.ts"

export const header = "Idempotency-Key"

const isKey = Schema.is(IdempotencyKey)

export const keyFaults = (key: string): ReadonlyArray<Malformed> =>
  isKey(key)
    ? []
    : [{ _tag: "Malformed", path: header, expected: "1 to 255 characters, none of them a control character" }]

/** `fetch` takes a header's bytes as characters from 0 to 255. */
export const keyToHeader = (key: string): string => String.fromCharCode(...new TextEncoder().encode(key))

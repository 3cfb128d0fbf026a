/** What is known of a request beside who asks and when: kept with its journal entries for whoever audits them. No rule reads it. */
import { Schema } from "effect"

/** Absent: it was not told, as in entries of before. */
export const Via = {
  /** The credential: a key's id, a token's issuer, or what the process calls itself by. Never a secret. */
  with: Schema.optionalKey(Schema.String),
  /** The address it came from. */
  from: Schema.optionalKey(Schema.String),
  /** By which the server's log names the request. */
  requestId: Schema.optionalKey(Schema.String)
}

export interface Via {
  readonly with?: string
  readonly from?: string
  readonly requestId?: string
}

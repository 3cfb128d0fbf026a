/** What a tenant has set for itself: policies and API keys. Its own aggregate, with its own chain in the journal. */
import { Schema } from "effect"
import { PrincipalId } from "./Ids.ts"
import { Permission } from "./Permission.ts"
import type { PolicyOverrides } from "./Policy.ts"

export const KeyPermission = Schema.Union([Permission, Schema.Literal("*")])
export type KeyPermission = typeof KeyPermission.Type

/** An API key as it is kept: only its SHA-256, in hex. The secret is shown once, when it is made. */
export const ApiKey = Schema.Struct({
  name: PrincipalId,
  permissions: Schema.Array(KeyPermission),
  hash: Schema.String
})
export type ApiKey = typeof ApiKey.Type

export interface SettingsHead {
  /** Grows with every change; a change names the version it read. */
  readonly version: number
  readonly overrides: PolicyOverrides
  readonly keys: ReadonlyArray<ApiKey>
}

export const initialSettings: SettingsHead = { version: 0, overrides: {}, keys: [] }

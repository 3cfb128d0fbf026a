/** What a tenant has set for itself: policies, API keys, closed books. Its own aggregate, with its own chain in the journal. */
import { Schema } from "effect"
import type { Event } from "./Event.ts"
import { PrincipalId } from "./Ids.ts"
import { Permission } from "./Permission.ts"
import { PolicyOverrides } from "./Policy.ts"

export const KeyPermission = Schema.Union([Permission, Schema.Literal("*")])
export type KeyPermission = typeof KeyPermission.Type

/**
 * An API key as it is kept: only its SHA-256, in hex. The secret is shown once, when it is made. While a key is being
 * rotated it is here twice, under one id: with the old secret, which has an end, and with the new one. What is optional
 * was not written down before.
 */
export const ApiKey = Schema.Struct({
  name: PrincipalId,
  permissions: Schema.Array(KeyPermission),
  hash: Schema.String,
  id: Schema.optionalKey(Schema.String),
  /** How the secret begins, so that people recognise it. */
  prefix: Schema.optionalKey(Schema.String),
  /** The roles it was given; `permissions` has what they meant then. */
  roles: Schema.optionalKey(Schema.Array(Schema.String)),
  createdAt: Schema.optionalKey(Schema.Int),
  createdBy: Schema.optionalKey(PrincipalId),
  /** From then on it is no credential; absent: it does not expire. */
  expiresAt: Schema.optionalKey(Schema.Int)
})
export type ApiKey = typeof ApiKey.Type

/** What the key is called; one that was given no id goes by the beginning of its hash. */
export const keyIdOf = (key: ApiKey): string => key.id ?? `key_${key.hash.slice(0, 12)}`

export const isExpired = ({ expiresAt }: ApiKey, now: number): boolean => expiresAt !== undefined && expiresAt <= now

/** Where a tenant has its events sent. The secrets they are signed with are kept apart; here are their SHA-256, in hex. */
export const Endpoint = Schema.Struct({
  id: Schema.String,
  url: Schema.String,
  /** Event types, or what they begin with and a `*`: `refund.settled`, `refund.*`, `*`. */
  events: Schema.Array(Schema.String),
  /** `standard`: Standard Webhooks; else that vendor's own form. */
  form: Schema.Literals(["standard", "geins", "maverick"]),
  enabled: Schema.Boolean,
  secretHashes: Schema.Array(Schema.String)
})
export type Endpoint = typeof Endpoint.Type

/**
 * Which of its accounts a tenant has at a provider, by the names that the server's configuration gives them: credentials are
 * never here. Of a provider that is not named, it is the server's own.
 */
export const ProviderAccounts = Schema.Record(Schema.String, Schema.String)
export type ProviderAccounts = typeof ProviderAccounts.Type

export const SettingsHead = Schema.Struct({
  /** Grows with every change; a change names the version it read. */
  version: Schema.Int,
  overrides: PolicyOverrides,
  keys: Schema.Array(ApiKey),
  /** Books before this instant are closed; null: none are. */
  closedBefore: Schema.NullOr(Schema.Int),
  /** Absent: there never were any. */
  endpoints: Schema.optionalKey(Schema.Array(Endpoint)),
  /** Absent: never set. */
  providers: Schema.optionalKey(ProviderAccounts)
})
export type SettingsHead = typeof SettingsHead.Type

export const initialSettings: SettingsHead = { version: 0, overrides: {}, keys: [], closedBefore: null }

/** An event of a tenant's own chain: each is another version of what it has set. */
export type SettingsEvent = Extract<Event, { readonly version: number }>

const tags: ReadonlySet<Event["_tag"]> = new Set<SettingsEvent["_tag"]>([
  "PeriodClosed",
  "PolicySet",
  "ProvidersSet",
  "KeyCreated",
  "KeyRotated",
  "KeyRevoked",
  "EndpointSet",
  "EndpointRemoved"
])

export const isSettingsEvent = (event: Event): event is SettingsEvent => tags.has(event._tag)

export const applySettings = (settings: SettingsHead, event: SettingsEvent): SettingsHead => ({
  ...settings,
  ...changedBy(event, settings),
  version: event.version
})

const changedBy = (event: SettingsEvent, { endpoints = [], keys }: SettingsHead): Partial<SettingsHead> => {
  switch (event._tag) {
    case "PeriodClosed":
      return { closedBefore: event.before }
    case "PolicySet":
      return { overrides: event.overrides }
    case "ProvidersSet":
      return { providers: event.providers }
    case "KeyCreated":
      return { keys: [...keys, event.key] }
    case "KeyRotated":
      return {
        keys: [...keys.map((key) => (key.hash === event.hash ? { ...key, expiresAt: event.until } : key)), event.key]
      }
    case "KeyRevoked":
      return { keys: keys.filter((key) => key.hash !== event.hash) }
    case "EndpointSet":
      return { endpoints: [...endpoints.filter(({ id }) => id !== event.endpoint.id), event.endpoint] }
    case "EndpointRemoved":
      return { endpoints: endpoints.filter(({ id }) => id !== event.endpointId) }
  }
}

/** A tenant's keys, endpoints and closed books in one line each, as `build` has its orders and refunds. */
import type {
  ClosePeriod,
  CreateKey,
  RemoveEndpoint,
  RevokeKey,
  RotateKey,
  SetEndpoint,
  SetProviders
} from "refund-core/Command"
import { type Instant, PrincipalId } from "refund-core/Ids"
import type { ApiKey, Endpoint } from "refund-core/Settings"
import { type By, caller, noon } from "./build.ts"

export const apiKey = (name: string, permissions: ApiKey["permissions"] = ["*"]): ApiKey => ({
  name: PrincipalId.make(name),
  permissions,
  hash: `hash of ${name}`
})

export const createKey = (key: ApiKey, options: By & { readonly onlyFirst?: boolean } = {}): CreateKey => ({
  _tag: "CreateKey",
  caller: options.caller ?? caller(),
  key,
  onlyFirst: options.onlyFirst ?? false
})

/** Which accounts the tenant has at its providers. */
export const setProviders = (
  providers: SetProviders["providers"],
  options: By & Pick<SetProviders, "expected"> = {}
): SetProviders => ({
  _tag: "SetProviders",
  caller: options.caller ?? caller(),
  providers,
  ...(options.expected === undefined ? {} : { expected: options.expected })
})

export const revokeKey = (hash: string, options: By = {}): RevokeKey => ({
  _tag: "RevokeKey",
  caller: options.caller ?? caller(),
  which: { hash }
})

export const rotateKey = (
  keyId: string,
  options: By & Partial<Pick<RotateKey, "hash" | "prefix" | "oldUntil" | "expiresAt">> = {}
): RotateKey => ({
  _tag: "RotateKey",
  keyId,
  hash: `hash of the next ${keyId}`,
  prefix: "rk_next",
  oldUntil: noon,
  ...options,
  caller: options.caller ?? caller()
})

/** Where all events are sent, where nothing else is said. */
export const endpoint = (id = "shop", options: Partial<Omit<Endpoint, "id">> = {}): Endpoint => ({
  id,
  url: `https://${id}.example/refunds`,
  events: ["*"],
  form: "standard",
  enabled: true,
  secretHashes: [],
  ...options
})

export const setEndpoint = (set: Endpoint, options: By = {}): SetEndpoint => ({
  _tag: "SetEndpoint",
  caller: options.caller ?? caller(),
  endpoint: set
})

export const removeEndpoint = (id: string, options: By = {}): RemoveEndpoint => ({
  _tag: "RemoveEndpoint",
  caller: options.caller ?? caller(),
  endpointId: id
})

export const closePeriod = (before: Instant, options: By = {}): ClosePeriod => ({
  _tag: "ClosePeriod",
  caller: options.caller ?? caller(),
  before
})

/**
 * Where a tenant has its events sent. The journal has an endpoint and its secrets' hashes; the secrets themselves lie
 * beside it, and are told once, to whoever makes them.
 */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { RefundId } from "refund-core/Ids"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Refunds } from "refund-core/Refunds"
import type { Endpoint } from "refund-core/Settings"
import { hashOf } from "./Access.ts"

/** What its owner says of it. */
export type EndpointWish = Pick<Endpoint, "url" | "events" | "form" | "enabled">

/** `secret` null: it has those that it had. */
export interface Kept {
  readonly endpoint: Endpoint
  readonly secret: string | null
}

/** As Standard Webhooks has them: 256 random bits. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`

/** A name for one that its owner gives none. */
export const nameOf = (id: RefundId): string => `we_${id.replaceAll("-", "")}`

/** How many secrets sign at once: a receiver that changes over has both. */
const signsAtMost = 2

const find = (caller: Caller, id: string) =>
  Refunds.use((refunds) =>
    Effect.map(refunds.endpoints(caller), (endpoints) => endpoints.find((each) => each.id === id) ?? null)
  )

/** Secrets first: an endpoint that the journal names can always be signed for. */
const keep = Effect.fnUntraced(function* (
  caller: Caller,
  endpoint: Omit<Endpoint, "secretHashes">,
  secrets: ReadonlyArray<string>
) {
  const deliveries = yield* Deliveries
  const refunds = yield* Refunds
  const kept: Endpoint = { ...endpoint, secretHashes: secrets.map(hashOf) }
  yield* deliveries.setSecrets(caller.tenant, endpoint.id, secrets)
  yield* refunds.execute({ _tag: "SetEndpoint", caller, endpoint: kept })
  return kept
})

/** Makes it, with a secret, where there is none of this name. */
export const put = Effect.fnUntraced(function* (caller: Caller, id: string, wish: EndpointWish) {
  const known = yield* find(caller, id)
  if (known === null) {
    const secret = newWebhookSecret()
    const made: Kept = { endpoint: yield* keep(caller, { id, ...wish }, [secret]), secret }
    return made
  }
  const endpoint: Endpoint = { ...known, ...wish }
  const refunds = yield* Refunds
  yield* refunds.execute({ _tag: "SetEndpoint", caller, endpoint })
  const changed: Kept = { endpoint, secret: null }
  return changed
})

/** False: there was none. */
export const remove = Effect.fnUntraced(function* (caller: Caller, id: string) {
  if ((yield* find(caller, id)) === null) return false
  const refunds = yield* Refunds
  const deliveries = yield* Deliveries
  yield* refunds.execute({ _tag: "RemoveEndpoint", caller, endpointId: id })
  yield* deliveries.setSecrets(caller.tenant, id, [])
  return true
})

/** The one before signs along, so that no delivery is refused while the receiver changes over. Null: there is none. */
export const rotate = Effect.fnUntraced(function* (caller: Caller, id: string) {
  const known = yield* find(caller, id)
  if (known === null) return null
  const deliveries = yield* Deliveries
  const before = yield* deliveries.secrets(caller.tenant, id)
  const secret = newWebhookSecret()
  const rotated: Kept = { endpoint: yield* keep(caller, known, [secret, ...before].slice(0, signsAtMost)), secret }
  return rotated
})

/** Only the newest secret signs from now on. Null: there is none. */
export const dropOldSecret = Effect.fnUntraced(function* (caller: Caller, id: string) {
  const known = yield* find(caller, id)
  if (known === null) return null
  const deliveries = yield* Deliveries
  const secrets = yield* deliveries.secrets(caller.tenant, id)
  const kept: Kept = { endpoint: yield* keep(caller, known, secrets.slice(0, 1)), secret: null }
  return kept
})

type Filter = Parameters<Deliveries["Service"]["list"]>[1]
type Page = Parameters<Deliveries["Service"]["list"]>[2]

/** Null: there is none. */
export const deliveriesOf = Effect.fnUntraced(function* (caller: Caller, id: string, filter: Filter, page: Page) {
  if ((yield* find(caller, id)) === null) return null
  const deliveries = yield* Deliveries
  return yield* deliveries.list(caller.tenant, { ...filter, endpointId: id }, page)
})

/** All that was given up on. Null: there is none. */
export const replay = Effect.fnUntraced(function* (caller: Caller, id: string) {
  if ((yield* find(caller, id)) === null) return null
  const deliveries = yield* Deliveries
  return yield* deliveries.replay(caller.tenant, { endpointId: id })
})

/** Which endpoints there are now, since when, and how far the journal was read for each. */
import type { TenantId } from "refund-core/Ids"
import { settingsChain } from "refund-core/Journal"
import type { Endpoint } from "refund-core/Settings"
import { type Books, tenantBooks } from "../books.ts"
import { eventsIn } from "../entries.ts"
import type { Place } from "./notices.ts"

/** An endpoint from when it was made until it is removed; made again, it is another one. */
export interface Listener {
  readonly tenant: TenantId
  readonly id: string
  /** The place right after the entry that made it. */
  readonly since: Place
  /** Up to where the journal was read for it. */
  place: Place
  isGone: boolean
}

export interface Endpoints {
  /** Those that are, enabled or not; the others are told to be gone. */
  readonly now: () => ReadonlyArray<readonly [Listener, Endpoint]>
  readonly find: (tenant: TenantId, id: string) => Endpoint | undefined
}

export const makeEndpoints = (books: Books, onGone: (listener: Listener) => void): Endpoints => {
  const listeners: Array<Listener> = []

  const find = (tenant: TenantId, id: string): Endpoint | undefined =>
    tenantBooks(books, tenant).settings.endpoints?.find((endpoint) => endpoint.id === id)

  /** The first entry that set it after it was last removed. */
  const sinceOf = (tenant: TenantId, id: string): number => {
    let since = 0
    for (const [index, entry] of tenantBooks(books, tenant).log.entries()) {
      if (entry.chain !== settingsChain) continue
      for (const event of eventsIn([entry])) {
        if (event._tag === "EndpointRemoved" && event.endpointId === id) since = 0
        if (event._tag === "EndpointSet" && event.endpoint.id === id && since === 0) since = index + 1
      }
    }
    return since
  }

  const now = (): ReadonlyArray<readonly [Listener, Endpoint]> => {
    const found = [...books.tenants.values()].flatMap(({ id: tenant, settings }) =>
      (settings.endpoints ?? []).map((endpoint) => {
        const since: Place = { entry: sinceOf(tenant, endpoint.id), part: 0 }
        const known = listeners.find(
          (each) => each.tenant === tenant && each.id === endpoint.id && each.since.entry === since.entry
        )
        const listener = known ?? { tenant, id: endpoint.id, since, place: since, isGone: false }
        if (known === undefined) listeners.push(listener)
        return [listener, endpoint] as const
      })
    )
    const are = new Set(found.map(([listener]) => listener))
    for (const listener of listeners) {
      if (are.has(listener) || listener.isGone) continue
      listener.isGone = true
      onGone(listener)
    }
    return found
  }

  return { now, find }
}

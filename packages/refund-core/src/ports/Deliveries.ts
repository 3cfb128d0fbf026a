/** Which notifications still have to reach which endpoint. At least once; for one order, one after the other. */
import { Context, type Effect } from "effect"
import type { Instant, TenantId } from "../Ids.ts"
import type { Endpoint } from "../Settings.ts"
import type { Told } from "./Feed.ts"
import type { LedgerUnavailable } from "./LedgerStore.ts"

/** `waiting`: due at some time. `dead`: given up; it is sent again only when somebody asks. */
export type DeliveryState = "waiting" | "delivered" | "dead"

export interface Delivery {
  readonly id: number
  readonly tenant: TenantId
  readonly endpointId: string
  readonly told: Told
  readonly state: DeliveryState
  /** How often it was sent, whatever came of it. */
  readonly tries: number
  /** When it is tried next; null: it is not. */
  readonly dueAt: Instant | null
  readonly lastAt: Instant | null
  /** What the receiver said last: a status, or why none came. */
  readonly lastAnswer: string | null
}

/** An endpoint's id is its own tenant's word: another tenant's of the same id is another endpoint. */
export type Addressee = Pick<Delivery, "tenant" | "endpointId">

/** With what it takes to send it. */
export interface DueDelivery extends Delivery {
  readonly endpoint: Endpoint
  /** Newest first; each of them signs, so that a receiver can change over. */
  readonly secrets: ReadonlyArray<string>
}

export class Deliveries extends Context.Service<
  Deliveries,
  {
    /** Reads on from where each enabled endpoint is, and notes what it listens to. Answers how many were noted. */
    readonly fanOut: (limit: number) => Effect.Effect<number, LedgerUnavailable>
    /**
     * Leases what is due, `roundRobin`, at most one for each order of an endpoint: its oldest that is still waiting.
     * `except`: endpoints that have enough to do as it is, whose deliveries are left for later.
     */
    readonly take: (
      limit: number,
      except?: ReadonlyArray<Addressee>
    ) => Effect.Effect<ReadonlyArray<DueDelivery>, LedgerUnavailable>
    /** `delivered`, tried again at `dueAt`, or `dead`. */
    readonly done: (
      delivery: Pick<Delivery, "id">,
      result: { readonly state: DeliveryState; readonly dueAt: Instant | null; readonly answer: string }
    ) => Effect.Effect<void, LedgerUnavailable>
    /** Newest first. */
    readonly list: (
      tenant: TenantId,
      filter: { readonly endpointId?: string; readonly state?: DeliveryState },
      page: { readonly limit: number; readonly before: number | null }
    ) => Effect.Effect<ReadonlyArray<Delivery>, LedgerUnavailable>
    /** Sends again, from the first try: one delivery, or all dead ones of an endpoint. Answers how many. */
    readonly replay: (
      tenant: TenantId,
      what: { readonly delivery: number } | { readonly endpointId: string }
    ) => Effect.Effect<number, LedgerUnavailable>
    /** What an endpoint's deliveries are signed with, newest first; empty where there is no such endpoint. */
    readonly secrets: (tenant: TenantId, endpointId: string) => Effect.Effect<ReadonlyArray<string>, LedgerUnavailable>
    /** Kept beside the journal, which holds only their hash. An endpoint that is new listens from now on; none: forgotten. */
    readonly setSecrets: (
      tenant: TenantId,
      endpointId: string,
      secrets: ReadonlyArray<string>
    ) => Effect.Effect<void, LedgerUnavailable>
  }
>()("refund-core/ports/Deliveries") {}

/**
 * What is due, from longest due first to the order in which it is taken: each tenant's first, then each one's second, and
 * a tenant's own from one endpoint after another. Who has much waiting keeps nobody else waiting.
 */
export const roundRobin = <A>(
  longestFirst: ReadonlyArray<A>,
  tenantOf: (due: A) => unknown,
  endpointOf: (due: A) => unknown
): ReadonlyArray<A> => rounds(rounds(longestFirst, endpointOf), tenantOf)

/** The first of each, then the second of each: those of one round stay as they were. */
const rounds = <A>(all: ReadonlyArray<A>, whose: (each: A) => unknown): ReadonlyArray<A> => {
  const seen = new Map<unknown, number>()
  const numbered = all.map((each) => {
    const round = seen.get(whose(each)) ?? 0
    seen.set(whose(each), round + 1)
    return { each, round }
  })
  return numbered.toSorted((a, b) => a.round - b.round).map(({ each }) => each)
}

/** What the commands ask for: the same of a file as of a server. */
import type { Effect } from "effect"
import type { RefundOrGroup, RequestOptions } from "refund-api/Client"
import type { Verb } from "refund-api/DecisionBody"
import type { GroupWithJournal, RefundWithJournal, RegisteredBody, VerifyBody } from "refund-api/LedgerBody"
import type { OrderJson } from "refund-api/OrderBody"
import type { OrderViewBody, PreviewBody } from "refund-api/OrderViewBody"
import type { PageBody } from "refund-api/RefundBody"
import type { RefundQueryJson } from "refund-api/RefundQuery"
import type { RefundRequestJson } from "refund-api/RefundRequest"
import type { KeyPermission } from "refund-core/Settings"
import type { LedgerFailure } from "./failures.ts"

export interface Made {
  readonly refund: RefundOrGroup
  /** Made by an earlier request with the same key or id. */
  readonly replayed: boolean
  /** The wait ran out before the outcome was known. */
  readonly stillOpen: boolean
}

export type Story = typeof RefundWithJournal.Type | typeof GroupWithJournal.Type

/** `secret` is shown this once, and kept nowhere. */
export interface NewKey {
  readonly name: string
  readonly permissions: ReadonlyArray<KeyPermission>
  readonly secret: string
}

/** `reference` and `settledAt` are for settle alone. */
export interface DecisionBody {
  readonly note?: string
  readonly reference?: string
  readonly settledAt?: string
}

type Asked<A> = Effect.Effect<A, LedgerFailure>

export interface Ledger {
  readonly putOrder: (orderId: string, body: OrderJson) => Asked<RegisteredBody>
  readonly order: (orderId: string) => Asked<OrderViewBody>
  readonly request: (orderId: string, body: RefundRequestJson, options: RequestOptions) => Asked<Made>
  readonly preview: (orderId: string, body: RefundRequestJson) => Asked<PreviewBody>
  readonly decide: (verb: Verb, id: string, body: DecisionBody) => Asked<RefundOrGroup>
  readonly refunds: (query: RefundQueryJson) => Asked<PageBody>
  readonly refund: (id: string) => Asked<Story>
  readonly verify: Asked<VerifyBody>
  readonly createKey: (name: string, permissions: ReadonlyArray<KeyPermission>) => Asked<NewKey>
}

/** What the commands ask for: the same of a file as of a server. */
import type { Effect } from "effect"
import type { AuditBody, AuditParametersJson } from "refund-api/AuditBody"
import type { BatchJson, BatchResults } from "refund-api/BatchBody"
import type { RefundOrGroup, RequestOptions } from "refund-api/Client"
import type { CreditBody, SpendJson, SpentBody } from "refund-api/CreditBody"
import type { DecisionJson, Verb } from "refund-api/DecisionBody"
import type { DisputeJson } from "refund-api/DisputeBody"
import type {
  DeliveriesBody,
  DeliveryQueryJson,
  EndpointBody,
  EndpointsBody,
  EndpointUpdateJson,
  ReplayedBody
} from "refund-api/EndpointBody"
import type { EventQueryJson, EventsBody } from "refund-api/EventBody"
import type { InboxBody, InboxQueryJson, RetriedBody } from "refund-api/InboxBody"
import type {
  EntriesQueryJson,
  GroupWithJournal,
  JournalBody,
  JournalPageBody,
  JournalQueryJson,
  RefundWithJournal
} from "refund-api/JournalBody"
import type { KeyBody, KeyRotationJson, KeysBody, NewKeyJson } from "refund-api/KeyBody"
import type { RegisteredBody, VerifyBody } from "refund-api/LedgerBody"
import type { CaptureJson, OrderJson } from "refund-api/OrderBody"
import type { OrderViewBody, PreviewBody } from "refund-api/OrderViewBody"
import type { ClosedPeriodJson, PolicyBody, PolicyUpdateJson } from "refund-api/PolicyBody"
import type { ProvidersBody, ProvidersUpdateJson } from "refund-api/ProviderBody"
import type { ReconciliationJson, ReconciliationResults } from "refund-api/ReconciliationBody"
import type { RedactedBody, RedactionJson } from "refund-api/RedactionBody"
import type { PageBody } from "refund-api/RefundBody"
import type { RefundQueryJson } from "refund-api/RefundQuery"
import type { RefundRequestJson } from "refund-api/RefundRequest"
import type { AgeingBody, AgeingParametersJson, ReportBody, ReportParametersJson } from "refund-api/ReportBody"
import type { ChainHead } from "refund-core/ports/LedgerReader"
import type { ReportGroup } from "refund-core/Report"
import type { LedgerFailure } from "./failures.ts"

export interface Made {
  readonly refund: RefundOrGroup
  /** Made by an earlier request with the same key or id. */
  readonly replayed: boolean
  /** The wait ran out before the outcome was known. */
  readonly stillOpen: boolean
}

export type Story = typeof RefundWithJournal.Type | typeof GroupWithJournal.Type

type Asked<A> = Effect.Effect<A, LedgerFailure>

/** What only whoever has the database can ask for. */
export interface Books {
  readonly heads: (after: string | null, limit: number) => Asked<ReadonlyArray<ChainHead>>
  readonly lost: (heads: ReadonlyArray<ChainHead>) => Asked<VerifyBody["problem"]>
  /** Removes what was done with so long ago, and tells how many rows of it each portion was. */
  readonly prune: (
    milliseconds: number,
    onPortion: (count: number) => Effect.Effect<void>
  ) => Asked<{ readonly deliveries: number; readonly inbox: number }>
}

export interface Ledger {
  readonly putOrder: (orderId: string, body: OrderJson) => Asked<RegisteredBody>
  readonly order: (orderId: string) => Asked<OrderViewBody>
  readonly addCapture: (orderId: string, body: CaptureJson) => Asked<RegisteredBody>
  readonly recordDispute: (orderId: string, body: DisputeJson) => Asked<RegisteredBody>
  readonly request: (orderId: string, body: RefundRequestJson, options: RequestOptions) => Asked<Made>
  readonly batch: (body: BatchJson) => Asked<BatchResults>
  readonly reconcile: (body: ReconciliationJson) => Asked<ReconciliationResults>
  readonly preview: (orderId: string, body: RefundRequestJson) => Asked<PreviewBody>
  readonly decide: <V extends Verb>(verb: V, id: string, body: DecisionJson<V>) => Asked<RefundOrGroup>
  readonly refunds: (query: RefundQueryJson) => Asked<PageBody>
  readonly refund: (id: string) => Asked<Story>
  readonly chain: (query: JournalQueryJson) => Asked<JournalBody>
  readonly entries: (query: EntriesQueryJson) => Asked<JournalPageBody>
  readonly audit: (query: AuditParametersJson) => Asked<AuditBody>
  readonly verify: (onProgress?: (done: { readonly entries: number }) => void) => Asked<VerifyBody>
  /** Null: it is a server. */
  readonly books: Books | null
  readonly report: (by: ReportGroup, query: ReportParametersJson) => Asked<ReportBody>
  readonly ageing: (query: AgeingParametersJson) => Asked<AgeingBody>
  readonly policy: Asked<PolicyBody>
  readonly setPolicy: (body: PolicyUpdateJson) => Asked<PolicyBody>
  readonly providers: Asked<ProvidersBody>
  readonly setProviders: (body: ProvidersUpdateJson) => Asked<ProvidersBody>
  readonly closePeriod: (body: ClosedPeriodJson) => Asked<PolicyBody>
  readonly credit: (customerId: string) => Asked<CreditBody>
  readonly spendCredit: (customerId: string, body: SpendJson) => Asked<SpentBody>
  readonly events: (query: EventQueryJson) => Asked<EventsBody>
  readonly endpoints: Asked<EndpointsBody>
  readonly addEndpoint: (body: EndpointUpdateJson) => Asked<EndpointBody>
  readonly putEndpoint: (id: string, body: EndpointUpdateJson) => Asked<EndpointBody>
  readonly removeEndpoint: (id: string) => Asked<void>
  readonly rotateSecret: (id: string) => Asked<EndpointBody>
  readonly dropOldSecret: (id: string) => Asked<EndpointBody>
  readonly deliveries: (id: string, query: DeliveryQueryJson) => Asked<DeliveriesBody>
  readonly replayEndpoint: (id: string) => Asked<ReplayedBody>
  readonly replayDelivery: (id: string) => Asked<ReplayedBody>
  readonly inbox: (query: InboxQueryJson) => Asked<InboxBody>
  readonly retryInbox: (id: string) => Asked<RetriedBody>
  readonly redactOrder: (orderId: string, body: RedactionJson) => Asked<RedactedBody>
  readonly keys: Asked<KeysBody>
  readonly createKey: (body: NewKeyJson) => Asked<KeyBody>
  readonly rotateKey: (id: string, body: KeyRotationJson) => Asked<KeyBody>
  readonly revokeKey: (id: string) => Asked<void>
}

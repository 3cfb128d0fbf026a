/** A typed client of the native API over `fetch`: amounts are bigint, times milliseconds since 1970. */
import { Effect, Result, Schema } from "effect"
import type { ReportGroup } from "refund-core/Report"
import { rejected } from "refund-core/Violation"
import { AuditBody, type AuditParametersJson } from "./AuditBody.ts"
import { type BatchJson, BatchResults } from "./BatchBody.ts"
import { CreditBody, type SpendJson, SpentBody } from "./CreditBody.ts"
import type { DecisionJson, Verb } from "./DecisionBody.ts"
import type { DisputeJson } from "./DisputeBody.ts"
import {
  DeliveriesBody,
  type DeliveryQueryJson,
  EndpointBody,
  EndpointsBody,
  type EndpointUpdateJson,
  ReplayedBody
} from "./EndpointBody.ts"
import { type EventQueryJson, EventsBody } from "./EventBody.ts"
import type { ImportLine } from "./ImportBody.ts"
import { InboxBody, type InboxQueryJson, RetriedBody } from "./InboxBody.ts"
import { header, keyFaults, keyToHeader } from "./idempotencyKey.ts"
import { type ImportEnd, type ImportHow, type ImportRows, importRequest, readImport } from "./importing.ts"
import {
  type EntriesQueryJson,
  GroupWithJournal,
  JournalBody,
  JournalPageBody,
  type JournalQueryJson,
  RefundWithJournal
} from "./JournalBody.ts"
import { KeyBody, type KeyRotationJson, KeysBody, type NewKeyJson } from "./KeyBody.ts"
import { RegisteredBody, VerifyBody } from "./LedgerBody.ts"
import type { CaptureJson, OrderJson } from "./OrderBody.ts"
import { OrderViewBody, PreviewBody } from "./OrderViewBody.ts"
import { type ClosedPeriodJson, PolicyBody, type PolicyUpdateJson } from "./PolicyBody.ts"
import { Problem, problemOf } from "./Problem.ts"
import { ProvidersBody, type ProvidersUpdateJson } from "./ProviderBody.ts"
import { type ReconciliationJson, ReconciliationResults } from "./ReconciliationBody.ts"
import { RedactedBody, type RedactionJson } from "./RedactionBody.ts"
import { GroupBody, PageBody, RefundBody } from "./RefundBody.ts"
import type { RefundQueryJson } from "./RefundQuery.ts"
import type { RefundRequestJson } from "./RefundRequest.ts"
import { AgeingBody, type AgeingParametersJson, ReportBody, type ReportParametersJson } from "./ReportBody.ts"

/** The server answered with a problem: nothing was changed by the call. */
export class ProblemAnswered extends Schema.TaggedError<ProblemAnswered>()("ProblemAnswered", { problem: Problem }) {
  override get message(): string {
    return this.problem.detail
  }
}

/** No answer, or one that is not the API's. A call that changes something may have done so. */
export class ServerUnreachable extends Schema.TaggedError<ServerUnreachable>()("ServerUnreachable", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

export type ClientError = ProblemAnswered | ServerUnreachable

export interface ClientOptions {
  /** Where the API is mounted, e.g. `http://127.0.0.1:3000`. */
  readonly url: string
  /** An API key. */
  readonly key: string
  readonly fetch?: typeof globalThis.fetch
}

export interface RequestOptions {
  /** The intent's name: a repeat with the same key and content makes nothing new. */
  readonly idempotencyKey?: string
  /** Wait up to so many seconds for the outcome. */
  readonly waitSeconds?: number
}

/** A group of one is its refund. */
export const RefundOrGroup = Schema.Union([RefundBody, GroupBody])
export type RefundOrGroup = typeof RefundOrGroup.Type
const WithJournal = Schema.Union([RefundWithJournal, GroupWithJournal])

export const makeClient = (options: ClientOptions) => {
  const call = caller(options)
  const order = (orderId: string) => `/v1/orders/${encodeURIComponent(orderId)}`
  const refund = (id: string) => `/v1/refunds/${encodeURIComponent(id)}`
  const credit = (customerId: string) => `/v1/customers/${encodeURIComponent(customerId)}/credit`
  const endpoint = (id: string) => `/v1/webhook-endpoints/${encodeURIComponent(id)}`
  return {
    putOrder: (orderId: string, body: OrderJson) => call(RegisteredBody, "PUT", order(orderId), { body }),
    addCapture: (orderId: string, body: CaptureJson) =>
      call(RegisteredBody, "POST", `${order(orderId)}/captures`, { body }),
    recordDispute: (orderId: string, body: DisputeJson) =>
      call(RegisteredBody, "POST", `${order(orderId)}/disputes`, { body }),
    order: (orderId: string) => call(OrderViewBody, "GET", order(orderId)),
    /** `replayed`: made by an earlier request. `stillOpen`: the wait ran out before the outcome was known. */
    request: (orderId: string, body: RefundRequestJson, how: RequestOptions = {}) =>
      requestHeaders(how).pipe(
        Effect.flatMap((headers) => exchange(options, "POST", `${order(orderId)}/refunds`, { body, headers })),
        Effect.flatMap((answer) =>
          Effect.map(read(RefundOrGroup, answer), (made) => ({
            refund: made,
            replayed: answer.headers.get("idempotent-replayed") === "true",
            stillOpen: answer.status === 202
          }))
        )
      ),
    /** Up to a thousand orders, captures and requests; each has its own answer, in their order. */
    batch: (body: BatchJson) => call(BatchResults, "POST", "/v1/refunds/batch", { body }),
    /** The rows of a file, any number: each line of the answer is heard as it comes. The last one has a `problem` where not all were decided. */
    importRows: (rows: ImportRows, how: ImportHow = {}, heard: (line: ImportLine) => void = () => {}) =>
      importing(options, rows, how, heard),
    /** Up to a thousand rows of a settlement report; each has its own verdict, in their order. */
    reconcile: (body: ReconciliationJson) => call(ReconciliationResults, "POST", "/v1/reconciliations", { body }),
    preview: (orderId: string, body: RefundRequestJson) =>
      call(PreviewBody, "POST", `${order(orderId)}/refunds/preview`, { body }),
    refunds: (query: RefundQueryJson = {}) => call(PageBody, "GET", `/v1/refunds${asked(query)}`),
    refund: (id: string) => call(WithJournal, "GET", refund(id)),
    /** `resolve` and `reverse` need a note. */
    decide: <V extends Verb>(
      verb: V,
      id: string,
      ...[body]: {} extends DecisionJson<V> ? [body?: DecisionJson<V>] : [body: DecisionJson<V>]
    ) => call(RefundOrGroup, "POST", `${refund(id)}/${verb}`, { body: body ?? {} }),
    policy: call(PolicyBody, "GET", "/v1/policy"),
    /** Closes the books before a time, for good. */
    closePeriod: (body: ClosedPeriodJson) => call(PolicyBody, "PUT", "/v1/policy/closed-period", { body }),
    providers: call(ProvidersBody, "GET", "/v1/providers"),
    setProviders: (body: ProvidersUpdateJson) => call(ProvidersBody, "PUT", "/v1/providers", { body }),
    setPolicy: (body: PolicyUpdateJson) => call(PolicyBody, "PUT", "/v1/policy", { body }),
    credit: (customerId: string) => call(CreditBody, "GET", credit(customerId)),
    spendCredit: (customerId: string, body: SpendJson) =>
      call(SpentBody, "POST", `${credit(customerId)}/spend`, { body }),
    /** A page of what the ledger has to tell; read on with its `next`. */
    events: (query: EventQueryJson = {}) => call(EventsBody, "GET", `/v1/events${asked(query)}`),
    endpoints: call(EndpointsBody, "GET", "/v1/webhook-endpoints"),
    /** The answer has the secret that its deliveries are signed with, this once. */
    addEndpoint: (body: EndpointUpdateJson) => call(EndpointBody, "POST", "/v1/webhook-endpoints", { body }),
    /** Makes it where there is none of this name. */
    putEndpoint: (id: string, body: EndpointUpdateJson) => call(EndpointBody, "PUT", endpoint(id), { body }),
    removeEndpoint: (id: string) => call(Schema.Undefined, "DELETE", endpoint(id)),
    /** A new secret signs, beside the one before it until that is dropped. */
    rotateSecret: (id: string) => call(EndpointBody, "POST", `${endpoint(id)}/rotate`),
    dropOldSecret: (id: string) => call(EndpointBody, "DELETE", `${endpoint(id)}/old-secret`),
    deliveries: (id: string, query: DeliveryQueryJson = {}) =>
      call(DeliveriesBody, "GET", `${endpoint(id)}/deliveries${asked(query)}`),
    /** Sends again what was given up on. */
    replayEndpoint: (id: string) => call(ReplayedBody, "POST", `${endpoint(id)}/replay`),
    replayDelivery: (id: string) => call(ReplayedBody, "POST", `/v1/deliveries/${encodeURIComponent(id)}/replay`),
    /** What an order and its refunds say of people, removed for good. */
    redactOrder: (orderId: string, body: RedactionJson = {}) =>
      call(RedactedBody, "POST", `${order(orderId)}/redact`, { body }),
    keys: call(KeysBody, "GET", "/v1/keys"),
    /** The answer has the secret, this once. */
    createKey: (body: NewKeyJson) => call(KeyBody, "POST", "/v1/keys", { body }),
    rotateKey: (id: string, body: KeyRotationJson = {}) =>
      call(KeyBody, "POST", `/v1/keys/${encodeURIComponent(id)}/rotate`, { body }),
    revokeKey: (id: string) => call(Schema.Undefined, "DELETE", `/v1/keys/${encodeURIComponent(id)}`),
    inbox: (query: InboxQueryJson = {}) => call(InboxBody, "GET", `/v1/inbox${asked(query)}`),
    retryInbox: (id: string) => call(RetriedBody, "POST", `/v1/inbox/${encodeURIComponent(id)}/retry`),
    journal: (orderId: string) => call(JournalBody, "GET", `/v1/journal${asked({ order: orderId })}`),
    /** The journal of one chain: an order's, a customer's account's, or that of the tenant's settings. */
    chain: (query: JournalQueryJson) => call(JournalBody, "GET", `/v1/journal${asked(query)}`),
    /** The journal of all chains; read on with its `next`. */
    entries: (query: EntriesQueryJson = {}) => call(JournalPageBody, "GET", `/v1/journal/entries${asked(query)}`),
    audit: (query: AuditParametersJson = {}) => call(AuditBody, "GET", `/v1/audit${asked(query)}`),
    /** What refunds come to, in each currency. */
    report: (by: ReportGroup, query: ReportParametersJson = {}) =>
      call(ReportBody, "GET", `/v1/reports/${by}${asked(query)}`),
    /** How long what is open has been so. */
    ageing: (query: AgeingParametersJson = {}) => call(AgeingBody, "GET", `/v1/reports/ageing${asked(query)}`),
    verify: call(VerifyBody, "GET", "/v1/journal/verify")
  }
}
export type Client = ReturnType<typeof makeClient>

const asked = (query: Readonly<Record<string, string | undefined>>): string => {
  const text = String(new URLSearchParams(query as Record<string, string>))
  return text === "" ? "" : `?${text}`
}

/** `fetch` would not send a key that is none, and say no more than that: it is refused as the server would. */
const requestHeaders = ({
  idempotencyKey,
  waitSeconds
}: RequestOptions): Effect.Effect<Readonly<Record<string, string>>, ProblemAnswered> => {
  const faults = idempotencyKey === undefined ? [] : keyFaults(idempotencyKey)
  if (faults.length > 0) return Effect.fail(new ProblemAnswered({ problem: problemOf(rejected(faults)) }))
  return Effect.succeed({
    ...(idempotencyKey === undefined ? {} : { [header]: keyToHeader(idempotencyKey) }),
    ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` })
  })
}

interface Sent {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly json: unknown
}

const caller =
  (options: ClientOptions) =>
  <S extends Schema.ConstraintDecoder<unknown>>(schema: S, method: string, path: string, sent: Sent = {}) =>
    Effect.flatMap(exchange(options, method, path, sent), (answer) => read(schema, answer))

const exchange = (
  options: ClientOptions,
  method: string,
  path: string,
  sent: Sent
): Effect.Effect<Answer, ClientError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await (options.fetch ?? globalThis.fetch)(options.url.replace(/\/$/, "") + path, {
        method,
        signal,
        headers: {
          authorization: `Bearer ${options.key}`,
          accept: "application/json",
          ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
          ...sent.headers
        },
        ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) })
      })
      return {
        status: response.status,
        headers: response.headers,
        json: response.status === 204 ? undefined : await response.json()
      }
    },
    catch: (cause) => new ServerUnreachable({ detail: `No answer from ${options.url}: ${reason(cause)}` })
  }).pipe(
    Effect.flatMap((answer) => (answer.status < 300 ? Effect.succeed(answer) : Effect.fail(problem(options, answer))))
  )

const importing = (
  options: ClientOptions,
  rows: ImportRows,
  how: ImportHow,
  heard: (line: ImportLine) => void
): Effect.Effect<ImportEnd, ClientError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const { init, path } = importRequest(options.key, rows, how)
      const fetch = options.fetch ?? globalThis.fetch
      const response = await fetch(options.url.replace(/\/$/, "") + path, { ...init, signal })
      if (response.ok) return { end: await readImport(response, heard) }
      const { headers, status } = response
      return { answer: { status, headers, json: (await response.json()) as unknown } }
    },
    catch: (cause) => new ServerUnreachable({ detail: `No whole answer from ${options.url}: ${reason(cause)}` })
  }).pipe(
    Effect.flatMap(({ answer, end }) =>
      end === undefined ? Effect.fail(problem(options, answer)) : Effect.succeed(end)
    )
  )

/** fetch says "fetch failed" and hides why in its cause. */
const reason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const inner = cause.cause
  if (!(inner instanceof Error)) return cause.message
  return inner.message !== "" ? inner.message : String((inner as { readonly code?: unknown }).code ?? cause.message)
}

const decodeProblem = Schema.decodeUnknownResult(Problem)

const problem = ({ url }: ClientOptions, { json, status }: Answer): ClientError => {
  const decoded = decodeProblem(json)
  if (Result.isSuccess(decoded)) return new ProblemAnswered({ problem: decoded.success })
  return new ServerUnreachable({ detail: `${url} answered ${status} in a form that is not this API's` })
}

const read = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  { json }: Answer
): Effect.Effect<S["Type"], ServerUnreachable> => {
  const decoded = Schema.decodeUnknownResult(schema)(json)
  if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
  return Effect.fail(new ServerUnreachable({ detail: `Not an answer of this API: ${decoded.failure.message}` }))
}

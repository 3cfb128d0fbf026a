/** Refunds: asked for, previewed, looked up, decided on. */
import { Schema } from "effect"
import { BatchBody, BatchResults } from "./BatchBody.ts"
import type { Call, Calls, Code } from "./Call.ts"
import { RefundOrGroup } from "./Client.ts"
import { NoteBody, ResolveBody, RetryBody, SettleBody, type Verb } from "./DecisionBody.ts"
import { ImportLine, ImportQuery, importTypes } from "./ImportBody.ts"
import { GroupWithJournal, RefundWithJournal } from "./JournalBody.ts"
import { PreviewBody } from "./OrderViewBody.ts"
import { ReconciliationBody, ReconciliationResults } from "./ReconciliationBody.ts"
import { PageBody } from "./RefundBody.ts"
import { RefundQuery } from "./RefundQuery.ts"
import { RefundRequest } from "./RefundRequest.ts"

const WithJournal = Schema.Union([RefundWithJournal, GroupWithJournal])

const limits: ReadonlyArray<Code> = [
  ...(["CaptureNotFound", "ComponentNotFound", "CaptureRequired", "NotCaptured", "CurrencyMismatch"] as const),
  ...(["AmountMissing", "AmountNotPositive", "AmountTooPrecise", "DisputeOpen"] as const),
  ...(["ExceedsCaptured", "ExceedsCollected", "ExceedsOrderTotal", "ExceedsComponent"] as const),
  ...(["SubtotalUnknown", "ExceedsSubtotal", "WindowClosed", "OnlyInFull", "AmountNotInSteps"] as const),
  ...(["NothingToDeductFrom", "CustomerRequired", "ReasonRequired"] as const)
]

const made = {
  Location: "Where the refund, or its group, is shown.",
  "Idempotent-Replayed": "`true`: an earlier request made it.",
  "Preference-Applied": "How long was waited for the outcome."
}

const params = { orderId: "B-2002" }

const id = { id: "0191f5a7-44d3-7430-8739-2d80821416bf" }

const decision = (
  summary: string,
  permission: NonNullable<Call["permission"]>,
  body: Call["body"],
  refusals: ReadonlyArray<Code> = [],
  example: unknown = {}
) =>
  ({
    summary,
    about: "Refunds",
    permission,
    ...(body === undefined ? {} : { body }),
    bodyOptional: true,
    answers: { 200: { description: "The refund, or its group, as it is now.", schema: RefundOrGroup } },
    refusals: ["RefundNotFound", "StateConflict", ...refusals],
    example: { params: id, body: example }
  }) as const satisfies Call

const another: ReadonlyArray<Code> = ["SelfApproval"]
const why: ReadonlyArray<Code> = ["SelfApproval", "ReasonRequired"]

const decisions: Record<Verb, Call> = {
  approve: decision("Consent to a refund", "refunds:approve", NoteBody, [...another, ...limits]),
  undo: decision("Take a consent back", "refunds:approve", NoteBody, another),
  deny: decision("Say no to a refund", "refunds:approve", NoteBody, another, { note: "the return never came" }),
  cancel: decision("Withdraw a refund that was not submitted", "refunds:request", NoteBody),
  retry: decision("Try a refund that its provider declined once more", "refunds:request", RetryBody, limits),
  settle: decision("Say that a person paid it", "refunds:record", SettleBody, why, { reference: "transfer 12" }),
  resolve: decision("Say what became of it", "refunds:resolve", ResolveBody, why, {
    to: "settled",
    note: "seen on the statement"
  }),
  reverse: decision("Undo a recorded settlement, or unspent store credit", "refunds:reverse", NoteBody, why, {
    note: "recorded by mistake"
  }),
  redact: decision("Remove what people wrote about a refund, for good", "texts:redact", NoteBody)
}

export const refundCalls: Calls = {
  "POST /v1/orders/:orderId/refunds": {
    summary: "Request a refund",
    about: "Refunds",
    permission: "refunds:request",
    headers: {
      "Idempotency-Key":
        "Names the intent: the same key and content answer with the same refund. Needed unless the body has an `id`.",
      Prefer: "`wait=N`: answer when the outcome is known, after N seconds (at most 30) at the latest."
    },
    body: RefundRequest,
    answers: {
      200: { description: "An earlier request made it; as it is now.", schema: RefundOrGroup, headers: made },
      201: { description: "This request made it.", schema: RefundOrGroup, headers: made },
      202: { description: "Made, and `Prefer: wait` ran out before the outcome.", schema: RefundOrGroup, headers: made }
    },
    refusals: ["OrderNotFound", "IdempotencyKeyReused", ...limits],
    example: {
      params,
      headers: { "idempotency-key": "return-17" },
      body: { amount: 1999, captureId: "B-2002-1", lineId: "1", reason: "return", note: "broken handle" }
    }
  },
  "POST /v1/orders/:orderId/refunds/preview": {
    summary: "What the same request would come to, without making anything",
    about: "Refunds",
    permission: "refunds:request",
    body: RefundRequest,
    answers: { 200: { description: "What would happen, and every violation.", schema: PreviewBody } },
    refusals: ["OrderNotFound"],
    example: { params, body: { amount: 999_999, reason: "return" } }
  },
  "POST /v1/refunds/batch": {
    summary: "Many orders, captures and requests in one call, each with its own answer",
    about: "Refunds",
    permission: null,
    body: BatchBody,
    answers: { 200: { description: "In the order of the items, whatever became of them.", schema: BatchResults } },
    refusals: [],
    example: {
      body: {
        dryRun: true,
        items: [
          { refund: { orderId: "B-2002", idempotencyKey: "return-18", amount: 500, reason: "late" } },
          { refund: { orderId: "B-2003", idempotencyKey: "return-19", amount: 500 } }
        ]
      }
    }
  },
  "POST /v1/imports": {
    summary: "The rows of a file, as CSV or JSON lines, each decided for itself, with progress while they are",
    about: "Refunds",
    permission: { oneOf: ["orders:write", "refunds:request"] },
    query: ImportQuery,
    uploads: importTypes,
    answers: {
      200: {
        description: "A JSON object a line, while rows are decided: rejected rows, progress, and last the totals.",
        schema: ImportLine,
        mediaTypes: ["application/x-ndjson"]
      }
    },
    refusals: ["UnreadableFile", "SlowBody"],
    example: {
      query: { dryRun: "true" },
      headers: { "content-type": "text/csv" },
      body: importTypes["text/csv"]
    }
  },
  "POST /v1/reconciliations": {
    summary: "Hold the rows of a provider's settlement report against the refunds, and mark those that match",
    about: "Books",
    permission: "refunds:read",
    body: ReconciliationBody,
    answers: {
      200: { description: "In the order of the rows, each with its verdict.", schema: ReconciliationResults }
    },
    refusals: [],
    example: {
      body: {
        provider: "simulator",
        report: "2026-10",
        rows: [{ row: 2, kind: "refund", reference: "re_1", amount: 1999, currency: "USD" }]
      }
    }
  },
  "GET /v1/refunds": {
    summary: "Refunds, newest first, by what they are",
    about: "Refunds",
    permission: "refunds:read",
    query: RefundQuery,
    answers: { 200: { description: "A page of them.", schema: PageBody } },
    refusals: [],
    example: { query: { state: "settled", limit: "10" } }
  },
  "GET /v1/refunds/:id": {
    summary: "One refund, or the group of this id; its whole story for who may read reports",
    about: "Refunds",
    permission: "refunds:read",
    answers: { 200: { description: "As it is now.", schema: WithJournal } },
    refusals: ["RefundNotFound"],
    example: { params: id }
  },
  ...Object.fromEntries(Object.entries(decisions).map(([verb, call]) => [`POST /v1/refunds/:id/${verb}`, call]))
}

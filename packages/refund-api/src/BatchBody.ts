/**
 * The body of `POST /v1/refunds/batch`: many orders, captures and refund requests in one call. Each has its own fate and
 * its own answer, the same that its own call would have had.
 */
import { Result, Schema } from "effect"
import type { AddCaptures, Caller, RegisterOrder, RequestRefund } from "refund-core/Command"
import { OrderId, type RefundId } from "refund-core/Ids"
import { type Rejected, rejected } from "refund-core/Violation"
import { header } from "./idempotencyKey.ts"
import { RegisteredBody } from "./LedgerBody.ts"
import { type CaptureJson, type OrderJson, toAddCaptures, toRegisterOrder } from "./OrderBody.ts"
import { Problem } from "./Problem.ts"
import { GroupBody, RefundBody } from "./RefundBody.ts"
import { type RefundRequestJson, toRequestRefund } from "./RefundRequest.ts"
import { decoder, flag, optional } from "./Shape.ts"

export const batchLimit = 1_000

/** 4 MiB: a thousand requests of 4 KiB. */
export const batchLimitBytes = 4 * 1024 * 1024

/** The order and the key, which a single call has in its path and in a header, are in the item. */
export type BatchItemJson =
  | { readonly order: { readonly id: string } & OrderJson }
  | { readonly capture: { readonly orderId: string } & CaptureJson }
  | { readonly refund: { readonly orderId: string; readonly idempotencyKey?: string } & RefundRequestJson }

const items = { message: `a list of 1 to ${batchLimit} items` }

/** What an item looks like is asked item by item: one that is malformed is no fault of the others. */
export const BatchBody = Schema.Struct({
  items: Schema.Array(Schema.Unknown)
    .annotate(items)
    .check(Schema.isMinLength(1, items), Schema.isMaxLength(batchLimit, items)),
  /** Decide every item by the ledger as it is, and write nothing. */
  dryRun: optional(flag)
})
export interface BatchJson {
  readonly items: ReadonlyArray<BatchItemJson>
  readonly dryRun?: boolean
}

/** One item's answer. `replayed`: an earlier request had made it. */
export const BatchResult = Schema.Union([
  Schema.Struct({
    status: Schema.Int,
    body: Schema.Union([RefundBody, GroupBody, RegisteredBody]),
    replayed: Schema.optionalKey(Schema.Boolean)
  }),
  Schema.Struct({ status: Schema.Int, problem: Problem })
])
export type BatchResult = typeof BatchResult.Type
export type BatchResultJson = typeof BatchResult.Encoded

/** In the order of the items. */
export const BatchResults = Schema.Struct({ results: Schema.Array(BatchResult) })
export type BatchResults = typeof BatchResults.Type
export type BatchResultsJson = typeof BatchResults.Encoded

export interface BatchContext {
  readonly caller: Caller
  readonly freshId: () => RefundId
  readonly freshSalt: () => string
}

export type BatchCommand = RegisterOrder | AddCaptures | RequestRefund

export interface Batch {
  readonly dryRun: boolean
  /** A failure is an item that is malformed. */
  readonly commands: ReadonlyArray<Result.Result<BatchCommand, Rejected>>
}

const decode = decoder(BatchBody)

/** Fails where the body itself, not an item of it, is malformed. */
export const toBatch = (body: unknown, context: BatchContext): Result.Result<Batch, Rejected> =>
  decode(body).pipe(
    Result.mapError(rejected),
    Result.map(({ dryRun, items }) => ({
      dryRun: dryRun ?? false,
      commands: items.map((item) => toCommand(item, context))
    }))
  )

const toCommand = (item: unknown, context: BatchContext): Result.Result<BatchCommand, Rejected> => {
  const [[kind, fields] = [], ...more] = isObject(item) ? Object.entries(item) : []
  if (more.length > 0 || !isObject(fields)) return malformed("", "one of order, capture and refund, an object")
  switch (kind) {
    case "order": {
      const { id, ...order } = fields
      return withOrder(id, "id", (orderId) => toRegisterOrder(order, { ...context, orderId }))
    }
    case "capture": {
      const { orderId: id, ...capture } = fields
      return withOrder(id, "orderId", (orderId) => toAddCaptures(capture, { ...context, orderId }))
    }
    case "refund": {
      const { idempotencyKey = null, orderId: id, ...request } = fields
      if (idempotencyKey !== null && typeof idempotencyKey !== "string") return malformed(header, "a text")
      return withOrder(id, "orderId", (orderId) =>
        toRequestRefund(request, { ...context, orderId, idempotencyKey, needsKey: true })
      )
    }
    default:
      return malformed("", "one of order, capture and refund, an object")
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isOrderId = Schema.is(OrderId)

const withOrder = <A>(
  id: unknown,
  path: string,
  make: (orderId: OrderId) => Result.Result<A, Rejected>
): Result.Result<A, Rejected> => (isOrderId(id) ? make(id) : malformed(path, "an order's id, of 1 to 255 characters"))

const malformed = (path: string, expected: string): Result.Result<never, Rejected> =>
  Result.fail(rejected([{ _tag: "Malformed", path, expected }]))

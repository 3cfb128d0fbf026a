/** The body of `POST /v1/orders/{orderId}/refunds`, and the command it makes. */
import { Result, Schema } from "effect"
import type { Caller, RequestRefund } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, OrderId, RefundId } from "refund-core/Ids"
import { Destination, RefundType, type Texts } from "refund-core/Refund"
import { type Rejected, rejected, type Violation } from "refund-core/Violation"
import { Minor, signedMinor } from "./Amount.ts"
import { header, keyFaults } from "./idempotencyKey.ts"
import { KeptObject } from "./Kept.ts"
import { Currency, decoder, flag, freeText, identifier, optional, stated } from "./Shape.ts"
import { Time } from "./Time.ts"

const uuid = "a UUID"
const amount = 'a whole number of minor units, or "all"'

/** Absent and null mean the same, but for `amount`, `tax` and `discounts`: absent is not zero. */
export const RefundRequest = Schema.Struct({
  amount: optional(Schema.Union([signedMinor(amount), Schema.Literal("all")]).annotate({ message: amount })),
  type: optional(RefundType),
  captureId: optional(identifier),
  lineId: optional(identifier),
  destination: optional(Destination),
  currency: optional(Currency),
  reason: optional(freeText(255)),
  note: optional(freeText(10_000)),
  reference: optional(freeText(255)),
  author: optional(freeText(255)),
  metadata: optional(KeptObject),
  tax: optional(Minor),
  discounts: optional(Minor),
  settled: optional(flag),
  settledAt: optional(Time),
  requiresApproval: optional(flag),
  skipEvents: optional(flag),
  id: optional(
    Schema.String.annotate({ message: uuid }).check(
      Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu, {
        message: uuid,
        toJsonSchema: () => ({ format: "uuid" })
      })
    )
  )
})
export type RefundRequest = typeof RefundRequest.Type
/** As it is written in JSON. */
export type RefundRequestJson = typeof RefundRequest.Encoded

const decode = decoder(RefundRequest)

export interface RequestContext {
  readonly caller: Caller
  readonly orderId: OrderId
  /** The `Idempotency-Key` header; null where there was none. */
  readonly idempotencyKey: string | null
  /** A preview is not remembered, so it needs no key. */
  readonly needsKey: boolean
  readonly freshId: () => RefundId
  readonly freshSalt: () => string
}

/** Fails with every fault of the form at once. */
export const toRequestRefund = (body: unknown, context: RequestContext): Result.Result<RequestRefund, Rejected> => {
  const decoded = decode(body)
  const faults: Array<Violation> = Result.isFailure(decoded) ? [...decoded.failure] : []
  faults.push(...faultsOfKey(context, hasId(body)))
  if (Result.isFailure(decoded) || faults.length > 0) return Result.fail(rejected(faults))
  return Result.succeed(command(decoded.success, decoded.success.id ?? null, context))
}

const hasId = (body: unknown): boolean => typeof body === "object" && body !== null && "id" in body && body.id !== null

const faultsOfKey = ({ idempotencyKey, needsKey }: RequestContext, mayDoWithout: boolean): ReadonlyArray<Violation> => {
  if (idempotencyKey !== null) return keyFaults(idempotencyKey)
  if (!needsKey || mayDoWithout) return []
  const expected = "this header, or an id in the body, so that a repeat is not paid twice"
  return [{ _tag: "Malformed", path: header, expected }]
}

const command = (body: RefundRequest, chosen: string | null, context: RequestContext): RequestRefund => {
  const { caller, freshId, freshSalt, idempotencyKey, orderId } = context
  const { captureId, currency, lineId, reference, settledAt } = stated(body)
  const texts: Omit<Texts, "salt"> = stated({
    reason: body.reason,
    note: body.note,
    author: body.author,
    metadata: body.metadata
  })
  return {
    _tag: "RequestRefund",
    caller,
    at: { order: orderId },
    amount: body.amount ?? null,
    type: body.type ?? "default",
    destination: body.destination ?? "original",
    restated: { tax: isStated(body.tax), discounts: isStated(body.discounts) },
    settled: body.settled ?? false,
    requiresApproval: body.requiresApproval ?? false,
    skipEvents: body.skipEvents ?? false,
    ids: { group: (chosen?.toLowerCase() as RefundId | undefined) ?? freshId(), seed: freshId() },
    once: {
      chosen: chosen !== null,
      operation: `POST /v1/orders/${orderId}/refunds`,
      ...(idempotencyKey === null ? {} : { key: idempotencyKey })
    },
    ...(captureId === undefined ? {} : { captureId: captureId as CaptureId }),
    ...(lineId === undefined ? {} : { lineId }),
    ...(currency === undefined ? {} : { currency: currency as CurrencyCode }),
    ...(reference === undefined ? {} : { reference }),
    ...(settledAt === undefined ? {} : { settledAt }),
    ...(Object.keys(texts).length === 0 ? {} : { texts: { salt: freshSalt(), ...texts } })
  }
}

const isStated = (value: unknown): boolean => value !== undefined && value !== null

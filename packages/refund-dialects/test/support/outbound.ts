/** Attempts, and answers as they come off the wire. */
import { Result } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"
import type { WireAnswer } from "../../src/Dialect.ts"
import type { Answer } from "../../src/internal/calling.ts"
import { type Numbers, parseJson } from "../../src/Json.ts"

export const usd = CurrencyCode.make("USD")
export const sar = CurrencyCode.make("SAR")

export const attemptOn = (captureReference: string | null, more: Partial<Attempt> = {}): Attempt => ({
  id: RefundId.make("01a20165-aa74-7656-95a3-218230f3c419"),
  tenant: TenantId.make("acme"),
  refundId: RefundId.make("01a20165-aa74-7656-95a3-000000000001"),
  orderId: OrderId.make("A-1001"),
  captureId: CaptureId.make("c-1"),
  captureReference,
  provider: "vendor",
  amount: 1_999n,
  currency: usd,
  reference: null,
  startedAt: 1_790_000_000_000,
  ...more
})

/** What is read of the attempt at the vendor's. */
export const mark = "01a20165_aa74_7656_95a3_000000000001.01a20165_aa74_7656_95a3_218230f3c419"

interface More {
  readonly retryAfter?: number
  readonly refundId?: string
}

/** `body`: JSON text, or what JSON is made of. */
export const answer = (numbers: Numbers, status: number, body: unknown, more: More = {}): Answer => ({
  _tag: "answer",
  status,
  body: parsed(numbers, typeof body === "string" ? body : JSON.stringify(body)),
  retryAfter: more.retryAfter ?? null,
  refundId: more.refundId ?? null
})

/** What a door of ours says, as it comes off the wire. */
export const answerOf = (numbers: Numbers, { body, headers = {}, status, text = "" }: WireAnswer): Answer => ({
  _tag: "answer",
  status,
  body: parsed(numbers, body === undefined ? text : JSON.stringify(body)),
  retryAfter: headers["retry-after"] === undefined ? null : Number(headers["retry-after"]) * 1_000,
  refundId: headers["refund-id"] ?? null
})

const parsed = (numbers: Numbers, text: string): unknown => Result.getOrElse(parseJson(text, numbers), () => undefined)

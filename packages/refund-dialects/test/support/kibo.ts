/** Orders of their own for every test, requests to Kibo's refund, and what its answers must look like. */
import { expect } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { type OrderId, type RefundId, TenantId } from "refund-core/Ids"
import type { OrderTexts } from "refund-core/Order"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { type CaptureOptions, caller, capture, order, register } from "refund-testkit/build"
import type { WireAnswer } from "../../src/Dialect.ts"
import { parseJson } from "../../src/Json.ts"
import { kibo } from "../../src/kibo/inbound.ts"
import { KiboError, Refund } from "../../src/kibo/wire.ts"
import { type Sent, send } from "./ledger.ts"

let drawn = 0
interface Registered extends CaptureOptions {
  readonly guest?: boolean
  readonly currency?: string
  /** What was registered for Kibo with the capture. */
  readonly kept?: Readonly<Record<string, unknown>>
}

/** An order of its own: 107.00 on one capture. */
export const registered = ({ currency = "USD", guest = false, kept, ...capturing }: Registered = {}) =>
  Effect.gen(function* () {
    const id = `order-${++drawn}`
    const payment = `payment-${drawn}`
    const texts: OrderTexts = {
      salt: "salt",
      lines: {},
      vendor: {},
      captures: kept === undefined ? {} : { [payment]: { kibo: kept } }
    }
    const captures = [capture(payment, 10_700n, capturing)]
    const customer = guest ? {} : { customer: `customer-${id}` }
    yield* Refunds.use((refunds) =>
      refunds.execute(register(order({ currency, captures, ...customer }), { id, texts }))
    )
    return { id, payment }
  })

export const create = (orderId: string, body: unknown, more: Partial<Sent> = {}) =>
  send(kibo, { path: `/api/commerce/orders/${orderId}/refunds`, body, ...more })

export const createText = (orderId: string, text: string) =>
  send(kibo, { path: `/api/commerce/orders/${orderId}/refunds`, text })

export const textOf = (answer: WireAnswer): string => JSON.stringify(answer.body)

/** As a client of doubles reads it. */
export const created = (answer: WireAnswer) => {
  expect(answer.status, textOf(answer)).toBe(200)
  const read = Result.getOrThrow(parseJson(textOf(answer), "text"))
  Schema.decodeUnknownSync(Refund, { onExcessProperty: "error" })(read)
  const body = JSON.parse(textOf(answer)) as typeof Refund.Type
  expect(String(answer.headers?.["refund-id"]).replaceAll("-", "")).toBe(body.id)
  return body
}

export const refused = (answer: WireAnswer, status = 400, errorCode = "MISSING_OR_INVALID_PARAMETER") => {
  const error = Schema.decodeUnknownSync(KiboError, { onExcessProperty: "error" })(JSON.parse(textOf(answer)))
  expect([answer.status, error.errorCode], error.message).toEqual([status, errorCode])
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  expect(error.message).not.toBe("")
  return error
}

export const group = (answer: WireAnswer) =>
  Refunds.use((refunds) => refunds.group(caller(), { id: answer.headers?.["refund-id"] as RefundId }))

export const entries = (orderId: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

export const headOf = (orderId: string) =>
  Effect.map(
    Refunds.use((refunds) => refunds.order(caller(), { order: orderId as OrderId })),
    (view) => view.head
  )

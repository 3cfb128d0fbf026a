/** Payments of their own for every test, requests to Maverick's refund, and what its answers must look like. */
import { expect } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CaptureId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { type CaptureOptions, capture, type OrderOptions, order, register } from "refund-testkit/build"
import type { WireAnswer } from "../../src/Dialect.ts"
import { maverick } from "../../src/maverick/inbound.ts"
import { MaverickError, Payment } from "../../src/maverick/wire.ts"
import { type Sent, send } from "./ledger.ts"

let drawn = 1_000
/** An order with one payment, of 10.00 unless told otherwise. Answers the payment's id, which is the order's too. */
export const paid = (
  amount = 1_000n,
  options: CaptureOptions & { readonly order?: OrderOptions; readonly vendor?: unknown } = {}
) =>
  Effect.gen(function* () {
    const { order: more, vendor, ...taken } = options
    const id = String(++drawn)
    const texts = { salt: "salt", lines: {}, vendor: {}, captures: { [id]: { maverick: vendor } } }
    const registration = order({ captures: [capture(id, amount, taken)], ...more })
    yield* Refunds.use((refunds) => refunds.execute(register(registration, { id, ...(vendor ? { texts } : {}) })))
    return id
  })

export const terminal = { id: 24 }

/** `body` is an object beside the terminal, or the JSON text itself. */
export const refund = (id: string, body: object | string = {}, more: Partial<Sent> = {}) =>
  send(maverick, {
    path: `/payment/${id}/refund`,
    ...(typeof body === "string" ? { text: body } : { body: { terminal, ...body } }),
    ...more
  })

export const entries = (id: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${id}`))

export const refundable = (id: string) =>
  LedgerReader.use((reader) => reader.order(TenantId.make("acme"), { capture: CaptureId.make(id) })).pipe(
    Effect.map((view) => (view === null ? null : view.head.collected - view.head.refunded.original - view.head.held))
  )

export const ok = (answer: WireAnswer) => {
  expect(answer).toMatchObject({ status: 200, headers: { "refund-id": expect.stringMatching(/^[0-9a-f-]{36}$/) } })
  return Schema.decodeUnknownSync(Payment, { onExcessProperty: "error" })(answer.body)
}

/** A rejection: no `Refund-Id`, and the whole envelope. Answers status and message. */
export const no = (answer: WireAnswer) => {
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  return told(answer)
}

export const told = (answer: WireAnswer) => {
  const error = Schema.decodeUnknownSync(MaverickError, { onExcessProperty: "error" })(answer.body)
  expect(error).toMatchObject({ status: answer.status, code: 0 })
  return [answer.status, error.message]
}

/** Orders at Geins' door, and what its creation of a refund answers. */
import { expect } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type OrderId, type RefundId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { type CaptureOptions, caller, capture, charge, line, order, register } from "refund-testkit/build"
import type { WireAnswer } from "../../src/Dialect.ts"
import { geins } from "../../src/geins/inbound.ts"
import { Envelope } from "../../src/geins/wire.ts"
import { type Sent, send } from "./ledger.ts"

let drawn = 1_000
/** Geins numbers its orders. */
export const freshOrder = (): string => String(++drawn)

/** 80.00 of goods in row 7 with 20.00 tax, 5.00 shipping and a 2.00 invoice fee, taken on one capture. */
export const registered = (options: CaptureOptions & { readonly guest?: boolean; readonly currency?: string } = {}) =>
  Effect.gen(function* () {
    const { currency = "SEK", guest = false, ...capturing } = options
    const id = freshOrder()
    yield* Refunds.use((refunds) =>
      refunds.execute(
        register(
          order({
            currency,
            lines: [line("7", 8_000n, { tax: 2_000n })],
            shipping: charge(500n),
            invoiceFee: charge(200n),
            captures: [capture(`c-${id}`, 10_700n, { provider: "external", ...capturing })],
            ...(guest ? {} : { customer: `customer-${id}` })
          }),
          { id }
        )
      )
    )
    return id
  })

export const create = (orderId: string, body: unknown, more: Partial<Sent> = {}) =>
  send(geins, { path: `/API/Order/${orderId}/Refund`, body, ...more })

export const createText = (orderId: string, text: string) => send(geins, { path: `/API/Order/${orderId}/Refund`, text })

export const bodyOf = (answer: WireAnswer) =>
  Schema.decodeUnknownSync(Envelope, { onExcessProperty: "error" })(JSON.parse(JSON.stringify(answer.body)))

export const created = (answer: WireAnswer): RefundId => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const { Details, Message, Resource } = bodyOf(answer)
  expect({ Message, Details }).toEqual({ Message: "Refund created", Details: [] })
  expect(answer.headers?.["refund-id"]).toBe(Resource)
  return Resource as RefundId
}

export const refused = (answer: WireAnswer, status: 400 | 404 = 400) => {
  const { Details, Message, Resource } = bodyOf(answer)
  expect([answer.status, Message, Resource]).toEqual([status, status === 400 ? "Bad request." : "Not found.", null])
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  expect(Details.length).toBeGreaterThan(0)
  return Details
}

export const group = (id: RefundId) => Refunds.use((refunds) => refunds.group(caller(), { id }))

export const only = (id: RefundId) =>
  Effect.map(group(id), (refunds) => {
    expect(refunds.length).toBe(1)
    return refunds[0]!
  })

export const entries = (orderId: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

export const headOf = (orderId: string) =>
  Effect.map(
    Refunds.use((refunds) => refunds.order(caller(), { order: orderId as OrderId })),
    (view) => view.head
  )

export const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`

/** Orders that another system pays, refunds of them, and what people say about those at Geins. */
import { expect } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type OrderId, type RefundId, TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register } from "refund-testkit/build"
import type { WireAnswer } from "../../src/Dialect.ts"
import { geins } from "../../src/geins/inbound.ts"
import { BaseEnvelope } from "../../src/geins/wire.ts"
import { type Sent, send } from "./ledger.ts"

let drawn = 5_000
/** 100.00 on one capture with a provider that another system is. */
export const registered = (provider = "external", captures = 1, reference?: string) =>
  Effect.gen(function* () {
    const id = String(++drawn)
    const taken = Array.from({ length: captures }, (_, index) =>
      capture(`c-${id}-${index}`, 10_000n / BigInt(captures), {
        provider,
        ...(reference === undefined ? {} : { reference })
      })
    )
    const asked = order({ captures: taken, customer: `customer-${id}` })
    yield* Refunds.use((refunds) => refunds.execute(register(asked, { id })))
    return id
  })

export const ada = caller({ door: "geins", id: "ada" })
export const bob = { caller: caller({ door: "geins", id: "bob" }) }

export const create = (orderId: string, body: unknown) =>
  Effect.map(send(geins, { path: `/API/Order/${orderId}/Refund`, body, caller: ada }), (answer) => {
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.headers?.["refund-id"] as RefundId
  })

export const act = (orderId: string, refundId: string, what: string, body: unknown = {}, more: Partial<Sent> = bob) =>
  send(geins, { path: `/API/Order/${orderId}/Refund/${refundId}/${what}`, body, ...more })

export const deleteRow = (orderId: string, refundId: string, rowId: number | string, more: Partial<Sent> = bob) =>
  send(geins, { method: "DELETE", path: `/API/Order/${orderId}/Refund/${refundId}/RefundRow/${rowId}`, ...more })

const decode = Schema.decodeUnknownSync(BaseEnvelope, { onExcessProperty: "error" })

export const done = (answer: WireAnswer, id: string) => {
  const { Details, Message } = decode(answer.body)
  expect([answer.status, Details, answer.headers?.["refund-id"]], Details.join()).toEqual([200, [], id])
  return Message
}

export const refused = (answer: WireAnswer, status: 400 | 404 = 400) => {
  const { Details, Message } = decode(answer.body)
  expect([answer.status, Message]).toEqual([status, status === 400 ? "Bad request." : "Not found."])
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  return Details
}

export const group = (id: RefundId) => Refunds.use((refunds) => refunds.group(caller(), { id }))
export const states = (id: RefundId) => Effect.map(group(id), (refunds) => refunds.map((refund) => refund.state))

export const headOf = (orderId: string) =>
  Effect.map(
    Refunds.use((refunds) => refunds.order(caller(), { order: orderId as OrderId })),
    (view) => view.head
  )

export const entries = (orderId: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

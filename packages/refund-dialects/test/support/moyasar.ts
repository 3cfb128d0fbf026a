/** Orders of their own for every test, requests to Moyasar's refund, and what its answers must look like. */
import { expect } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { capture, order, refundId, register } from "refund-testkit/build"
import type { WireAnswer } from "../../src/Dialect.ts"
import { moyasar } from "../../src/moyasar/inbound.ts"
import { MoyasarError, Order } from "../../src/moyasar/wire.ts"
import { type Sent, send } from "./ledger.ts"

let drawn = 0
/** An order of its own for every test: one capture of 1,000, unless told otherwise. */
export const registered = (amount = 1_000n, reference = "ch_1") =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const id = `order-${++drawn}`
    const captures = [capture(`capture-${id}`, amount, { reference })]
    yield* refunds.execute(register(order({ captures, currency: "SAR" }), { id }))
    return id
  })

export const refund = (id: string, body: unknown, more: Partial<Sent> = {}) =>
  send(moyasar, { path: `/v1/orders/${id}/refund`, body, ...more })

export const entries = (id: string) =>
  LedgerReader.use((reader) => reader.journal(TenantId.make("acme"), `order:${id}`))

export const ok = (answer: WireAnswer) => {
  expect(answer).toMatchObject({ status: 200, headers: { "refund-id": expect.stringMatching(/^[0-9a-f-]{36}$/) } })
  return Schema.decodeUnknownSync(Order, { onExcessProperty: "error" })(answer.body)
}

/** A rejection: no `Refund-Id`, and nothing in the error but what the page has. */
export const no = (answer: WireAnswer) => {
  expect(answer.headers?.["refund-id"]).toBeUndefined()
  return [answer.status, Schema.decodeUnknownSync(MoyasarError, { onExcessProperty: "error" })(answer.body)]
}

export const invalid = (errors: Record<string, ReadonlyArray<string>>) => [
  422,
  { message: "Data validation failed", errors }
]

export const uuid = (count: number) => refundId(0xabc_000 + count)

/** Payments of their own for every test, requests to Medusa's refund of one, and what its answers must look like. */
import { expect } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { capture, order, register } from "refund-testkit/build"
import type { WireAnswer } from "../../src/Dialect.ts"
import { medusa } from "../../src/medusa/inbound.ts"
import { RefundAnswer } from "../../src/medusa/wire.ts"
import { type Sent, send } from "./ledger.ts"

let drawn = 0
/** An order of its own for every test: one capture of 1,000, unless told otherwise. */
export const registered = (amount = 1_000n, reference = "ch_1") =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const id = `${++drawn}`
    yield* refunds.execute(
      register(order({ captures: [capture(`pay_${id}`, amount, { reference })] }), { id: `order_${id}` })
    )
    return { payment: `pay_${id}`, order: `order_${id}` }
  })

export const refund = (payment: string, body: unknown, more: Partial<Sent> = {}) =>
  send(medusa, { path: `/admin/payments/${payment}/refund`, body, ...more })

export const entries = (orderId: string) =>
  Effect.flatMap(LedgerReader, (reader) => reader.journal(TenantId.make("acme"), `order:${orderId}`))

export const told = (answer: WireAnswer) => [answer.status, answer.body ?? answer.text]

export const ok = (answer: WireAnswer) => {
  expect(answer.status).toBe(200)
  return Schema.decodeUnknownSync(RefundAnswer, { onExcessProperty: "error" })(answer.body).refund
}

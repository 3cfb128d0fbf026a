import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { caller } from "refund-testkit/build"
import { correlated, fault } from "../src/kibo/errors.ts"
import { kibo } from "../src/kibo/inbound.ts"
import { RefundReasons } from "../src/kibo/wire.ts"
import { create, created, refused, registered, textOf } from "./support/kibo.ts"
import { layerLedger, type Sent, send } from "./support/ledger.ts"

const get = (path: string, more: Partial<Sent> = {}) =>
  send(kibo, { method: "GET", path: `/api/commerce/orders/${path}`, ...more })
const resend = (order: string, refund: string, more: Partial<Sent> = {}) =>
  send(kibo, { method: "PUT", path: `/api/commerce/orders/${order}/refunds/${refund}`, ...more })

layer(layerLedger())("Kibo's order", (it) => {
  it.effect("shows its payments, its refunds, and what is left to refund", () =>
    Effect.gen(function* () {
      const { id, payment } = yield* registered()
      const refund = created(yield* create(id, { amount: 19.9, reason: "broken", payment: { id: payment } }))
      const answer = yield* get(id)
      expect(textOf(answer)).toContain('"amountAvailableForRefund":87.10')
      expect(JSON.parse(textOf(answer))).toMatchObject({
        id,
        currencyCode: "USD",
        totalCollected: 107,
        amountRefunded: 0,
        amountAvailableForRefund: 87.1,
        payments: [{ id: payment, interactions: [{ refundId: refund.id, isPending: true, amount: 19.9 }] }],
        refunds: [{ id: refund.id, amount: 19.9, reason: "broken" }]
      })
      const limited = yield* get(id, { query: { responseFields: "refunds(id,nothing)" } })
      expect(JSON.parse(textOf(limited))).toEqual({ refunds: [{ id: refund.id }] })
    })
  )

  it.effect("is for whoever may read orders, and is not found under another id", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const clerk = { caller: caller({ door: "kibo", permissions: ["refunds:request"] }) }
      refused(yield* get(id, clerk), 403, "FORBIDDEN")
      refused(yield* get("none"), 404, "ITEM_NOT_FOUND")
      refused(yield* get("x".repeat(5_000)), 404, "ITEM_NOT_FOUND")
      refused(yield* get(id, { query: { responseFields: "(" } }))
    })
  )
})

layer(layerLedger())("Kibo's refund reasons", (it) => {
  it.effect("are a list that any credential reads, and a refund takes others too", () =>
    Effect.gen(function* () {
      const clerk = { caller: caller({ door: "kibo", permissions: [] }) }
      const { body } = yield* get("refunds/refundreasons", clerk)
      const { items, totalCount } = Schema.decodeUnknownSync(RefundReasons, { onExcessProperty: "error" })(body)
      expect(totalCount).toBe(items.length)
      expect(new Set(items.map((item) => item.reasonCode)).size).toBe(items.length)
      const query = { responseFields: "items(name)" }
      expect((yield* get("refunds/refundreasons", { query })).body).toEqual({
        items: items.map(({ name }) => ({ name }))
      })

      const { id } = yield* registered()
      for (const reasonCode of [items[0]?.reasonCode, "their own"]) {
        expect(created(yield* create(id, { amount: 1, reasonCode })).reasonCode).toBe(reasonCode)
      }
    })
  )
})

layer(layerLedger())("Kibo's resending of a refund's e-mail", (it) => {
  it.effect("answers 200 and nothing where the refund is the order's", () =>
    Effect.gen(function* () {
      const { id } = yield* registered()
      const { id: other } = yield* registered()
      const { id: refund } = created(yield* create(id, { amount: 1 }))
      expect(yield* resend(id, refund)).toEqual({ status: 200 })
      expect(yield* resend(id, refund.toUpperCase())).toEqual({ status: 200 })
      refused(yield* resend(other, refund), 404, "ITEM_NOT_FOUND")
      for (const none of ["0".repeat(32), "1", "x".repeat(5_000), `${refund}0`]) {
        refused(yield* resend(id, none), 404, "ITEM_NOT_FOUND")
      }
      refused(
        yield* resend(id, refund, { caller: caller({ door: "kibo", permissions: ["orders:read"] }) }),
        403,
        "FORBIDDEN"
      )
    })
  )
})

describe("the name of each answer of Kibo's", () => {
  it("is in the header, and in the body of an error; one that was given stays", () => {
    expect(correlated({ status: 200, body: { id: "1" } }, "c-1")).toEqual({
      status: 200,
      headers: { "x-vol-correlation": "c-1" },
      body: { id: "1" }
    })
    const broken = correlated(fault({ _tag: "Broken", requestId: "r-1" }), "c-2")
    expect(broken).toMatchObject({ headers: { "x-vol-correlation": "r-1" }, body: { correlationId: "r-1" } })
    const missing = correlated(fault({ _tag: "NoCredential" }), "c-3")
    expect(missing).toMatchObject({
      headers: { "x-vol-correlation": "c-3", "www-authenticate": "Bearer" },
      body: { errorCode: "UNAUTHORIZED", correlationId: "c-3" }
    })
  })
})

import { randomUUID } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import * as ProviderDouble from "refund-testkit/ProviderDouble"

/** Your code: a doubt is looked up, and only what the provider has never heard of is sent again. */
const payBack = Effect.fnUntraced(function* (provider: RefundProvider["Service"], attempt: Attempt) {
  const said = yield* provider.submit(attempt)
  if (said._tag !== "unknown") return said
  return (yield* provider.lookup(attempt)) ?? (yield* provider.submit(attempt))
})

for (const behaviour of ["settles", "resetsPaid", "resetsUnpaid", "garblesPaid"] as const) {
  it.effect(`pays once where the provider ${behaviour}`, () =>
    Effect.gen(function* () {
      const { provider, world } = yield* ProviderDouble.make()
      const currency = CurrencyCode.make("USD")
      const captureReference = yield* world.capture(10_000n, currency)
      yield* world.arm(behaviour)

      const said = yield* payBack(provider, {
        id: RefundId.make(randomUUID()),
        tenant: TenantId.make("shop"),
        refundId: RefundId.make(randomUUID()),
        orderId: OrderId.make("A-1"),
        captureId: CaptureId.make("c-1"),
        captureReference,
        provider: "double",
        amount: 6_000n,
        currency,
        reference: null,
        startedAt: Date.now()
      })

      assert.strictEqual(said._tag, "settled")
      assert.deepStrictEqual(yield* world.payouts(captureReference), [6_000n])
    })
  )
}

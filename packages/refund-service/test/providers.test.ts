import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import { type Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import { attemptId, refundId } from "refund-testkit/build"
import * as Providers from "../src/Providers.ts"

const attempt = (captureReference: string | null, provider = "simulator"): Attempt => ({
  id: attemptId(1),
  tenant: "acme" as TenantId,
  refundId: refundId(1),
  orderId: "o-1" as OrderId,
  captureId: "c-1" as CaptureId,
  captureReference,
  provider,
  amount: 1999n,
  currency: "USD" as CurrencyCode,
  reference: null,
  startedAt: 0
})

const settled = {
  _tag: "settled",
  reference: "sim_re_00000000000040009000000000000001",
  amount: 1999n,
  currency: "USD",
  at: null
}

describe("the providers of a server", () => {
  it.effect(
    "are chosen by the capture's provider; what has no provider here is not sent, and its outcome not guessed",
    () =>
      Effect.gen(function* () {
        const providers = yield* RefundProvider
        assert.deepStrictEqual((yield* providers.submit(attempt("ch_1"))) as unknown, settled)
        for (const name of ["stripe", "toString", "__proto__"]) {
          const detail = `this server has no provider named ${name}`
          assert.deepStrictEqual(yield* providers.submit(attempt("ch_1", name)), { _tag: "notSent", detail })
          assert.deepStrictEqual(yield* providers.lookup(attempt("ch_1", name)), { _tag: "unknown", detail })
        }
      }).pipe(Effect.provide(Providers.layer()))
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import { type Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import { attemptId, refundId } from "refund-testkit/build"
import * as Providers from "../src/Providers.ts"
import { simulator } from "../src/SimulatorProvider.ts"

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
const declined = { _tag: "declined", code: "declined_by_simulator", reference: settled.reference }

describe("the simulator", () => {
  it.effect("does what the capture's reference says, and says the same whenever it is asked", () =>
    Effect.gen(function* () {
      for (const reference of ["ch_1", null, "sim", "SIM_DECLINE"]) {
        assert.deepStrictEqual((yield* simulator.submit(attempt(reference))) as unknown, settled)
        assert.deepStrictEqual((yield* simulator.lookup(attempt(reference))) as unknown, settled)
      }
      assert.deepStrictEqual((yield* simulator.submit(attempt("sim_decline"))) as unknown, declined)
      assert.deepStrictEqual((yield* simulator.lookup(attempt("sim_decline"))) as unknown, declined)
      assert.deepStrictEqual(yield* simulator.submit(attempt("sim_pending")), {
        _tag: "pending",
        reference: settled.reference
      })
      assert.deepStrictEqual((yield* simulator.lookup(attempt("sim_pending"))) as unknown, settled)
      assert.deepStrictEqual((yield* simulator.lookup(attempt("sim_hang"))) as unknown, settled)
    })
  )

  it.live("never answers sim_hang", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(simulator.submit(attempt("sim_hang")), 20)))
    })
  )
})

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

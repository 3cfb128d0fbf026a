import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt } from "refund-core/ports/RefundProvider"
import { Inbound } from "refund-service/Inbound"
import { builtIn } from "refund-service/Providers"
import { withSimulatorNews } from "../src/simulatorNews.ts"

const attempt = (captureReference: string): Attempt => ({
  id: "0191f5a7-44d3-7430-8739-2d8082141600" as RefundId,
  tenant: "default" as TenantId,
  refundId: "0191f5a7-44d3-7430-8739-2d8082141601" as RefundId,
  orderId: "o" as OrderId,
  captureId: "c" as CaptureId,
  captureReference,
  provider: "simulator",
  amount: 100n,
  currency: "USD" as CurrencyCode,
  reference: null,
  startedAt: 0
})

const heard = (reference: string) =>
  Effect.gen(function* () {
    const told: Array<ProviderNews> = []
    const { layer, providers } = withSimulatorNews(builtIn)
    const inbound = Layer.mock(Inbound)({ tell: (_, news) => Effect.sync(() => told.push(...news)) })
    yield* Layer.build(Layer.provide(layer, inbound))
    const outcome = yield* providers["simulator"]?.provider.submit(attempt(reference)) ?? Effect.die("no simulator")
    assert.strictEqual(outcome._tag, "settled")
    return told
  })

const outcomes = (told: ReadonlyArray<ProviderNews>) =>
  told.map(({ about }) => (about._tag === "refund" ? about.outcome._tag : about._tag))

describe("what the simulator tells of its own accord", () => {
  it.effect("is told once its time has come", () =>
    Effect.gen(function* () {
      const told = yield* heard("sim_reverse")
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(told, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(outcomes(told), ["reversed"])
    })
  )

  it.effect("is told twice where that is what it does, under one event's id", () =>
    Effect.gen(function* () {
      const told = yield* heard("sim_twice")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(outcomes(told), ["settled", "settled"])
      assert.strictEqual(new Set(told.map(({ eventId }) => eventId)).size, 1)
    })
  )

  it.effect("is nothing for a refund that just settles", () =>
    Effect.gen(function* () {
      const told = yield* heard("ch_1")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(told, [])
    })
  )
})

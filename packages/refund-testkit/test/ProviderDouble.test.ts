import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Effect, Exit } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId, TenantId } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"
import { attemptId, hours, noon, refundId } from "../src/build.ts"
import { harness, make } from "../src/ProviderDouble.ts"
import { providerContract } from "../src/providerContract.ts"

const later = { answers: "later", capabilities: { lookup: "none" } } as const
const quiet = { tells: false, capabilities: { lookup: "reference" } } as const
const nothingToAsk = { tells: false, capabilities: { honoursKeyFor: 0, lookup: "none" } } as const

providerContract("The double", harness())
providerContract("A double that answers later and cannot be asked", harness(later))
providerContract("A double that answers later and can be asked", harness({ answers: "later", tells: false }))
providerContract("A double that is found by its own reference only, and tells nothing", harness(quiet))
providerContract("A double that gives back whole captures only", harness({ capabilities: { partial: false } }))
providerContract("A double that takes steps", harness({ capabilities: { steps: { KWD: 10n, JPY: 100n } } }))
providerContract("A double that honours no id", harness({ capabilities: { honoursKeyFor: 0 } }))
providerContract("A double that honours an id for a minute", harness({ capabilities: { honoursKeyFor: 60_000 } }))
providerContract("A double that honours no id, cannot be asked and tells nothing", harness(nothingToAsk))

describe("the double", () => {
  const usd = CurrencyCode.make("USD")
  const attempt = (captureReference: string): Attempt => ({
    id: attemptId(1),
    tenant: TenantId.make("acme"),
    refundId: refundId(1),
    orderId: OrderId.make("o-1"),
    captureId: CaptureId.make("c-1"),
    captureReference,
    provider: "double",
    amount: 40n,
    currency: usd,
    reference: null,
    startedAt: noon
  })

  it.effect("pays the same id again once it honours it no longer, as a provider would", () =>
    Effect.gen(function* () {
      const { arrived, provider, world } = yield* make({ capabilities: { honoursKeyFor: hours(1) } })
      const capture = yield* world.capture(100n, usd)
      yield* world.setTime?.(noon) ?? Effect.void
      const first = yield* provider.submit(attempt(capture))
      yield* world.setTime?.(noon + hours(1) - 1) ?? Effect.void
      deepStrictEqual(yield* provider.submit(attempt(capture)), first)
      deepStrictEqual(yield* world.payouts(capture), [40n])
      yield* world.setTime?.(noon + hours(1)) ?? Effect.void
      yield* provider.submit(attempt(capture))
      deepStrictEqual(yield* world.payouts(capture), [40n, 40n])
      strictEqual(arrived.length, 3)
    })
  )

  it.effect("misbehaves once each time it is told to", () =>
    Effect.gen(function* () {
      const { provider, world } = yield* make()
      const capture = yield* world.capture(100n, usd)
      yield* world.arm("resetsUnpaid")
      deepStrictEqual(yield* provider.submit(attempt(capture)), { _tag: "unknown", detail: "connection reset" })
      strictEqual((yield* provider.submit(attempt(capture)))._tag, "settled")
      deepStrictEqual(yield* world.payouts(capture), [40n])
    })
  )

  it.effect("says so where a test asks for what cannot happen", () =>
    Effect.gen(function* () {
      const { provider, world } = yield* make()
      const capture = yield* world.capture(100n, usd)
      strictEqual(Exit.isFailure(yield* Effect.exit(world.later(capture, "settles"))), true)
      yield* provider.submit(attempt(capture))
      strictEqual(Exit.isFailure(yield* Effect.exit(world.later(capture, "fails"))), true)
      strictEqual(Exit.isFailure(yield* Effect.exit(world.later(capture, "reverses"))), false)
    })
  )
})

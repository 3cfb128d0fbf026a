/** T63: a clock that steps back makes nobody wait longer, and keeps no revoked key alive. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { PrincipalId } from "refund-core/Ids"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { capture, minutes, noon, order, refundId, register, request } from "refund-testkit/build"
import { revokeKey } from "refund-testkit/buildSettings"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { Access, hashOf, prepareKeys } from "../src/Access.ts"
import * as Service from "../src/Service.ts"
import { tenant } from "./support/ledger.ts"

const ledger = Service.layer({ waitMilliseconds: 5_000 }).pipe(Layer.provideMerge(layerMemory))
const stepBack = TestClock.setTime(noon - minutes(10))

describe("where the clock steps back ten minutes (T63)", () => {
  it.effect("a revoked key is forgotten within a second all the same", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const secret = "clerk-secret"
      yield* prepareKeys(tenant, [{ name: "clerk" as PrincipalId, permissions: ["refunds:read"], secret }])
      const found = Access.use((access) => access.authenticate(secret))
      assert.isNotNull(yield* found)
      yield* Refunds.use((refunds) => refunds.execute(revokeKey(hashOf(secret))))
      yield* stepBack
      yield* TestClock.adjust("1 second")
      assert.isNull(yield* found)
    }).pipe(Effect.provide(ledger))
  )

  it.live("whoever waits for an outcome is answered when they said", () =>
    Effect.gen(function* () {
      const right = yield* Clock.Clock
      let back = 0
      const now = () => right.currentTimeMillisUnsafe() - back
      const wrong: Clock.Clock = {
        currentTimeMillisUnsafe: now,
        currentTimeMillis: Effect.sync(now),
        currentTimeNanosUnsafe: () => BigInt(now()) * 1_000_000n,
        currentTimeNanos: Effect.sync(() => BigInt(now()) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => right.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: right.monotonicTimeNanos,
        sleep: (duration) => right.sleep(duration)
      }
      const refunds = yield* Refunds
      yield* refunds.execute(register(order({ captures: [capture("c-1")] })))
      yield* refunds.execute(request({ id: refundId(1), amount: 10n, capture: "c-1" }))
      const waiting = yield* Outcomes.use((outcomes) => outcomes.wait(tenant, refundId(1), 300)).pipe(
        Effect.provideService(Clock.Clock, wrong),
        Effect.forkChild({ startImmediately: true })
      )
      yield* Effect.sleep(100)
      back = minutes(10)
      const [refund] = yield* Fiber.join(waiting)
      assert.strictEqual(refund?.state, "approved")
    }).pipe(Effect.provide(ledger))
  )
})

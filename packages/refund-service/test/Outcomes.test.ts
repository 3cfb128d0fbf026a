import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { begin, capture, declined, noon, order, paid, refundId, register, request, told } from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import * as Service from "../src/Service.ts"
import { Wakes } from "../src/Wakes.ts"

const tenant = "acme" as TenantId
const id = refundId(1)

/** Counts how often the state is read, which is what waiting costs others. */
let reads = 0
const counted = Layer.effect(
  LedgerReader,
  Effect.map(LedgerReader, (reader) =>
    LedgerReader.of({
      ...reader,
      refunds: (...asked) => {
        reads += 1
        return reader.refunds(...asked)
      }
    })
  )
)
const ledger = Service.layer({ waitMilliseconds: 5_000 }).pipe(
  Layer.provideMerge(counted),
  Layer.provideMerge(layerMemory)
)

const inLedger = <A, E>(test: Effect.Effect<A, E, Refunds | Outcomes | Wakes>) =>
  Effect.gen(function* () {
    reads = 0
    yield* TestClock.setTime(noon)
    return yield* test
  }).pipe(Effect.provide(ledger))

const execute = (...commands: ReadonlyArray<Parameters<Refunds["Service"]["execute"]>[0]>) =>
  Effect.andThen(Refunds, (refunds) =>
    Effect.forEach(commands, (command) => refunds.execute(command), { discard: true })
  )

const waiting = (milliseconds?: number) =>
  Effect.forkChild(
    Outcomes.use((outcomes) => outcomes.wait(tenant, id, milliseconds)).pipe(
      Effect.flatMap((refunds) =>
        Effect.map(Clock.currentTimeMillis, (now) => ({ state: refunds[0]?.state, after: now - noon }))
      )
    ),
    { startImmediately: true }
  )

describe("waiting for an outcome", () => {
  it.effect("ends at once where there is nothing to wait for", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] })))
        yield* execute(request({ id, amount: 40n, capture: "c-1" }))
        assert.deepStrictEqual(yield* Fiber.join(yield* waiting()), { state: "approved", after: 0 })
        const nobody = yield* Outcomes.use((outcomes) => outcomes.wait(tenant, refundId(9)))
        assert.deepStrictEqual(nobody, [])
      })
    )
  )

  it.effect("ends when this process's worker says so, without a pause", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register(), request({ id, amount: 40n }), begin(id))
        const waiter = yield* waiting()
        yield* Effect.yieldNow
        yield* execute(told(id, paid(40n)))
        const wakes = yield* Wakes
        wakes.wake(tenant, id)
        assert.deepStrictEqual(yield* Fiber.join(waiter), { state: "settled", after: 0 })
        assert.strictEqual(reads, 2)
      })
    )
  )

  it.effect("sees another process's outcome at 50, 100, 250 ms and every 250 ms after", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register(), request({ id, amount: 40n }), begin(id))
        const waiter = yield* waiting()
        for (const [pause, seen] of [
          [49, 1],
          [1, 2],
          [99, 2],
          [1, 3],
          [250, 4],
          [250, 5]
        ] as const) {
          yield* TestClock.adjust(pause)
          assert.strictEqual(reads, seen)
        }
        yield* execute(told(id, declined))
        yield* TestClock.adjust(250)
        assert.deepStrictEqual(yield* Fiber.join(waiter), { state: "failed", after: 900 })
      })
    )
  )

  it.effect("is bounded: then the refund is answered as it is", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register(), request({ id, amount: 40n }))
        const asked = yield* waiting(120)
        const unasked = yield* waiting()
        yield* TestClock.adjust(120)
        assert.deepStrictEqual(yield* Fiber.join(asked), { state: "approved", after: 120 })
        yield* TestClock.adjust(4_879)
        assert.isUndefined(unasked.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(yield* Fiber.join(unasked), { state: "approved", after: 5_000 })
      })
    )
  )

  it.effect("ends when the process is about to stop", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register(), request({ id, amount: 40n }))
        const waiter = yield* waiting()
        yield* Effect.yieldNow
        yield* Wakes.use((wakes) => wakes.close)
        assert.deepStrictEqual(yield* Fiber.join(waiter), { state: "approved", after: 0 })
        assert.deepStrictEqual(yield* Fiber.join(yield* waiting()), { state: "approved", after: 0 })
      })
    )
  )
})

/** What reads one state for long, on whatever database: each has a connection of its own, so only a few do at once. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, type Layer, type Scope } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { caller, register, request } from "refund-testkit/build"

const { tenant } = caller()

/** Longer than a slice, so that all others have a turn before it goes on. */
const spin = () => {
  const until = performance.now() + 12
  while (performance.now() < until);
}

/** How many refunds each reads, and how many read at the same time. */
const counting = () => {
  const at = { once: 0, most: 0 }
  const fold = () => {
    at.once++
    at.most = Math.max(at.most, at.once)
    let count = 0
    return {
      add: () => {
        count++
        spin()
      },
      end: () => {
        at.once--
        return count
      }
    }
  }
  return { at, fold }
}

const two = Effect.gen(function* () {
  const { execute } = yield* Refunds
  yield* execute(register())
  for (const amount of [1n, 2n]) yield* execute(request({ amount, key: `k-${amount}` }))
})

export const auditTests = <Place>(
  place: Effect.Effect<Place, never, Scope.Scope>,
  open: (place: Place) => Layer.Layer<Refunds | LedgerReader, LedgerUnavailable>
): void => {
  it.live("are two of a kind at once, however many are asked for, and each is answered", () =>
    Effect.gen(function* () {
      const at = yield* place
      const { at: read, fold } = counting()
      yield* Effect.gen(function* () {
        yield* two
        const reader = yield* LedgerReader
        const all = Array.from({ length: 8 }, () => reader.fold(tenant, {}, fold))
        assert.deepStrictEqual(yield* Effect.all(all, { concurrency: "unbounded" }), [2, 2, 2, 2, 2, 2, 2, 2])
        assert.isAtMost(read.most, 2)
      }).pipe(Effect.provide(open(at)))
    })
  )

  it.live("of one kind do not wait for two of the other", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* Effect.gen(function* () {
        yield* two
        const reader = yield* LedgerReader
        const many = 120
        let [ended, isAudited] = [0, false]
        const fold = () => ({ add: () => isAudited || spin(), end: () => ended++ })
        const reports = Effect.replicateEffect(reader.fold(tenant, {}, fold), many, { concurrency: "unbounded" })
        const audit = Effect.map(reader.verify(tenant), () => {
          isAudited = true
          return ended
        })
        const [, before] = yield* Effect.all([reports, audit], { concurrency: 2 })
        assert.isBelow(before, many - 1)
      }).pipe(Effect.provide(open(at)))
    })
  )

  it.live("leave room for the next when whoever asked for them is gone", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* Effect.gen(function* () {
        yield* two
        const reader = yield* LedgerReader
        const begun = Promise.withResolvers<void>()
        const noted = () => ({
          add: () => {
            begun.resolve()
            spin()
          },
          end: () => 0
        })
        const asking = yield* Effect.forkChild(
          Effect.all(
            [1, 2, 3, 4].map(() => reader.fold(tenant, {}, noted)),
            { concurrency: "unbounded" }
          )
        )
        yield* Effect.promise(() => begun.promise)
        yield* Fiber.interrupt(asking)
        assert.strictEqual(yield* reader.fold(tenant, {}, counting().fold), 2)
        assert.isTrue((yield* reader.verify(tenant)).ok)
      }).pipe(Effect.provide(open(at)))
    })
  )
}

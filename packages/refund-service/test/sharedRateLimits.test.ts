import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import type { Bucket, Buckets } from "refund-core/ports/Buckets"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { makeRateLimits } from "../src/RateLimits.ts"
import { makeSharedRateLimits } from "../src/sharedRateLimits.ts"

const settings = { each: { requests: 10, milliseconds: 3_600_000 }, tenant: null }

const sharing = () => {
  const kept = new Map<string, Bucket>()
  const gate = Deferred.makeUnsafe<void>()
  const state = { looks: 0, mode: "open" as "open" | "gated" | "gone" | "silent" }
  const buckets: Buckets["Service"] = {
    change: (_, decide) =>
      Effect.gen(function* () {
        state.looks++
        if (state.mode === "gone") return yield* new LedgerUnavailable({ detail: "away", retryAfterSeconds: 1 })
        if (state.mode === "silent") return yield* Effect.never
        if (state.mode === "gated") yield* Deferred.await(gate)
        const { answer, buckets } = decide(kept, 0)
        for (const [name, bucket] of buckets) kept.set(name, bucket)
        return answer
      })
  }
  let now = 0
  const process = () =>
    makeSharedRateLimits(
      settings,
      buckets,
      makeRateLimits(settings, () => 0),
      () => now
    )
  return {
    state,
    process,
    gate,
    later: (milliseconds: number) => {
      now += milliseconds
    }
  }
}

const asking = { tenant: "acme", by: "key" }
const accepted = (answers: ReadonlyArray<{ readonly isOver: boolean } | null>) =>
  answers.filter((each) => each?.isOver === false).length

describe("a rate limit that processes share", () => {
  it.effect("lets in as many as one of them alone would", () =>
    Effect.gen(function* () {
      const { process } = sharing()
      const [one, other] = [process(), process()]
      const answers = yield* Effect.forEach(Array.from({ length: 30 }), (_, turn) => (turn % 2 ? one : other)(asking))
      assert.strictEqual(accepted(answers), 10)
    })
  )

  it.effect("is looked at once for all who asked meanwhile", () =>
    Effect.gen(function* () {
      const { gate, process, state } = sharing()
      state.mode = "gated"
      const limits = process()
      const waiting = yield* Effect.forEach(Array.from({ length: 50 }), () => Effect.forkChild(limits(asking)))
      yield* Effect.yieldNow
      yield* Deferred.succeed(gate, undefined)
      const answers = yield* Fiber.joinAll(waiting)
      assert.strictEqual(accepted(answers), 10)
      assert.isAtMost(state.looks, 2)
    })
  )

  it.effect("is each process's own while what they share is out of reach, and shared again a second later", () =>
    Effect.gen(function* () {
      const { later, process, state } = sharing()
      const limits = process()
      const ask = (count: number) => Effect.forEach(Array.from({ length: count }), () => limits(asking))
      assert.strictEqual(accepted(yield* ask(4)), 4)
      state.mode = "gone"
      assert.strictEqual(accepted(yield* ask(30)), 10)
      assert.strictEqual(state.looks, 5, "it is left alone for a while")
      state.mode = "open"
      later(1_000)
      assert.strictEqual(accepted(yield* ask(30)), 6)
    })
  )

  it.live("keeps nobody waiting for what never answers", () =>
    Effect.gen(function* () {
      const { process, state } = sharing()
      state.mode = "silent"
      assert.deepInclude(yield* process()(asking), { isOver: false, remaining: 9 })
    })
  )
})

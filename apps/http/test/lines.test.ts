import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { linesTo } from "../src/lines.ts"

describe("lines for a client that takes nothing", () => {
  it.effect(
    "wait in bounded memory: what finds no room is waited for once, and not told; in the end it is abandoned",
    () =>
      Effect.gen(function* () {
        let isAbandoned = false
        const lines = yield* linesTo(
          () => Effect.never,
          () => {
            isAbandoned = true
          }
        )
        const large = "x".repeat(3_000_000)
        assert.isTrue(yield* lines.tell([large]))
        const second = yield* Effect.forkChild(lines.tell([large]))
        yield* TestClock.adjust("3 seconds")
        assert.isFalse(yield* Fiber.join(second))
        assert.isFalse(yield* lines.tell([large]))
        assert.isTrue(yield* lines.tell(["a short one"]))
        assert.isFalse(isAbandoned)
        yield* TestClock.adjust("60 seconds")
        assert.isTrue(isAbandoned)
      })
  )
})

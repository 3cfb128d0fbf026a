import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { RateSettings } from "../src/allowances.ts"
import { makeRateLimits } from "../src/RateLimits.ts"

const second = 1_000
const tenADecisecond = { requests: 10, milliseconds: 10 * second }

const limits = (settings: Partial<RateSettings>) => {
  let now = 0
  const take = makeRateLimits({ each: null, tenant: null, ...settings }, () => now)
  return {
    ask: (by = "key", tenant = "acme") => Effect.runSync(take({ tenant, by })),
    later: (milliseconds: number) => {
      now += milliseconds
    }
  }
}

describe("a rate limit", () => {
  it("is off where none is set", () => {
    const { ask } = limits({})
    for (let turn = 0; turn < 1_000; turn++) assert.isNull(ask())
  })

  it("lets so many in at once, then says when to come again, and lets in whoever waited as told", () => {
    const { ask, later } = limits({ each: tenADecisecond })
    for (let left = 9; left >= 0; left--) {
      const allowance = ask()
      assert.deepStrictEqual([allowance?.isOver, allowance?.remaining, allowance?.limit], [false, left, 10])
    }
    const over = ask()
    assert.deepStrictEqual([over?.isOver, over?.retryAfterSeconds, over?.resetSeconds], [true, 1, 10])
    for (let turn = 0; turn < 100; turn++) assert.isTrue(ask()?.isOver)
    later(second)
    assert.isFalse(ask()?.isOver)
    assert.isTrue(ask()?.isOver)
    later(3_600 * second)
    assert.strictEqual(ask()?.remaining, 9)
  })

  it("is each credential's own, and a tenant's for all of its credentials together", () => {
    const { ask } = limits({ each: { ...tenADecisecond, requests: 2 }, tenant: { ...tenADecisecond, requests: 3 } })
    assert.deepStrictEqual(
      [ask("a"), ask("a"), ask("a")].map((each) => each?.isOver),
      [false, false, true]
    )
    assert.isFalse(ask("b")?.isOver)
    const all = ask("b")
    assert.deepStrictEqual([all?.isOver, all?.limit, all?.retryAfterSeconds], [true, 3, 4])
    assert.isFalse(ask("a", "globex")?.isOver)
  })

  it("never counts what time going backwards would give", () => {
    const { ask, later } = limits({ each: { requests: 1, milliseconds: second } })
    assert.isFalse(ask()?.isOver)
    later(-3_600 * second)
    assert.isTrue(ask()?.isOver)
  })

  it("tells apart what only looks the same", () => {
    const { ask } = limits({ each: { requests: 1, milliseconds: second } })
    assert.isFalse(ask("b", "a")?.isOver)
    assert.isFalse(ask("", "a b")?.isOver)
    assert.isFalse(ask("a b", "")?.isOver)
  })
})

/** What every case starts from: the adapter and its double, opened, and a capture to give back. */
import { Clock, Context, Effect } from "effect"
import type { Instant } from "refund-core/Ids"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import type { Ability, Behaviour, ProviderHarness, ProviderWorld } from "../../ProviderHarness.ts"
import { attemptOf, usual } from "./attempts.ts"
import { calling } from "./calling.ts"
import { named, type Said, told } from "./said.ts"

export class Opened extends Context.Service<
  Opened,
  { readonly provider: RefundProvider["Service"]; readonly world: ProviderWorld }
>()("refund-testkit/Opened") {}

export interface Case {
  readonly title: string
  /** Run only against a double that can do all of these. */
  readonly needs: ReadonlyArray<Ability>
  readonly test: Effect.Effect<void, unknown, Opened>
}

/** One case at the provider's counter. `ago`: how many milliseconds before now it begins. */
export const counter = Effect.fnUntraced(function* (harness: ProviderHarness, { ago = 0 } = {}) {
  const opened = yield* Opened
  const start: Instant = (yield* Clock.currentTimeMillis) - ago
  const calls = calling(harness, opened.provider, opened.world)
  const { world } = calls
  const setTime = (now: Instant) => world.setTime?.(now) ?? Effect.void
  yield* setTime(start)
  yield* world.arm("settles")
  yield* world.news

  const heard: Array<ProviderNews> = []
  const listen = Effect.map(world.news, (news): ReadonlyArray<ProviderNews> => {
    heard.push(...news)
    return heard
  })

  return {
    ...calls,
    start,
    setTime,
    /** Everything that was told since the case began. */
    listen,
    /** What came of it in the end: what was said where that is the end, else what was told, else what is found. */
    concluded: Effect.fnUntraced(function* (attempt: Attempt, said: Said) {
      if (said !== null && ends.has(said._tag)) return said
      const known = told(yield* listen, attempt, said)
      if (known !== undefined) return known.outcome
      return yield* calls.lookup(named(attempt, said))
    })
  }
})
export type Counter = Effect.Success<ReturnType<typeof counter>>

const ends: ReadonlySet<string> = new Set(["settled", "declined", "reversed", "notSent"])

/** A capture of the usual amount, the provider armed, and an attempt on it: what most cases begin with. */
export const armed = Effect.fnUntraced(function* (harness: ProviderHarness, behaviour: Behaviour) {
  const at = yield* counter(harness)
  const { amount, captured, currency } = usual(harness)
  const capture = yield* at.world.capture(captured, currency)
  yield* at.world.arm(behaviour)
  return { ...at, amount, capture, currency, attempt: attemptOf(harness, { capture, amount, currency, at: at.start }) }
})

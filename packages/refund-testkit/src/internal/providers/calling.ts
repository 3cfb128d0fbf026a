/** Calls to the adapter that end: given up where it may hang, waited for long where it may not; and its answers in their form. */
import { fail, ok } from "node:assert"
import { Cause, Effect, Exit, Fiber, Option, Schedule } from "effect"
import type { Attempt, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import type { Behaviour, ProviderHarness, ProviderWorld } from "../../ProviderHarness.ts"
import { type Said, tagOf, wellFormed } from "./said.ts"

/** A call that meets this may never be answered. */
export const isHanging = (behaviour: Behaviour): boolean => behaviour === "hangsPaid" || behaviour === "hangsUnpaid"

/** On a busy machine what happens at once takes a while; what never happens is not waited for longer than a second or two. */
export const eventually = (isSo: Effect.Effect<boolean>) =>
  Effect.repeat(isSo, { until: (so) => so, schedule: Schedule.spaced(2), times: 1_000 })

/**
 * So many milliseconds, counted in pauses: of a machine that stood still they are not over before everybody has had as
 * many turns as there are pauses, so that no call is taken for one without an answer because of it.
 */
export const passed = (milliseconds: number) => {
  const pause = Math.max(1, milliseconds / 40)
  return Effect.repeat(Effect.sleep(pause), { times: Math.max(0, Math.ceil(milliseconds / pause) - 1) })
}

export const calling = (harness: ProviderHarness, provider: RefundProvider["Service"], its: ProviderWorld) => {
  const patience = harness.patienceMilliseconds ?? 500
  const longPatience = 40 * patience
  let armed: Behaviour = "settles"
  const world: ProviderWorld = {
    ...its,
    arm: (behaviour) =>
      Effect.suspend(() => {
        armed = behaviour
        return its.arm(behaviour)
      })
  }
  const met = (): Behaviour => {
    const behaviour = armed
    armed = "settles"
    return behaviour
  }

  const endOf = <A>(fiber: Fiber.Fiber<A>, milliseconds = longPatience) =>
    Effect.raceFirst(Effect.asSome(Fiber.await(fiber)), Effect.as(passed(milliseconds), Option.none()))

  const countPayouts = ({ captureReference }: Attempt) =>
    captureReference === null
      ? Effect.succeed(0)
      : Effect.map(world.payouts(captureReference), (payouts) => payouts.length)

  /** `until`: what has to happen before it may be given up. */
  const call = Effect.fnUntraced(function* (
    ask: () => Effect.Effect<Outcome | null>,
    mayHang: boolean,
    until: Effect.Effect<boolean> = Effect.succeed(true)
  ) {
    const fiber = yield* Effect.forkDetach(Effect.suspend(ask))
    yield* eventually(Effect.map(until, (so) => so || fiber.pollUnsafe() !== undefined))
    const ended = yield* endOf(fiber, mayHang ? patience : longPatience)
    if (Option.isNone(ended)) {
      yield* Effect.forkDetach(Fiber.interrupt(fiber))
      return { _tag: "silence" } as const
    }
    if (Exit.isFailure(ended.value)) return fail(`an adapter never fails, but: ${Cause.pretty(ended.value.cause)}`)
    const said = ended.value.value
    if (said !== null) wellFormed(said)
    return said
  })

  return {
    world,
    endOf,
    /** Sends it and does not wait: for what hangs while other things happen. */
    sendOff: (attempt: Attempt) =>
      Effect.suspend(() => {
        met()
        return Effect.forkDetach(Effect.suspend(() => provider.submit(attempt)))
      }),
    submit: Effect.fnUntraced(function* (attempt: Attempt, { mayHang = false } = {}) {
      const behaviour = met()
      const before = yield* countPayouts(attempt)
      const isPaid = Effect.map(countPayouts(attempt), (now) => now > before)
      const until = behaviour === "hangsPaid" ? isPaid : Effect.succeed(true)
      const said: Said = yield* call(() => provider.submit(attempt), mayHang || isHanging(behaviour), until)
      if (said === null) return fail("a submit is answered with an outcome")
      ok(said._tag !== "notFound", "what is sent is not looked up")
      return said
    }),
    lookup: Effect.fnUntraced(function* (attempt: Attempt) {
      const said: Said = yield* call(() => provider.lookup(attempt), false)
      ok(tagOf(said) !== "notSent", "what is looked up is not sent")
      return said?._tag === "notFound" ? null : said
    })
  }
}

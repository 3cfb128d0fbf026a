/**
 * Several refunds of one capture at a provider that misbehaves at random, with crashes between: begun and not sent, sent
 * and not recorded, told twice, told late. In the end every one of them is what really happened.
 */
import { deepStrictEqual, fail, ok } from "node:assert"
import { Cause, Effect } from "effect"
import type { RefundId } from "refund-core/Ids"
import type { Capabilities } from "refund-core/ports/RefundProvider"
import type { Refund, RefundState } from "refund-core/Refund"
import { retry } from "../../src/build.ts"
import { type LedgerLoop, ledgerLoop } from "../../src/internal/providers/ledgerLoop.ts"
import { Opened } from "../../src/internal/providers/opened.ts"
import * as ProviderDouble from "../../src/ProviderDouble.ts"
import { type Behaviour, behaviours } from "../../src/ProviderHarness.ts"

/** Each of another amount, so that a payout says whose it is. */
const amounts = [700n, 1_100n, 1_300n]
const all = Object.keys(behaviours) as ReadonlyArray<Behaviour>

export const kinds: ReadonlyArray<ProviderDouble.DoubleOptions> = [
  {},
  { answers: "later", capabilities: { lookup: "none" } },
  { tells: false, capabilities: { lookup: "reference" } },
  { answers: "later", tells: false },
  { tells: false, capabilities: { honoursKeyFor: 0 } },
  { tells: false, capabilities: { honoursKeyFor: 0, lookup: "none" } }
]

type Dice = (sides: number) => number
/** The same seed is the same story. */
const diceOf = (seed: number): Dice => {
  let state = seed >>> 0
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}

const over: ReadonlySet<RefundState> = new Set(["settled", "failed", "in_review", "reversed"])

interface Story {
  readonly states: ReadonlyArray<RefundState>
  readonly met: ReadonlyArray<Behaviour>
}

const story = (seed: number): Effect.Effect<Story, unknown> =>
  Effect.gen(function* () {
    const dice = diceOf(seed)
    const options = kinds[seed % kinds.length] ?? {}
    const harness = { ...ProviderDouble.harness(options), patienceMilliseconds: 1 }
    const opened = yield* harness.open
    return yield* Effect.gen(function* () {
      const loop = yield* ledgerLoop(harness, "settles")
      const ids = yield* Effect.forEach(amounts, loop.ask)
      const met: Array<Behaviour> = []
      for (let step = 0; step < 24; step++) {
        const id = ids[dice(ids.length)]
        if (id !== undefined) met.push(...(yield* oneStep(loop, id, ids, dice)))
      }
      for (const id of ids) yield* finish(loop, id, ids)
      const refunds = yield* Effect.forEach(ids, loop.state)
      yield* isTrue(loop, refunds, { ...harness.capabilities, tells: options.tells ?? true })
      return { states: refunds.map(({ state }) => state), met }
    }).pipe(Effect.provideService(Opened, opened))
  }).pipe(Effect.scoped)

const oneStep = Effect.fnUntraced(function* (loop: LedgerLoop, id: RefundId, ids: ReadonlyArray<RefundId>, dice: Dice) {
  const { state } = yield* loop.state(id)
  if (dice(3) === 0) yield* loop.hear(ids, 1 + dice(3))
  if (dice(6) === 0) yield* happens(loop, dice)
  if (state === "failed" && dice(3) === 0) yield* Effect.ignore(loop.execute(retry(id)))
  // A process that stops before it has sent anything.
  if (dice(6) === 0) {
    yield* loop.begins(id)
    return []
  }
  const behaviour = all[dice(all.length)] ?? "settles"
  yield* loop.world.arm(behaviour)
  const call = yield* loop.begun(id)
  // One that stops before it has written down what it was told.
  if (call !== null && dice(6) > 0) yield* Effect.ignore(loop.record(call.attempt, call.outcome))
  return [behaviour]
})

/** To the newest refund at the provider, where it can. */
const happens = (loop: LedgerLoop, dice: Dice) =>
  Effect.ignoreCause(
    loop.world.later(loop.reference, (["settles", "fails", "reverses"] as const)[dice(3)] ?? "settles")
  )

/** Nothing goes wrong any more: what is open comes to its end. */
const finish = Effect.fnUntraced(function* (loop: LedgerLoop, id: RefundId, ids: ReadonlyArray<RefundId>) {
  yield* loop.world.arm("settles")
  for (let round = 0; round < 100; round++) {
    yield* loop.hear(ids)
    const { state } = yield* loop.state(id)
    if (over.has(state)) return
    const call = yield* loop.begun(id)
    if (call !== null) yield* Effect.ignore(loop.record(call.attempt, call.outcome))
  }
  return fail(`still ${(yield* loop.state(id)).state}`)
})

const isTrue = Effect.fnUntraced(function* (
  loop: LedgerLoop,
  refunds: ReadonlyArray<Refund>,
  { honoursKeyFor, lookup, tells }: Capabilities & { readonly tells: boolean }
) {
  const payouts = yield* loop.payouts
  for (const { amount, detail, id, state } of refunds) {
    // What met another amount is paid one unit less.
    const paid = payouts.filter((each) => each === amount || each === amount - 1n)
    const said = `${amount} is ${state} (${detail}), paid ${paid.join(" and ")}`
    ok(paid.length <= (yield* loop.state(id)).attempts.length, said)
    if (state === "settled") deepStrictEqual(paid, [amount], said)
    if (state === "reversed") ok(paid.length > 0, said)
    if (state === "failed" && (tells || lookup !== "none" || honoursKeyFor > 0)) deepStrictEqual(paid, [], said)
  }
  yield* loop.refundable
})

/** All that was met in them, and all they came to. The seed of one that is not as it should be is told. */
export const stories = ({ count, from }: { readonly from: number; readonly count: number }) =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: count }, (_, index) => from + index),
      (seed) =>
        story(seed).pipe(
          Effect.catchCause((cause) => Effect.die(new Error(`story ${seed}: ${Cause.pretty(cause)}`))),
          Effect.map(({ met, states }) => ({ met: new Set(met), states: new Set(states) }))
        )
    ),
    (all) => ({
      met: new Set<string>(all.flatMap(({ met }) => [...met])),
      states: new Set<string>(all.flatMap(({ states }) => [...states]))
    })
  )

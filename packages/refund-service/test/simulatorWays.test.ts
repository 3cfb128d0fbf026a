/** What becomes of a refund by the capture's reference, and when: the table of README.md. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Outbox } from "refund-core/ports/Outbox"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import {
  begin,
  caller,
  capture,
  freshId,
  noon,
  order,
  refundId,
  register,
  request,
  told,
  worker
} from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import { simulator, simulatorNews, simulatorReferences } from "../src/SimulatorProvider.ts"

const ledger = Refunds.layer.pipe(Layer.provideMerge(layerMemory))
const r1 = refundId(1)
const callMilliseconds = 10_000

const execute = <C extends Parameters<typeof Refunds.Service.execute>[0]>(command: C) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Refunds.use((refunds) => refunds.execute({ ...command, caller: { ...command.caller, now } }))
  )
const state = Refunds.use((refunds) => refunds.group(caller(), { id: r1 })).pipe(
  Effect.map(([refund]) => refund?.state)
)

/** The call, given up after the time that a call may take. */
const answered = Effect.fnUntraced(function* (ask: Effect.Effect<Outcome | null>) {
  const call = yield* Effect.forkChild(ask, { startImmediately: true })
  if (call.pollUnsafe() === undefined) yield* TestClock.adjust(callMilliseconds)
  if (call.pollUnsafe() === undefined) {
    yield* Fiber.interrupt(call)
    return { _tag: "unknown", detail: "no answer" } as const
  }
  return (yield* Fiber.join(call)) ?? ({ _tag: "notFound", detail: "never heard of it" } as const)
})

/** One round of what a worker and an inbox do; answers the attempt, where one was made. */
const round = Effect.fnUntraced(function* (attempt: Attempt | null) {
  let known = attempt
  const outbox = yield* Outbox
  for (const due of yield* outbox.take(1)) {
    const begun = yield* execute(begin(r1, freshId(), { caller: worker() }))
    if (begun._tag === "nothing") continue
    known = begun.attempt
    const outcome = yield* answered(simulator[begun._tag](begun.attempt))
    yield* execute(told(r1, outcome, { attempt: begun.attempt.id, caller: worker() }))
    yield* outbox.release([due])
  }
  const now = yield* Clock.currentTimeMillis
  for (const { about, at } of known === null ? [] : simulatorNews(known)) {
    if (about._tag !== "refund" || at > now || about.attempt === null) continue
    const news = told(r1, about.outcome, { attempt: about.attempt.attemptId, caller: worker() })
    yield* execute({ ...news, toldAt: at })
  }
  return known
})

/** The states it comes to, each with the seconds since it was asked for. */
const way = (reference: string, seconds: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(noon)
    yield* execute(register(order({ captures: [capture("c-1", 100n, { reference })] })))
    yield* execute(request({ id: r1, amount: 40n }))
    const seen: Array<string> = []
    let attempt: Attempt | null = null
    let last: string | undefined
    for (let now = noon; now <= noon + seconds * 1_000; now = yield* Clock.currentTimeMillis) {
      attempt = yield* round(attempt)
      const is = yield* state
      if (is !== last) seen.push(`${is} ${((yield* Clock.currentTimeMillis) - noon) / 1_000}`)
      last = is
      yield* TestClock.adjust(30_000)
    }
    return seen
  }).pipe(Effect.provide(ledger))

/** Reference · how many seconds to look · state and second of each change. */
const ways: ReadonlyArray<readonly [string, number, ReadonlyArray<string>]> = [
  ["ch_1", 600, ["settled 0"]],
  ["sim_decline", 600, ["failed 0"]],
  ["sim_pending", 600, ["pending 0", "settled 300"]],
  ["sim_action", 600, ["requires_action 0", "settled 300"]],
  ["sim_hang", 600, ["unknown 10", "settled 310"]],
  ["sim_late", 600, ["unknown 10", "settled 310"]],
  ["sim_lost", 600, ["unknown 0", "settled 300"]],
  ["sim_down", 7_200, ["approved 0"]],
  ["sim_other_amount", 600, ["in_review 0"]],
  ["sim_twice", 600, ["settled 0"]],
  ["sim_reverse", 600, ["settled 0", "reversed 60"]]
]

describe("a refund through the simulator", () => {
  for (const [reference, seconds, states] of ways) {
    it.effect(`of a capture named ${reference} is ${states.join(", ")}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* way(reference, seconds), states)
      })
    )
  }

  it.effect("of a capture named sim_busy is settled when it is sent again, not before it may be", () =>
    Effect.gen(function* () {
      const [first, then, ...more] = yield* way("sim_busy", 600)
      assert.deepStrictEqual([first, more], ["approved 0", []])
      const [state, second] = (then ?? "").split(" ")
      assert.strictEqual(state, "settled")
      assert.isAtLeast(Number(second), 7)
    })
  )

  it.effect("of a capture named sim_unsure is sent again while its id is honoured, and failed the day after", () =>
    Effect.gen(function* () {
      const states = yield* way("sim_unsure", 48 * 3_600)
      assert.deepStrictEqual(states.slice(0, 2), ["unknown 0", "approved 300"])
      const [state, second] = (states.at(-1) ?? "").split(" ")
      assert.strictEqual(state, "failed")
      assert.isAtLeast(Number(second), 24 * 3_600)
      const others = states.slice(0, -1).filter((each) => !/^(unknown|approved) /.test(each))
      assert.deepStrictEqual(others, [])
    })
  )

  it("has a row in the page for each reference that chooses, and here", () => {
    const page = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    for (const reference of simulatorReferences) {
      assert.include(page, `| \`${reference}\` `)
      assert.isTrue(/busy|unsure/.test(reference) || ways.some(([name]) => name === reference))
    }
  })
})

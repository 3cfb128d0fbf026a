/** Refunds whose way has a turn: a doubt, a crash, a second try, another refund beside it, news. */
import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import { retry } from "../../build.ts"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import { booksAreRight, drive, endsAs, over, settled } from "./endings.ts"
import { ledgerLoop } from "./ledgerLoop.ts"
import type { Case } from "./opened.ts"

export const turns = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...doubts(harness),
  ...crashes(harness),
  ...severals(harness),
  ...heard(harness)
]

/** That the second call moved nothing says nothing of the first: it is not free to be canceled, nor to be sent for ever. */
const doubts = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "whose answer was lost, and whose provider then was busy, stays in doubt until it is known (A10, A15)",
    needs: ["resetsPaid", "busy"],
    test: Effect.scoped(
      Effect.gen(function* () {
        const loop = yield* ledgerLoop(harness, "resetsPaid")
        const id = yield* loop.ask()
        for (const next of ["busy", "settles"] as const) {
          const call = yield* loop.begun(id)
          if (call !== null) yield* loop.record(call.attempt, call.outcome)
          const { state } = yield* loop.state(id)
          ok(state === "unknown" || over.has(state), `is ${state} after a call in doubt`)
          yield* loop.world.arm(next)
        }
        const refund = yield* drive(harness, loop, id)
        endsAs(harness, refund, settled)
        yield* booksAreRight(loop, [refund])
      })
    )
  }
]

const crashes = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "whose process stopped before it was sent is paid once (T18, T28)",
    needs: ["knowsAttempts"],
    test: interrupted(harness, false)
  },
  {
    title: "whose process stopped before the answer was recorded is paid once (T28, A18)",
    needs: [],
    test: interrupted(harness, true)
  }
]

const interrupted = (harness: ProviderHarness, isSent: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const loop = yield* ledgerLoop(harness, "settles")
      const id = yield* loop.ask()
      yield* isSent ? loop.begun(id) : loop.begins(id)
      strictEqual((yield* loop.state(id)).state, "submitting")
      const refund = yield* drive(harness, loop, id)
      endsAs(harness, refund, settled)
      yield* booksAreRight(loop, [refund])
    })
  )

const severals = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "that was declined is paid once when it is tried again, as a new attempt (A16, A40)",
    needs: [],
    test: Effect.scoped(
      Effect.gen(function* () {
        const loop = yield* ledgerLoop(harness, "declines")
        const id = yield* loop.ask()
        strictEqual((yield* drive(harness, loop, id)).state, "failed")
        yield* loop.execute(retry(id))
        const refund = yield* drive(harness, loop, id)
        strictEqual(refund.state, "settled")
        const [first, second] = refund.attempts
        strictEqual(refund.attempts.length, 2)
        notStrictEqual(first?.id, second?.id)
        yield* booksAreRight(loop, [refund])
      })
    )
  },
  ...(harness.capabilities.partial
    ? [
        {
          title: "is paid beside another one of the same amount (A11, A12)",
          needs: [],
          test: Effect.scoped(
            Effect.gen(function* () {
              const loop = yield* ledgerLoop(harness, "settles")
              const ids = [yield* loop.ask(), yield* loop.ask()]
              const refunds = yield* Effect.forEach(ids, (id) => drive(harness, loop, id))
              deepStrictEqual(
                refunds.map(({ state }) => state),
                ["settled", "settled"]
              )
              deepStrictEqual(yield* loop.payouts, [loop.amount, loop.amount])
              yield* booksAreRight(loop, refunds)
            })
          )
        }
      ]
    : [])
]

const heard = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "whose answer is lost is settled by the provider's news, told three times (A23, T39)",
    needs: ["tells", "resetsPaid"],
    test: Effect.scoped(
      Effect.gen(function* () {
        const loop = yield* ledgerLoop(harness, "resetsPaid")
        const id = yield* loop.ask()
        const call = yield* loop.begun(id)
        if (call !== null) yield* loop.record(call.attempt, call.outcome)
        yield* loop.hear([id], 3)
        const refund = yield* loop.state(id)
        strictEqual(refund.state, "settled")
        yield* booksAreRight(loop, [refund])
      })
    )
  },
  {
    title: "whose news come before its answer is settled once (A22, T40)",
    needs: ["tells"],
    test: Effect.scoped(
      Effect.gen(function* () {
        const loop = yield* ledgerLoop(harness, "settles")
        const id = yield* loop.ask()
        const call = yield* loop.begun(id)
        yield* loop.hear([id])
        const before = yield* loop.state(id)
        strictEqual(before.state, "settled")
        if (call !== null) yield* Effect.ignore(loop.record(call.attempt, call.outcome))
        deepStrictEqual(yield* loop.state(id), before)
        yield* booksAreRight(loop, [before])
      })
    )
  },
  {
    title: "that was settled and came back is reversed, once, however often it is told; its amount is free (T27, A39)",
    needs: ["tells", "reverses"],
    test: Effect.scoped(
      Effect.gen(function* () {
        const loop = yield* ledgerLoop(harness, "settles")
        const id = yield* loop.ask()
        strictEqual((yield* drive(harness, loop, id)).state, "settled")
        yield* loop.world.later(loop.reference, "reverses")
        yield* loop.hear([id], 3)
        const refund = yield* loop.state(id)
        strictEqual(refund.state, "reversed")
        strictEqual(yield* loop.refundable, loop.captured)
        yield* booksAreRight(loop, [refund])
      })
    )
  }
]

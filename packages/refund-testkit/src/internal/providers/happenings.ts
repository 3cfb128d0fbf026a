/** What happens after the answer: found when it is looked up, and told where the provider tells. */
import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import { isAskable } from "./attempts.ts"
import { armed, type Case, type Counter } from "./opened.ts"
import { assertSettled, assertTag, named, type Said, tagOf, told } from "./said.ts"

export const happenings = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "what was pending settles, with one payout (A34, A42)",
    needs: ["pendingThenSettles"],
    test: settlesLater(harness, "pendingThenSettles")
  },
  {
    title: "what waited for the customer settles, with one payout (T30)",
    needs: ["requiresAction"],
    test: settlesLater(harness, "requiresAction")
  },
  {
    title: "what was pending fails: a definite no, with nothing paid (A35)",
    needs: ["pendingThenFails"],
    test: Effect.gen(function* () {
      const at = yield* armed(harness, "pendingThenFails")
      const said = yield* at.submit(at.attempt)
      yield* at.world.later(at.capture, "fails")
      deepStrictEqual(yield* at.world.payouts(at.capture), [])
      yield* bothSay(harness, at, said, (answer) => assertTag(answer, "declined"))
    })
  },
  {
    title: "what was settled and came back is reversed, not a payout less (T27, A39)",
    needs: ["reverses"],
    test: Effect.gen(function* () {
      const at = yield* armed(harness, "settles")
      const said = yield* at.submit(at.attempt)
      assertSettled(yield* at.concluded(at.attempt, said), at.attempt)
      yield* at.world.later(at.capture, "reverses")
      const news = yield* at.listen
      // Who says only that it failed is understood by what was known before: it was settled.
      if (harness.can.has("tells")) assertTag(told(news, at.attempt, said)?.outcome ?? null, "reversed", "declined")
      const sent = named(at.attempt, said)
      if (isAskable(harness, sent)) assertTag(yield* at.lookup(sent), "reversed", "declined")
      deepStrictEqual(yield* at.world.payouts(at.capture), [at.amount])
    })
  },
  ...news(harness)
]

const settlesLater = (harness: ProviderHarness, behaviour: "pendingThenSettles" | "requiresAction") =>
  Effect.gen(function* () {
    const at = yield* armed(harness, behaviour)
    const said = yield* at.submit(at.attempt)
    yield* at.world.later(at.capture, "settles")
    deepStrictEqual(yield* at.world.payouts(at.capture), [at.amount])
    yield* bothSay(harness, at, said, (answer) => assertSettled(answer, at.attempt))
  })

/** Who can be asked finds it; who tells has told it. */
const bothSay = Effect.fnUntraced(function* (
  harness: ProviderHarness,
  at: Counter & { readonly attempt: Parameters<Counter["submit"]>[0] },
  said: Said,
  says: (answer: Said) => void
) {
  if (harness.can.has("tells")) says(told(yield* at.listen, at.attempt, said)?.outcome ?? null)
  const sent = named(at.attempt, said)
  if (isAskable(harness, sent)) says(yield* at.lookup(sent))
})

const news = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "news of a refund names it, and says what was paid or nothing of it, never another amount (A30, A31)",
    needs: ["tells"],
    test: Effect.gen(function* () {
      const { attempt, capture, listen, submit, world } = yield* armed(harness, "settles")
      const said = yield* submit(attempt)
      const about = told(yield* listen, attempt, said)
      ok(about !== undefined, "nothing was told of it")
      assertSettled(about.outcome, attempt)
      if (about.amount !== null) strictEqual(about.amount, attempt.amount)
      if (about.currency !== null) strictEqual(about.currency, attempt.currency)
      const captures = [about.captureReference, ...(about.captureAliases ?? [])].filter((name) => name !== null)
      if (captures.length > 0) ok(captures.includes(capture), `of another capture: ${captures.join(", ")}`)
      deepStrictEqual(yield* world.payouts(capture), [attempt.amount])
    })
  },
  {
    title: "news of a refund whose answer was lost names our attempt (A22, A30)",
    needs: ["tells", "resetsPaid"],
    test: Effect.gen(function* () {
      const { attempt, listen, submit } = yield* armed(harness, "resetsPaid")
      const said = yield* submit(attempt)
      const about = told(yield* listen, attempt, said)
      deepStrictEqual(about?.attempt, { refundId: attempt.refundId, attemptId: attempt.id })
      assertSettled(about?.outcome ?? null, attempt)
    })
  },
  {
    title: "each event has an id of its own, and the provider's time (A23, A28)",
    needs: ["tells"],
    test: Effect.gen(function* () {
      const { attempt, capture, listen, submit, world } = yield* armed(harness, "settles")
      const said = yield* submit(attempt)
      if (harness.can.has("reverses") && tagOf(said) !== "declined") yield* world.later(capture, "reverses")
      const all = yield* listen
      ok(all.length > 0, "nothing was told")
      strictEqual(new Set(all.map(({ eventId }) => eventId)).size, all.length)
      for (const { at, eventId } of all) ok(Number.isSafeInteger(at) && eventId.length > 0)
    })
  }
]

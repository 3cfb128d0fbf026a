/** Whatever it is asked, and however it is cut off: it answers with an outcome, and pays nobody who was not meant. */
import { deepStrictEqual, ok } from "node:assert"
import { Effect, Fiber, Option } from "effect"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import { attemptOf, isAskable, usual } from "./attempts.ts"
import { eventually, passed } from "./calling.ts"
import { armed, type Case, counter } from "./opened.ts"
import { assertSettled, assertTag } from "./said.ts"

export const hostile = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...references(harness),
  ...neverSent(harness),
  ...cutOff(harness),
  {
    title: "a call without an answer holds up no other (A09)",
    needs: ["hangsUnpaid"],
    test: Effect.gen(function* () {
      const { attempt, concluded, currency, sendOff, start, submit, world } = yield* armed(harness, "hangsUnpaid")
      const hanging = yield* sendOff(attempt)
      yield* passed(40)
      const { captured } = usual(harness)
      const capture = yield* world.capture(captured, currency)
      const other = attemptOf(harness, { capture, amount: captured, currency, at: start })
      const said = yield* submit(other)
      yield* Effect.forkDetach(Fiber.interrupt(hanging))
      assertSettled(yield* concluded(other, said), other)
    })
  }
]

const references = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "a capture that the provider has never heard of is a no (T19)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* counter(harness)
      const { amount, currency } = usual(harness)
      const attempt = attemptOf(harness, { capture: "nobodys_capture", amount, currency, at: at.start })
      const said = yield* at.submit(attempt)
      assertTag(said, "declined", "pending")
      if (said._tag === "pending") assertTag(yield* at.concluded(attempt, said), "declined")
    })
  },
  {
    title: "a capture that has no name at the provider is answered, and nobody else's is paid (A31)",
    needs: [],
    test: Effect.gen(function* () {
      const at = yield* counter(harness)
      const { amount, captured, currency } = usual(harness)
      const bystander = yield* at.world.capture(captured, currency)
      const attempt = attemptOf(harness, { capture: null, amount, currency, at: at.start })
      const said = yield* at.submit(attempt)
      if (harness.can.has("knowsCaptures")) assertTag(said, "declined", "notSent", "unknown")
      yield* at.lookup(attempt)
      deepStrictEqual(yield* at.world.payouts(bystander), [])
    })
  },
  {
    title: "a capture's name that reads like a path, a query or a header pays nobody (A31)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* counter(harness)
      const { amount, captured, currency } = usual(harness)
      const bystander = yield* at.world.capture(captured, currency)
      for (const name of disguises(bystander)) {
        const attempt = attemptOf(harness, { capture: name, amount, currency, at: at.start })
        const said = yield* at.submit(attempt)
        assertTag(said, "declined", "notSent", "unknown", "pending", "silence")
        yield* at.lookup(attempt)
        deepStrictEqual(yield* at.world.payouts(bystander), [], `paid as ${JSON.stringify(name)}`)
      }
    })
  }
]

const disguises = (capture: string): ReadonlyArray<string> => [
  "",
  ".",
  "..",
  `x/../${capture}`,
  `../${"captures"}/${capture}`,
  `${capture}/`,
  `${capture}?a=b`,
  `${capture}#`,
  `${capture}%00`,
  `${capture}\r\nX-Other: 1`,
  `x%2F..%2F${capture}`,
  `é😀${"x".repeat(300)}`
]

const neverSent = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title:
      harness.capabilities.lookup === "key"
        ? "what was never sent is not found, and looking for it pays nothing (A17)"
        : "what was never sent is unknown to who cannot look it up by our id, and looking for it pays nothing (A17)",
    needs: ["knowsAttempts"],
    test: Effect.gen(function* () {
      const { attempt, capture, concluded, lookup, submit, world } = yield* armed(harness, "settles")
      assertTag(yield* lookup(attempt), isAskable(harness, attempt) ? "null" : "unknown")
      deepStrictEqual(yield* world.payouts(capture), [])
      assertSettled(yield* concluded(attempt, yield* submit(attempt)), attempt)
      deepStrictEqual(yield* world.payouts(capture), [attempt.amount])
    })
  },
  {
    title: "looking up again and again says the same, and pays nothing (A17)",
    needs: [],
    test: Effect.gen(function* () {
      const { attempt, capture, lookup, submit, world } = yield* armed(harness, "settles")
      const said = yield* submit(attempt)
      const sent = { ...attempt, reference: said._tag === "settled" || said._tag === "pending" ? said.reference : null }
      const found = yield* Effect.forEach([1, 2, 3], () => lookup(sent))
      for (const each of found) deepStrictEqual(each, found[0])
      deepStrictEqual(yield* world.payouts(capture), [attempt.amount])
    })
  }
]

const cutOff = (harness: ProviderHarness): ReadonlyArray<Case> =>
  (["hangsPaid", "hangsUnpaid"] as const).map((behaviour) => ({
    title: `a call that is given up lets go at once, ${behaviour === "hangsPaid" ? "and its payout stays one" : "and pays nothing afterwards"} (T18, T28)`,
    needs: [behaviour],
    test: Effect.gen(function* () {
      const { attempt, capture, endOf, sendOff, submit, world } = yield* armed(harness, behaviour)
      const call = yield* sendOff(attempt)
      const isPaid = Effect.map(world.payouts(capture), (payouts) => payouts.length > 0)
      yield* behaviour === "hangsPaid" ? eventually(isPaid) : passed(40)
      yield* Effect.forkDetach(Fiber.interrupt(call))
      const ended = yield* endOf(call)
      ok(Option.isSome(ended), "a call that is interrupted ends")
      if (harness.capabilities.honoursKeyFor > 0 && behaviour === "hangsPaid") {
        yield* submit(attempt, { mayHang: true })
      }
      deepStrictEqual(yield* world.payouts(capture), behaviour === "hangsPaid" ? [attempt.amount] : [])
    })
  }))

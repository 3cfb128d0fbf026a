/** The same attempt again, once and at the same time: its id is the key, so it is paid once. Another attempt is another payout. */
import { deepStrictEqual, notStrictEqual, ok } from "node:assert"
import { Effect } from "effect"
import { type Behaviour, type ProviderHarness, retryAfterSeconds } from "../../ProviderHarness.ts"
import { attemptOf, usual } from "./attempts.ts"
import { isHanging } from "./calling.ts"
import { expected } from "./expected.ts"
import { armed, type Case, counter } from "./opened.ts"
import { agrees, assertSettled, assertTag, claimsOnlyTruth, named, show } from "./said.ts"

export const repeats = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...(harness.capabilities.honoursKeyFor > 0 ? sameId(harness) : []),
  ...otherIds(harness)
]

const sentAgain: { readonly [B in Behaviour]?: string } = {
  settles: "after a yes (A10)",
  pendingThenSettles: "while it is pending (A36)",
  requiresAction: "while it waits for the customer (T30)",
  hangsUnpaid: "after no answer, not paid (T21)",
  hangsPaid: "after no answer, paid (T20, A10)",
  resetsUnpaid: "after a connection was cut, not paid (T22)",
  resetsPaid: "after a connection was cut, paid (T22, A10)",
  breaksUnpaid: "after a 500, not paid (T23)",
  breaksPaid: "after a 500, paid (T23, A10)",
  garblesPaid: "after a 200 that could not be read (T24)",
  unreachable: "after a refused connection (A37)",
  busy: "after a 429 and the time it told, under the same id (T29)",
  keyInUse: "after its key was in use (A22)",
  otherRefund: "after an answer about somebody else's refund (T25)"
}

const sameId = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...(Object.entries(sentAgain) as ReadonlyArray<[Behaviour, string]>).map(
    ([behaviour, when]): Case => ({
      title: `is paid once when it is sent again ${when}`,
      needs: [behaviour],
      test: again(harness, behaviour)
    })
  ),
  {
    title: "is paid once when five send it at the same time (A11, A22)",
    needs: [],
    test: Effect.gen(function* () {
      const { attempt, capture, concluded, submit, world } = yield* armed(harness, "settles")
      const said = yield* Effect.forEach([1, 2, 3, 4, 5], () => submit(attempt), { concurrency: "unbounded" })
      const payouts = yield* world.payouts(capture)
      deepStrictEqual(payouts, [attempt.amount])
      for (const each of said) {
        assertTag(each, ...(harness.answers === "later" ? ["pending", "unknown"] : ["settled", "unknown"]))
        claimsOnlyTruth(each, attempt, payouts)
      }
      const best = said.find(({ _tag }) => _tag !== "unknown")
      ok(best !== undefined, "one of them is told")
      assertSettled(yield* concluded(attempt, best), attempt)
    })
  },
  {
    title: "is not paid again under the same id with another amount; what it says is nobody's no (A13, A21)",
    needs: ["knowsAttempts"],
    test: Effect.gen(function* () {
      const { amount, attempt, capture, submit, world } = yield* armed(harness, "settles")
      yield* submit(attempt)
      const changed = { ...attempt, amount: amount - (harness.capabilities.steps[attempt.currency] ?? 1n) }
      const said = yield* submit(changed)
      deepStrictEqual(yield* world.payouts(capture), [amount])
      assertTag(said, "unknown", "settled", "pending")
      ok(!agrees(said, changed), `taken for the other amount: ${show(said)}`)
    })
  }
]

const again = (harness: ProviderHarness, behaviour: Behaviour) =>
  Effect.gen(function* () {
    const { attempt, capture, concluded, setTime, start, submit, world } = yield* armed(harness, behaviour)
    const first = yield* submit(attempt)
    yield* setTime(start + retryAfterSeconds * 1_000)
    const second = yield* submit(named(attempt, first), { mayHang: isHanging(behaviour) })
    const payouts = yield* world.payouts(capture)
    claimsOnlyTruth(second, attempt, payouts)
    assertTag(second, ...(mayBe[expected[behaviour].truth] ?? []))
    if (second._tag === "settled") assertSettled(second, attempt)
    if (second._tag === "silence" || second._tag === "unknown") return
    if (expected[behaviour].truth === "paid") assertSettled(yield* concluded(attempt, second), attempt)
    if (harness.answers !== "later" && behaviour === "busy") assertSettled(second, attempt)
  })

/** A provider may keep to its first answer, a 500 or none included; what it may not is to say no to what it has paid. */
const mayBe: { readonly [Truth in string]?: ReadonlyArray<string> } = {
  paid: ["settled", "pending", "unknown", "silence"],
  unpaid: ["settled", "pending", "unknown", "silence"],
  pending: ["pending", "unknown"],
  waiting: ["requiresAction", "pending", "unknown"]
}

const otherIds = (harness: ProviderHarness): ReadonlyArray<Case> => {
  if (!harness.capabilities.partial) return []
  const two = Effect.gen(function* () {
    const at = yield* counter(harness)
    const { captured, currency } = usual(harness)
    const capture = yield* at.world.capture(captured, currency)
    const amount = captured / 5n
    const attempt = () => attemptOf(harness, { capture, amount, currency, at: at.start })
    return { ...at, amount, capture, attempts: [attempt(), attempt()] as const }
  })
  const bothPaid = Effect.fnUntraced(function* (concurrency: number) {
    const { amount, attempts, capture, concluded, submit, world } = yield* two
    const said = yield* Effect.forEach(attempts, (attempt) => submit(attempt), { concurrency })
    deepStrictEqual(yield* world.payouts(capture), [amount, amount])
    for (const [index, attempt] of attempts.entries()) {
      assertSettled(yield* concluded(attempt, said[index] ?? null), attempt)
    }
    const [one, other] = said
    if (one !== undefined && other !== undefined && "reference" in one && "reference" in other) {
      notStrictEqual(one.reference ?? "none", other.reference ?? "another")
    }
  })
  return [
    {
      title: "is another payout where it is another attempt of the same amount, one after the other (A12, A20, A21)",
      needs: [],
      test: bothPaid(1)
    },
    {
      title: "is another payout where it is another attempt of the same amount, at the same time (A11, A12)",
      needs: [],
      test: bothPaid(2)
    },
    {
      title: "is found by its own id, though another of the same amount was paid (A12, A18)",
      needs: ["resetsUnpaid", "knowsAttempts"],
      test: Effect.gen(function* () {
        const { attempts, capture, lookup, submit, world } = yield* two
        const [lost, paid] = attempts
        yield* world.arm("resetsUnpaid")
        yield* submit(lost)
        yield* submit(paid)
        deepStrictEqual(yield* world.payouts(capture), [paid.amount])
        assertTag(yield* lookup(lost), harness.capabilities.lookup === "key" ? "null" : "unknown")
      })
    }
  ]
}

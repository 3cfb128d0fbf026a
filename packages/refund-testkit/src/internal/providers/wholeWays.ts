/** Through the core, from request to the end: whatever the provider does, the state is what a person would call right. */
import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import type { RefundState } from "refund-core/Refund"
import { hours } from "../../build.ts"
import { type Behaviour, type ProviderHarness, retryAfterSeconds } from "../../ProviderHarness.ts"
import { booksAreRight, drive, endsAs, settled } from "./endings.ts"
import { ledgerLoop } from "./ledgerLoop.ts"
import type { Case } from "./opened.ts"
import { turns } from "./turns.ts"

export const wholeWays = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...(Object.entries(ways) as ReadonlyArray<[Behaviour, Way]>).map(
    ([behaviour, way]): Case => ({ title: way.title, needs: [behaviour], test: oneWay(harness, behaviour, way) })
  ),
  ...slow(harness),
  ...turns(harness)
]

interface Way {
  readonly title: string
  readonly ends: ReadonlyArray<RefundState>
  /** What happens once it is pending or waits for the customer. */
  readonly later?: "settles" | "fails"
}

const days = (count: number): number => hours(24 * count)

/** Nothing was paid, and either it is paid now or it is known that it never was. */
const either = ["settled", "failed"] as const

const ways: { readonly [B in Behaviour]: Way } = {
  settles: { title: "that is paid at once is settled (T45)", ends: settled },
  declines: { title: "that is declined is failed, and its amount free again (T19, A40)", ends: ["failed"] },
  pendingThenSettles: { title: "that is pending and then paid is settled (T26, A34)", ends: settled, later: "settles" },
  pendingThenFails: { title: "that is pending and then fails is failed (T26, A41)", ends: ["failed"], later: "fails" },
  requiresAction: {
    title: "that waits for the customer is settled when it is paid (T30)",
    ends: settled,
    later: "settles"
  },
  hangsUnpaid: { title: "without an answer, not paid, is paid once or failed (T21)", ends: either },
  hangsPaid: { title: "without an answer, paid, is settled with one payout (T20, A18)", ends: settled },
  resetsUnpaid: { title: "whose connection was cut, not paid, is paid once or failed (T22)", ends: either },
  resetsPaid: { title: "whose connection was cut, paid, is settled with one payout (T22, A10)", ends: settled },
  // A provider that keeps to its 500 under that key says nothing more: a person looks at it in the end.
  breaksUnpaid: { title: "answered with a 500, not paid, is not called paid (T23)", ends: [...either, "in_review"] },
  breaksPaid: { title: "answered with a 500, paid, is settled with one payout (T23, A10)", ends: settled },
  garblesUnpaid: {
    title: "with an answer nobody can read, not paid, is paid once or failed (T24)",
    ends: [...either, "in_review"]
  },
  garblesPaid: { title: "with an answer nobody can read, paid, is settled with one payout (T24)", ends: settled },
  unreachable: { title: "whose provider could not be reached is sent again, and settled (A37)", ends: settled },
  busy: { title: "whose provider was busy is sent again under the same id, not before it may (T29)", ends: settled },
  keyInUse: { title: "whose key was in use is settled with one payout (A22)", ends: settled },
  otherAmount: {
    title: "answered with another amount is in review, or settled as it was paid (T25)",
    ends: ["in_review", "settled"]
  },
  otherCurrency: {
    title: "answered with another currency is in review, or settled as it was paid (T25)",
    ends: ["in_review", "settled"]
  },
  otherRefund: { title: "answered with somebody else's refund is settled as its own (T25)", ends: settled }
}

/** Longer than all the times at which a doubt is looked up, shorter than a provider may stay pending. */
const slow = (harness: ProviderHarness): ReadonlyArray<Case> => {
  const { pendingDays } = harness.capabilities
  const after = days(Math.min(9, Math.ceil(pendingDays / 2)))
  return [
    {
      title: "that stays pending for days and is then paid is settled (T26, A38)",
      needs: ["pendingThenSettles"],
      test: oneWay(harness, "pendingThenSettles", { title: "", ends: settled, later: "settles" }, after)
    },
    {
      title:
        "that stays pending for longer than it may is looked at by a person, and never failed by its age (A19, A38)",
      needs: ["pendingThenSettles"],
      test: oneWay(harness, "pendingThenSettles", { title: "", ends: ["in_review"] })
    }
  ]
}

const oneWay = (harness: ProviderHarness, behaviour: Behaviour, way: Way, after = 0) =>
  Effect.scoped(
    Effect.gen(function* () {
      const loop = yield* ledgerLoop(harness, behaviour)
      const id = yield* loop.ask()
      const refund = yield* drive(harness, loop, id, way.later === undefined ? undefined : { what: way.later, after })
      endsAs(harness, refund, way.ends)
      yield* booksAreRight(loop, [refund])
      deepStrictEqual(new Set(loop.sent.map(({ attempt }) => attempt.id)), new Set(refund.attempts.map(({ id }) => id)))
      strictEqual(refund.attempts.length, 1)
      const [first, second] = loop.sent
      if (behaviour !== "busy") return
      ok(first !== undefined && second !== undefined, "sent once only")
      ok(second.at >= first.at + retryAfterSeconds * 1_000, "sent again too soon")
    })
  )

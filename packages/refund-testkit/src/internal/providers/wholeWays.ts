/** Through the core, from request to the end: whatever the provider does, the state is what a person would call right. */
import { deepStrictEqual, fail, notStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import type { RefundId } from "refund-core/Ids"
import { lookupAfter } from "refund-core/lookups"
import { holds, isRefunded, type Refund, type RefundState } from "refund-core/Refund"
import { hours, minutes, retry } from "../../build.ts"
import { type Behaviour, type ProviderHarness, retryAfterSeconds } from "../../ProviderHarness.ts"
import { type LedgerLoop, ledgerLoop } from "./ledgerLoop.ts"
import type { Case } from "./opened.ts"

export const wholeWays = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...(Object.entries(ways) as ReadonlyArray<[Behaviour, Way]>).map(
    ([behaviour, way]): Case => ({ title: way.title, needs: [behaviour], test: oneWay(harness, behaviour, way) })
  ),
  ...slow(harness),
  ...doubts(harness),
  ...crashes(harness),
  ...severals(harness),
  ...heard(harness)
]

interface Way {
  readonly title: string
  readonly ends: ReadonlyArray<RefundState>
  /** What happens once it is pending or waits for the customer. */
  readonly later?: "settles" | "fails"
}

const days = (count: number): number => hours(24 * count)

const settled = ["settled"] as const
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

/**
 * What cannot be found out is left to a person; what was never paid is failed where the provider honours no id any more,
 * since sending it again might be paid twice. That nothing was paid then is for the books to say.
 */
const endsAs = (harness: ProviderHarness, refund: Refund, ends: ReadonlyArray<RefundState>): void => {
  const allowed: ReadonlyArray<RefundState> = [
    ...ends,
    ...(canLearn(harness) ? [] : ["in_review" as const]),
    ...(isHonouredStill(harness) ? [] : ["failed" as const])
  ]
  ok(allowed.includes(refund.state), `ends as ${refund.state}: ${refund.detail}`)
}

/** Somebody can say what became of an attempt: by our id, by the same id sent again, or of the provider's own accord. */
const canLearn = (harness: ProviderHarness): boolean =>
  harness.capabilities.lookup === "key" || isHonouredStill(harness) || harness.can.has("tells")

/** The same id is still the same attempt when it is looked up for the first time, and then sent again. */
const isHonouredStill = ({ capabilities }: ProviderHarness): boolean =>
  capabilities.honoursKeyFor > (lookupAfter[0] ?? 0) + minutes(1)

/** Where it tells, but cannot be asked or does not say at once, its news are listened to; else it has to do without. */
const listens = ({ answers, capabilities }: ProviderHarness): boolean =>
  answers === "later" || capabilities.lookup === "none"

const over: ReadonlySet<RefundState> = new Set(["settled", "failed", "in_review", "reversed", "canceled"])

/** What happens at the provider while a refund is pending or waits for the customer, milliseconds after it was asked for. */
interface Happening {
  readonly what: "settles" | "fails"
  readonly after: number
}

const drive = Effect.fnUntraced(function* (
  harness: ProviderHarness,
  loop: LedgerLoop,
  id: RefundId,
  happening?: Happening
) {
  let hasHappened = happening === undefined
  for (let round = 0; round < 100; round++) {
    const call = yield* loop.begun(id)
    if (call !== null) yield* loop.record(call.attempt, call.outcome)
    const { state } = yield* loop.state(id)
    const time = loop.start + (happening?.after ?? 0)
    if (!hasHappened && happening !== undefined && waits.has(state) && (loop.dueAt(id) ?? time) >= time) {
      hasHappened = true
      yield* loop.passTo(time)
      yield* loop.world.later(loop.reference, happening.what)
    }
    if (listens(harness)) yield* loop.hear([id])
    const refund = yield* loop.state(id)
    if (over.has(refund.state)) return refund
    if (loop.dueAt(id) === null) return fail(`${refund.state}, and nothing is due any more`)
  }
  return fail(`still ${(yield* loop.state(id)).state} after a hundred calls`)
})

const waits: ReadonlySet<RefundState> = new Set(["pending", "requires_action", "unknown"])

/** Settled is what left, and nothing else is; what is left on the capture follows; the journal says the same. */
const booksAreRight = Effect.fnUntraced(function* (loop: LedgerLoop, refunds: ReadonlyArray<Refund>) {
  const sum = (states: (state: RefundState) => boolean) =>
    refunds.filter(({ state }) => states(state)).reduce((all, { amount }) => all + amount, 0n)
  const payouts = yield* loop.payouts
  const paid = payouts.reduce((all, amount) => all + amount, 0n)
  const reversed = sum((state) => state === "reversed")
  const open = sum(holds)
  const refunded = sum(isRefunded)
  ok(payouts.length <= refunds.length, `${payouts.length} payouts for ${refunds.length} refunds`)
  if (open === 0n) strictEqual(paid, refunded + reversed)
  strictEqual(yield* loop.refundable, loop.captured - refunded - open)
})

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

import { assert, describe, it } from "@effect/vitest"
import { Context, Effect } from "effect"
import { TestClock } from "effect/testing"
import type { Instant, RefundId } from "refund-core/Ids"
import { lookupAfter } from "refund-core/lookups"
import { Outcomes } from "refund-core/ports/Outcomes"
import { assumed, type Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { begin, capture, noon, order, paid, refundId, register, request } from "refund-testkit/build"
import * as Worker from "../src/Worker.ts"
import {
  day,
  type Ledger,
  now,
  openLedger,
  providerOf,
  settle,
  startWorker,
  refundNow as stateOf,
  tenant
} from "./support/ledger.ts"

const only = (provider: RefundProvider["Service"]) => ({ simulator: { provider, capabilities: assumed } })

/** One process with a ledger and a worker, at noon. */
const withWorker = <A, E>(
  provider: RefundProvider["Service"],
  test: Effect.Effect<A, E, Ledger>,
  options: Partial<Worker.WorkerOptions> = {}
) =>
  Effect.gen(function* () {
    const ledger = yield* openLedger({ providers: only(provider) })
    yield* startWorker(ledger, options)
    return yield* Effect.provide(test, ledger)
  })

const ordered = (captures: ReadonlyArray<string> = ["c-1"]) =>
  Effect.andThen(Refunds, (refunds) =>
    refunds.execute(register(order({ captures: captures.map((id) => capture(id)) })))
  )
const requested = (id: RefundId, amount = 40n, captureId = "c-1") =>
  Effect.andThen(Refunds, (refunds) => refunds.execute(request({ id, amount, capture: captureId })))
const outcomeOf = (id: RefundId) => Outcomes.use((outcomes) => outcomes.wait(tenant, id))

describe("the worker", () => {
  it.effect("pays an approved refund at once, with the attempt's id as the provider's key", () => {
    const provider = providerOf({})
    return withWorker(
      provider.service,
      Effect.gen(function* () {
        yield* ordered()
        yield* requested(refundId(1), 40n)
        const [refund] = yield* outcomeOf(refundId(1))
        assert.strictEqual(refund?.state, "settled")
        assert.strictEqual(refund?.providerReference, "re_1")
        assert.strictEqual(refund?.settledAt, noon)
        const [attempt] = provider.submitted
        assert.strictEqual(provider.submitted.length, 1)
        assert.strictEqual(attempt?.id, refund?.attempts[0]?.id)
        assert.strictEqual(attempt?.captureReference, "ch_c-1")
        assert.strictEqual(attempt?.amount, 40n)
      })
    )
  })

  it.effect("records a definite no as failed", () => {
    const provider = providerOf({
      submit: () => Effect.succeed({ _tag: "declined", code: "expired_card", reference: null })
    })
    return withWorker(
      provider.service,
      Effect.gen(function* () {
        yield* ordered()
        yield* requested(refundId(1))
        const [refund] = yield* outcomeOf(refundId(1))
        assert.strictEqual(refund?.state, "failed")
        assert.strictEqual(refund?.detail, "expired_card")
      })
    )
  })

  const doubtful: ReadonlyArray<readonly [string, Effect.Effect<Outcome>]> = [
    ["breaks", Effect.die(new Error("ECONNRESET"))],
    [
      "throws before it answers",
      Effect.suspend(() => {
        throw new Error("bug in the adapter")
      })
    ],
    ["makes no sense", Effect.succeed({ _tag: "success" } as never)],
    ["is no answer at all", Effect.succeed(undefined as never)]
  ]
  for (const [what, submit] of doubtful) {
    it.effect(`does not know the outcome of a call that ${what}, and asks later instead of paying again`, () => {
      const provider = providerOf({ submit: () => submit })
      return withWorker(
        provider.service,
        Effect.gen(function* () {
          yield* ordered()
          yield* requested(refundId(1))
          yield* settle
          assert.strictEqual((yield* stateOf(refundId(1))).state, "unknown")
          yield* TestClock.adjust(lookupAfter[0]! + 1_000)
          yield* settle
          const refund = yield* stateOf(refundId(1))
          assert.strictEqual(refund.state, "settled")
          assert.strictEqual(provider.submitted.length, 1)
          assert.deepStrictEqual(
            provider.lookedUp.map(({ id }) => id),
            [refund.attempts[0]!.id]
          )
        })
      )
    })
  }

  it.effect("does not know the outcome of a call without an answer, after the time a call may take", () => {
    const provider = providerOf({ submit: () => Effect.never })
    return withWorker(
      provider.service,
      Effect.gen(function* () {
        yield* ordered()
        yield* requested(refundId(1))
        yield* settle
        yield* TestClock.adjust(9_999)
        assert.strictEqual((yield* stateOf(refundId(1))).state, "submitting")
        yield* TestClock.adjust(1)
        yield* settle
        const refund = yield* stateOf(refundId(1))
        assert.strictEqual(refund.state, "unknown")
        assert.strictEqual(refund.detail, "simulator did not answer within 10 s")
      })
    )
  })

  it.effect("sends the same attempt again where nothing was sent", () => {
    let calls = 0
    const provider = providerOf({
      submit: ({ amount }) =>
        Effect.succeed(++calls === 1 ? { _tag: "notSent", detail: "connection refused" } : paid(amount))
    })
    return withWorker(
      provider.service,
      Effect.gen(function* () {
        yield* ordered()
        yield* requested(refundId(1))
        yield* settle
        assert.strictEqual((yield* stateOf(refundId(1))).state, "approved")
        yield* TestClock.adjust("31 seconds")
        yield* settle
        assert.strictEqual((yield* stateOf(refundId(1))).state, "settled")
        const [first, second] = provider.submitted
        assert.strictEqual(first?.id, second?.id)
      })
    )
  })

  it.effect("sends the same attempt again where the provider has never heard of it", () => {
    let calls = 0
    const provider = providerOf({
      submit: ({ amount }) => Effect.succeed(++calls === 1 ? { _tag: "unknown", detail: "reset" } : paid(amount)),
      lookup: Effect.succeed(null)
    })
    return withWorker(
      provider.service,
      Effect.gen(function* () {
        yield* ordered()
        yield* requested(refundId(1))
        yield* settle
        yield* TestClock.adjust(lookupAfter[0]! + 40_000)
        yield* settle
        assert.strictEqual((yield* stateOf(refundId(1))).state, "settled")
        const [first, second] = provider.submitted
        assert.strictEqual(first?.id, second?.id)
        assert.strictEqual((yield* stateOf(refundId(1))).attempts.length, 1)
      })
    )
  })

  it.effect("has no more calls of one provider open than it may, and lets its slow ones hold up no other's", () => {
    let open = 0
    let most = 0
    const hang = Effect.acquireUseRelease(
      Effect.sync(() => {
        open += 1
        most = Math.max(most, open)
      }),
      () => Effect.never,
      () =>
        Effect.sync(() => {
          open -= 1
        })
    )
    const slow = providerOf({ submit: () => hang })
    const quick = providerOf({})
    const of = ({ service: provider }: typeof slow) => ({ provider, capabilities: assumed })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({ providers: { slow: of(slow), quick: of(quick) } })
      yield* startWorker(ledger, { concurrency: 8 })
      const captures = ["slow", "quick"].map((provider) => capture(provider, 100n, { provider }))
      yield* Effect.gen(function* () {
        yield* Refunds.use((refunds) => refunds.execute(register(order({ captures }))))
        for (let count = 1; count <= 20; count++) yield* requested(refundId(count), 1n, "slow")
        yield* requested(refundId(21), 1n, "quick")
        yield* settle
        assert.deepStrictEqual([most, slow.submitted.length], [8, 8])
        assert.strictEqual((yield* stateOf(refundId(21))).state, "settled")
        assert.strictEqual((yield* stateOf(refundId(20))).state, "approved")
        yield* TestClock.adjust("10 minutes")
        yield* settle
        assert.strictEqual(most, 8)
        assert.strictEqual(slow.submitted.length, 20)
        assert.strictEqual(new Set(slow.submitted.map(({ id }) => id)).size, 20)
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("looks up what another process was submitting when it died, once its lease has run out", () => {
    const provider = providerOf({})
    return withWorker(
      provider.service,
      Effect.gen(function* () {
        yield* ordered()
        const refunds = yield* Refunds
        yield* TestClock.adjust("1 minute")
        // A commit of another process: decided in the past, so that it is not leased to this one's worker.
        yield* refunds.execute({ ...request({ id: refundId(1), amount: 40n }), caller: now(noon) })
        yield* refunds.execute(begin(refundId(1)))
        yield* TestClock.adjust("2 minutes")
        yield* settle
        const refund = yield* stateOf(refundId(1))
        assert.strictEqual(refund.state, "settled")
        assert.strictEqual(provider.submitted.length + provider.lookedUp.length, 1)
      })
    )
  })

  it.effect("calls off what nobody consented to within 30 days, and pays nothing of it", () =>
    Effect.gen(function* () {
      const { at, provider } = yield* workerNowAndThen
      const consent = request({ id: refundId(1), amount: 40n, requiresApproval: true })
      yield* at(
        noon,
        Refunds.use((refunds) => refunds.execute(consent))
      )
      assert.strictEqual((yield* at(noon + 30 * day - 1_000)).state, "pending_approval")
      const { detail, state } = yield* at(noon + 30 * day)
      assert.deepStrictEqual([state, detail], ["canceled", "nobody approved it within 30 days"])
      assert.deepStrictEqual([...provider.submitted, ...provider.lookedUp], [])
    })
  )

  it.effect("calls off a return cost that found no refund to be taken off within 30 days", () =>
    Effect.gen(function* () {
      const { at, provider } = yield* workerNowAndThen
      const cost = request({ id: refundId(1), amount: 5n, type: "instance_cost" })
      yield* at(
        noon,
        Refunds.use((refunds) => refunds.execute(cost))
      )
      assert.strictEqual((yield* at(noon + 30 * day - 1_000)).state, "approved")
      assert.strictEqual((yield* at(noon + 30 * day)).state, "canceled")
      yield* at(noon + 31 * day, requested(refundId(2), 40n))
      assert.deepStrictEqual(
        provider.submitted.map(({ amount }) => amount),
        [40n]
      )
    })
  )

  it.effect("records the answer of a call that was in flight when it was told to stop", () =>
    Effect.gen(function* () {
      const provider = providerOf({ submit: ({ amount }) => Effect.delay(Effect.succeed(paid(amount)), 900) })
      const ledger = yield* openLedger({ providers: only(provider.service) })
      const { stop } = yield* startWorker(ledger, { graceMilliseconds: 1_000 })
      yield* Effect.provide(Effect.andThen(ordered(), requested(refundId(1))), ledger)
      yield* settle
      const stopped = yield* Effect.forkChild(stop)
      yield* settle
      yield* TestClock.adjust(900)
      yield* settle
      assert.isNotNull(stopped.pollUnsafe())
      assert.strictEqual((yield* Effect.provide(stateOf(refundId(1)), ledger)).state, "settled")
    })
  )

  it.effect("begins nothing more once it was told to stop", () =>
    Effect.gen(function* () {
      const provider = providerOf({ submit: ({ amount }) => Effect.delay(Effect.succeed(paid(amount)), 300) })
      const ledger = yield* openLedger({ providers: only(provider.service) })
      const { stop } = yield* startWorker(ledger, { concurrency: 1, graceMilliseconds: 1_000 })
      yield* Effect.provide(Effect.andThen(ordered(), requested(refundId(1))), ledger)
      yield* Effect.provide(requested(refundId(2)), ledger)
      yield* settle
      const stopped = yield* Effect.forkChild(stop)
      yield* settle
      yield* TestClock.adjust(300)
      yield* settle
      assert.isDefined(stopped.pollUnsafe())
      const [first, second] = [refundId(1), refundId(2)].map((id) => Effect.provide(stateOf(id), ledger))
      assert.strictEqual((yield* first!).state, "settled")
      const { attempts, state } = yield* second!
      assert.deepStrictEqual([state, attempts], ["approved", []])
      // Its lease was given back: the next worker need not wait for that to run out.
      const next = yield* startWorker(ledger)
      yield* settle
      yield* TestClock.adjust(300)
      yield* settle
      assert.strictEqual((yield* Effect.provide(stateOf(refundId(2)), ledger)).state, "settled")
      yield* next.stop
    })
  )

  it.effect("hands back what it could not finish, and the next worker looks it up at once", () =>
    Effect.gen(function* () {
      const hanging = providerOf({ submit: () => Effect.never })
      const answering = providerOf({})
      const ledger = yield* openLedger({ providers: only(hanging.service) })
      const { stop } = yield* startWorker(ledger, { graceMilliseconds: 1_000 })
      yield* Effect.provide(Effect.andThen(ordered(), requested(refundId(1))), ledger)
      yield* settle
      const stopped = yield* Effect.forkChild(stop)
      yield* settle
      assert.isUndefined(stopped.pollUnsafe())
      yield* TestClock.adjust(1_000)
      yield* settle
      assert.isDefined(stopped.pollUnsafe())
      const { stop: stopNext } = yield* startWorker(Context.add(ledger, RefundProvider, answering.service))
      yield* settle
      yield* TestClock.adjust(Worker.defaults.pollMilliseconds)
      yield* settle
      assert.strictEqual((yield* Effect.provide(stateOf(refundId(1)), ledger)).state, "settled")
      assert.deepStrictEqual(answering.submitted, [])
      assert.deepStrictEqual(
        answering.lookedUp.map(({ id }) => id),
        hanging.submitted.map(({ id }) => id)
      )
      yield* stopNext
    })
  )
})

/** A ledger that lasts, and a worker that is there only now and then: refund 1 as it left it. */
const workerNowAndThen = Effect.gen(function* () {
  const provider = providerOf({})
  const ledger = yield* openLedger({ providers: only(provider.service) })
  yield* Effect.provide(ordered(), ledger)
  const at = <E>(time: Instant, first: Effect.Effect<unknown, E, Ledger> = Effect.void) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(time)
      const { stop } = yield* startWorker(ledger)
      yield* Effect.provide(first, ledger)
      yield* settle
      yield* stop
      return yield* Effect.provide(stateOf(refundId(1)), ledger)
    })
  return { at, provider }
})

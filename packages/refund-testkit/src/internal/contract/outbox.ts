import { deepStrictEqual, strictEqual } from "node:assert"
import type { Vitest } from "@effect/vitest"
import { Effect, Result } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { CustomerId } from "refund-core/Ids"
import { Outbox } from "refund-core/ports/Outbox"
import {
  approve,
  attemptId,
  begin,
  caller,
  cancel,
  capture,
  expire,
  hours,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  told,
  unknown
} from "../../build.ts"
import { ledger, type Services, type StoreLayer, type StoreOptions } from "./ledger.ts"

/** Long past by any clock: what is due then is due now. */
const longAgo = 1_000_000
/** 2200-01-01: not due while anybody runs this. */
const farAhead = 7_258_118_400_000

const [r1, r2, r3] = [1, 2, 3].map(refundId) as [Id, Id, Id]
type Id = ReturnType<typeof refundId>
const provider = "simulator"

/** Each test opens a store of its own: an outbox is shared by all tenants. */
export const outbox = (it: Vitest.Methods, storeLayer: StoreLayer): void => {
  const over = <A>(options: StoreOptions, test: Effect.Effect<A, unknown, Services>) =>
    test.pipe(Effect.provide(storeLayer(options)))
  const old = caller({ now: longAgo })
  const worker = caller({ now: longAgo, id: "worker" })

  it.live("leases what is due, oldest first, at most as many as asked for, each once", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask, tenant } = yield* ledger
        const { take } = yield* Outbox
        yield* ask(register())
        for (const [index, id] of [r3, r2, r1].entries()) {
          yield* ask(request({ amount: 10n, id, caller: caller({ now: longAgo + index }) }))
        }
        deepStrictEqual(yield* take(2), [
          { tenant, refundId: r3, provider },
          { tenant, refundId: r2, provider }
        ])
        deepStrictEqual(yield* take(2), [{ tenant, refundId: r1, provider }])
        deepStrictEqual(yield* take(2), [])
      })
    )
  )

  it.live("has nothing to do for rejections, people who still have time, payouts, credit and what has happened", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask, told } = yield* ledger
        const { take } = yield* Outbox
        const captures = [capture("c-1"), capture("c-2", 100n, { provider: "manual" })]
        yield* ask(register(order({ captures, customer: "customer-1" })))
        strictEqual(yield* told(request({ amount: 101n, capture: "c-1", caller: old })), "ExceedsCaptured")
        yield* ask(request({ amount: 10n, capture: "c-2", caller: old }))
        yield* ask(request({ amount: 10n, destination: "payout", caller: old }))
        yield* ask(request({ amount: 10n, destination: "store_credit", caller: old }))
        const lately = caller({ now: farAhead })
        yield* ask(request({ amount: 10n, capture: "c-1", requiresApproval: true, caller: lately }))
        yield* ask(request({ amount: 10n, capture: "c-1", settled: true, caller: old }))
        deepStrictEqual(yield* take(10), [])
      })
    )
  )

  it.live("gives a lease out again when it was given back or has run out, and forgets what is over", () =>
    over(
      { leaseMilliseconds: 20 },
      Effect.gen(function* () {
        const { ask, tenant } = yield* ledger
        const { release, take } = yield* Outbox
        const soon = take(10).pipe(Effect.delay(5), Effect.repeat({ until: (due) => due.length > 0, times: 1_000 }))
        yield* ask(register())
        yield* ask(request({ amount: 10n, id: r1, caller: old }))
        const due = [{ tenant, refundId: r1, provider }]
        deepStrictEqual(yield* take(10), due)
        yield* release(due)
        deepStrictEqual(yield* take(10), due)
        deepStrictEqual(yield* soon, due)
        yield* ask(begin(r1, attemptId(1), { caller: worker }))
        deepStrictEqual(yield* soon, due)
        yield* ask(told(r1, paid(10n), { caller: worker }))
        yield* release(due)
        deepStrictEqual(yield* take(10), [])
        yield* ask(request({ amount: 10n, id: r2, caller: old }))
        yield* ask(cancel(r2, { caller: old }))
        deepStrictEqual(yield* take(10), [])
      })
    )
  )

  it.live("waits for what is due later", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask } = yield* ledger
        const { release, take } = yield* Outbox
        yield* ask(register())
        yield* ask(request({ amount: 10n, id: r1, caller: old }))
        const due = yield* take(10)
        yield* ask(begin(r1, attemptId(1), { caller: worker }))
        const ahead = caller({ now: farAhead, id: "worker" })
        yield* ask(told(r1, { _tag: "notSent", detail: "connection refused" }, { caller: ahead }))
        yield* release(due)
        deepStrictEqual(yield* take(10), [])
      })
    )
  )

  it.live("forgets what a decision says is over, though nothing happened", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask, snapshot, store, tenant } = yield* ledger
        const { take } = yield* Outbox
        yield* ask(register())
        yield* ask(request({ amount: 10n, id: r1, caller: old }))
        const before = yield* snapshot("o-1")
        yield* store.transact({ tenant, at: { refund: r1 } }, (facts) =>
          Result.succeed({
            events: [],
            after: facts,
            answer: null,
            due: [{ refundId: r1, at: null }],
            stamp: { at: longAgo, by: "worker", door: "native" }
          })
        )
        deepStrictEqual(yield* take(10), [])
        deepStrictEqual(yield* snapshot("o-1"), before)
      })
    )
  )

  it.live("hands a process with a worker its own at once, leased", () =>
    over(
      { worker: true },
      Effect.gen(function* () {
        const { ask, tenant } = yield* ledger
        const { fresh, release, take } = yield* Outbox
        yield* ask(register())
        yield* ask(request({ amount: 10n, id: r1, caller: old }))
        yield* ask(request({ amount: 10n, id: r2, caller: old }))
        deepStrictEqual(yield* fresh, { tenant, refundId: r1, provider })
        deepStrictEqual(yield* fresh, { tenant, refundId: r2, provider })
        deepStrictEqual(yield* take(10), [])
        yield* release([{ tenant, refundId: r2, provider }])
        deepStrictEqual(yield* take(10), [{ tenant, refundId: r2, provider }])
      })
    )
  )

  it.live("says who is called, and nobody where a consent or a return cost has only waited too long", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask, tenant } = yield* ledger
        const { take } = yield* Outbox
        yield* ask(register(order({ captures: [capture("c-1"), capture("c-2", 100n, { provider: "another" })] })))
        yield* ask(request({ amount: 20n, id: r2, capture: "c-1", requiresApproval: true, caller: old }))
        deepStrictEqual(yield* take(10), [{ tenant, refundId: r2, provider: null }])
        yield* ask(approve(r2, { caller: caller({ now: longAgo + hours(1), id: "bob" }) }))
        deepStrictEqual(yield* take(10), [{ tenant, refundId: r2, provider }])
        yield* ask(request({ amount: 20n, id: r1, capture: "c-2", caller: old }))
        yield* ask(register(order({ captures: [capture("c-3")] }), { id: "o-2" }))
        yield* ask(request({ order: "o-2", amount: 9n, id: r3, type: "instance_cost", caller: old }))
        deepStrictEqual(yield* take(10), [
          { tenant, refundId: r1, provider: "another" },
          { tenant, refundId: r3, provider: null }
        ])
      })
    )
  )

  it.live("puts off what it holds a lease of, until then", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask, tenant } = yield* ledger
        const { postpone, release, take } = yield* Outbox
        yield* ask(register())
        for (const id of [r1, r2, r3]) yield* ask(request({ amount: 10n, id, caller: old }))
        const [one, two, three] = [r1, r2, r3].map((refundId) => ({ tenant, refundId, provider }))
        if (one === undefined || two === undefined || three === undefined) throw new Error("there are three")
        // Nothing is leased yet: it is not for them to say.
        yield* postpone(one, farAhead)
        strictEqual((yield* take(10)).length, 3)
        yield* postpone(one, farAhead)
        yield* postpone(two, longAgo)
        deepStrictEqual(yield* take(10), [two])
        yield* release([one, two])
        deepStrictEqual(yield* take(10), [two])
        // What was decided since is due when the decision says.
        yield* ask(begin(r3, attemptId(3), { caller: worker }))
        yield* ask(told(r3, unknown, { attempt: attemptId(3), caller: worker }))
        yield* postpone(three, farAhead)
        deepStrictEqual(yield* take(10), [three])
        // One that is put off is due at once when it is decided to be.
        yield* ask(begin(r1, attemptId(1), { caller: worker }))
        yield* ask(told(r1, unknown, { caller: worker }))
        deepStrictEqual(yield* take(10), [one])
      })
    )
  )

  it.live("tells the accounts of which some has expired, until it is taken off", () =>
    over(
      {},
      Effect.gen(function* () {
        const one = yield* ledger
        const two = yield* ledger
        const { expired } = yield* Outbox
        const credited = (id: string, customer: string, currency: string) =>
          Effect.gen(function* () {
            yield* one.ask(register(order({ customer, currency, captures: [capture(`c of ${id}`)] }), { id }))
            yield* one.ask(request({ order: id, amount: 5n, destination: "store_credit", caller: old }))
          })
        yield* credited("o-1", "lasting", "USD")
        yield* one.ask(policy({ creditDays: 1 }))
        yield* credited("o-2", "lasting", "USD")
        yield* credited("o-3", "lasting", "EUR")
        yield* credited("o-4", "gone", "USD")
        yield* one.ask(register(order({ customer: "later", captures: [capture("c of o-5")] }), { id: "o-5" }))
        const ahead = caller({ now: farAhead })
        yield* one.ask(request({ order: "o-5", amount: 5n, destination: "store_credit", caller: ahead }))
        yield* two.ask(policy({ creditDays: 1 }))
        yield* two.ask(register(order({ customer: "gone" })))
        yield* two.ask(request({ amount: 5n, destination: "store_credit", caller: old }))
        const due = Effect.map(expired(10), (found) => found.map((each) => JSON.stringify(each)).toSorted())
        const account = (of: typeof one, customer: string, currency: string) =>
          JSON.stringify({
            tenant: of.tenant,
            customerId: CustomerId.make(customer),
            currency: CurrencyCode.make(currency)
          })
        const ours = [account(one, "lasting", "USD"), account(one, "lasting", "EUR"), account(one, "gone", "USD")]
        deepStrictEqual(yield* due, [...ours, account(two, "gone", "USD")].toSorted())
        strictEqual((yield* expired(3)).length, 3)
        const afterwards = caller({ now: longAgo + hours(72), id: "worker" })
        yield* one.ask(expire({ customer: "lasting", caller: afterwards }))
        yield* one.ask(expire({ customer: "lasting", currency: "EUR", caller: afterwards }))
        deepStrictEqual(yield* due, [account(one, "gone", "USD"), account(two, "gone", "USD")].toSorted())
      })
    )
  )

  it.live("gives each of what is due to one of many who take at the same time", () =>
    over(
      {},
      Effect.gen(function* () {
        const { ask } = yield* ledger
        const { take } = yield* Outbox
        yield* ask(register())
        for (let index = 1; index <= 30; index++) {
          yield* ask(request({ amount: 1n, id: refundId(index), caller: old }))
        }
        const taken = yield* Effect.all(
          Array.from({ length: 10 }, () => take(7)),
          { concurrency: "unbounded" }
        )
        const ids = taken.flat().map((due) => due.refundId)
        deepStrictEqual([ids.length, new Set(ids).size], [30, 30])
      })
    )
  )
}

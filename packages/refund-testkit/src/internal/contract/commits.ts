import { deepStrictEqual, strictEqual } from "node:assert"
import { Effect, Exit, Result } from "effect"
import { scopeOf } from "refund-core/decide"
import { OrderId } from "refund-core/Ids"
import { orderRefundable } from "refund-core/Order"
import {
  approve,
  begin,
  capture,
  declined,
  line,
  order,
  refundId,
  register,
  request,
  retry,
  told
} from "../../build.ts"
import { ledger, type StoreIt } from "./ledger.ts"

export const commits = (it: StoreIt): void => {
  it.effect("commits figures, refund, journal and intent together", () =>
    Effect.gen(function* () {
      const { ask, audited, facts } = yield* ledger
      yield* ask(register())
      const answer = yield* ask(request({ amount: 60n, key: "k" }))
      const found = yield* facts({ at: { refund: answer.groupId } })
      deepStrictEqual([found.order?.held, found.order?.entries], [60n, 2])
      deepStrictEqual([...found.refunds.values()], answer.refunds)
      yield* audited({ orders: 1, entries: 2 })
      const { once } = scopeOf(request({ amount: 60n, key: "k" }))
      const { earlier } = yield* facts({ at: { order: OrderId.make("o-1") }, ...(once === undefined ? {} : { once }) })
      deepStrictEqual(earlier, { sameContent: true, refunds: answer.refunds })
    })
  )

  it.effect("leaves everything as it was when a decision says no", () =>
    Effect.gen(function* () {
      const { ask, snapshot, told } = yield* ledger
      yield* ask(register())
      yield* ask(request({ amount: 60n }))
      const before = yield* snapshot("o-1")
      strictEqual(yield* told(request({ amount: 41n, key: "k" })), "ExceedsCollected")
      deepStrictEqual(yield* snapshot("o-1"), before)
      strictEqual(yield* told(request({ amount: 40n, key: "k" })), "accepted")
    })
  )

  it.effect("leaves everything as it was when a decision throws, and decides the next one", () =>
    Effect.gen(function* () {
      const { ask, audited, facts, store, tenant, told } = yield* ledger
      yield* ask(register())
      const exits = yield* Effect.forEach(
        [
          Effect.asVoid(ask(request({ amount: 30n }))),
          Effect.asVoid(
            store.transact({ tenant, at: { order: OrderId.make("o-1") } }, () => {
              throw new Error("a defect in a rule")
            })
          ),
          Effect.asVoid(ask(request({ amount: 30n })))
        ],
        Effect.exit,
        { concurrency: "unbounded" }
      )
      deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true])
      const after = yield* facts({ at: { order: OrderId.make("o-1") }, open: 9 })
      deepStrictEqual([after.refunds.size, after.order?.entries], [2, 3])
      yield* audited({ orders: 1, entries: 3 })
      strictEqual(yield* told(request({ amount: 41n })), "ExceedsCollected")
    })
  )

  it.effect("keeps what a retried refund draws on now: others have taken of its tax meanwhile", () =>
    Effect.gen(function* () {
      const { ask, audited, facts } = yield* ledger
      yield* ask(register(order({ lines: [line("1", 25n, { tax: 5n })] })))
      yield* ask(request({ amount: 15n, line: "1", id: refundId(1) }))
      yield* ask(begin(refundId(1)))
      yield* ask(told(refundId(1), declined))
      yield* ask(request({ amount: 15n, line: "1", id: refundId(2) }))
      yield* ask(retry(refundId(1)))
      const found = yield* facts({ at: { refund: refundId(1) } })
      const shares = [...found.refunds.values()].map((refund) => refund.shares)
      deepStrictEqual(shares, [[{ component: "line:1", amount: 15n, tax: 2n }]])
      yield* audited({ orders: 1, entries: 6 })
    })
  )

  it.effect("never writes a refund over another one", () =>
    Effect.gen(function* () {
      const { ask, execute, snapshot } = yield* ledger
      yield* ask(register(order(), { id: "o-1" }))
      yield* ask(register(order({ captures: [capture("c-2")] }), { id: "o-2" }))
      yield* ask(request({ order: "o-1", amount: 10n, id: refundId(7) }))
      const before = yield* snapshot("o-1", "o-2")
      for (const id of ["o-1", "o-2"]) {
        const again = request({ order: id, amount: 20n, id: refundId(7) })
        strictEqual(Exit.isFailure(yield* Effect.exit(execute(again))), true)
      }
      deepStrictEqual(yield* snapshot("o-1", "o-2"), before)
    })
  )

  it.effect("writes nothing for a decision without events, and answers it", () =>
    Effect.gen(function* () {
      const { ask, snapshot } = yield* ledger
      yield* ask(register())
      const first = yield* ask(request({ amount: 60n, key: "k" }))
      const before = yield* snapshot("o-1")
      const second = yield* ask(request({ amount: 60n, key: "k" }))
      deepStrictEqual(second, { ...first, replayed: true })
      deepStrictEqual(yield* ask(register()), {
        created: false,
        changed: false,
        order: before.facts[0]?.order
      })
      deepStrictEqual(yield* snapshot("o-1"), before)
    })
  )

  it.effect("decides on what was committed before, and reads the same", () =>
    Effect.gen(function* () {
      const { ask, inTenant, store } = yield* ledger
      yield* ask(register(order({ customer: "customer-1" })))
      yield* ask(request({ amount: 30n, id: refundId(1), requiresApproval: true }))
      const scope = scopeOf(inTenant(approve(refundId(1))))
      const read = yield* store.read(scope, (facts) => facts)
      const decided = yield* store.transact(scope, (facts) => Result.fail(facts)).pipe(Effect.flip)
      deepStrictEqual({ ...decided, nextNumber: 0 }, { ...read, nextNumber: 0 })
    })
  )

  it.effect("shows whoever reads whole commits only", () =>
    Effect.gen(function* () {
      const { ask, head } = yield* ledger
      yield* ask(register())
      const reads = Effect.forEach(Array.from({ length: 50 }), () => Effect.delay(head("o-1"), 1))
      const writes = Effect.forEach(Array.from({ length: 50 }), () => ask(request({ amount: 1n })), { concurrency: 5 })
      const [seen] = yield* Effect.all([reads, writes], { concurrency: 2 })
      for (const order of seen) {
        strictEqual(order?.held, BigInt((order?.entries ?? 0) - 1))
        strictEqual(order && orderRefundable(order), 100n - BigInt((order?.entries ?? 0) - 1))
      }
    })
  )

  it.effect("numbers refunds once, whatever the order", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      const names = Array.from({ length: 20 }, (_, index) => `o-${index}`)
      for (const id of names) yield* ask(register(order({ captures: [capture(`c of ${id}`)] }), { id }))
      const answers = yield* Effect.forEach([...names, ...names], (id) => ask(request({ order: id, amount: 1n })), {
        concurrency: "unbounded"
      })
      const numbers = answers.flatMap((answer) => answer.refunds.map((refund) => refund.number))
      strictEqual(new Set(numbers).size, 40)
      const { nextNumber } = yield* facts({ at: { order: OrderId.make("o-0") } })
      strictEqual(
        numbers.every((number) => number < nextNumber),
        true
      )
    })
  )
}

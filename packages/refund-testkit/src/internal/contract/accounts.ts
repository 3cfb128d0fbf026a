import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import { balance, type CreditHead } from "refund-core/Credit"
import { CurrencyCode } from "refund-core/Currency"
import { CustomerId, OrderId } from "refund-core/Ids"
import { capture, expire, hours, noon, order, policy, refundId, register, request, spend } from "../../build.ts"
import { ledger, type StoreIt, times } from "./ledger.ts"

const at = { customer: CustomerId.make("customer-1"), currency: CurrencyCode.make("USD") }
const day = hours(24)
const midnight = Math.floor(noon / day) * day

/** A customer with so many orders, each paid by card with so much. */
const shop = (count: number, amount: bigint) =>
  Effect.gen(function* () {
    const each = yield* ledger
    const ids = times(count, (index) => `o-${index + 1}`)
    for (const id of ids) {
      yield* each.ask(register(order({ customer: at.customer, captures: [capture(`c of ${id}`, amount)] }), { id }))
    }
    const credit = Effect.map(each.facts({ at }), (found) => found.credit)
    return { ...each, ids, credit }
  })

const toCredit = (amount: bigint, options: Parameters<typeof request>[0] = {}) =>
  request({ amount, destination: "store_credit", ...options })

/** All that the account may never be, whatever happened. */
const isSound = (account: CreditHead | null, entries: number): void => {
  ok(account?.lots.every((lot) => lot.left > 0n))
  strictEqual(account?.entries, entries)
}

export const accounts = (it: StoreIt): void => {
  it.effect("gives the account that a customer and a currency name, empty where there is none yet", () =>
    Effect.gen(function* () {
      const other = yield* shop(1, 100n)
      const { ask, facts } = yield* shop(1, 100n)
      const none: CreditHead = { customerId: at.customer, currency: at.currency, lots: [], entries: 0 }
      deepStrictEqual((yield* facts({ at })).credit, none)
      yield* other.ask(toCredit(30n))
      deepStrictEqual((yield* facts({ at })).credit, none)
      yield* ask(toCredit(7n))
      const found = yield* facts({ at })
      deepStrictEqual(found.credit, { ...none, lots: [{ expiresAt: null, left: 7n }], entries: 1 })
      deepStrictEqual([found.order, found.refunds.size], [null, 0])
      const eur = CurrencyCode.make("EUR")
      deepStrictEqual((yield* facts({ at: { ...at, currency: eur } })).credit, { ...none, currency: eur })
      const unknown = yield* ledger
      deepStrictEqual((yield* unknown.facts({ at })).credit, none)
    })
  )

  it.effect("keeps what is left by the day it is good until, and spends the soonest first", () =>
    Effect.gen(function* () {
      const { ask, audited, by, credit } = yield* shop(3, 100n)
      yield* ask(toCredit(10n))
      yield* ask(policy({ creditDays: 30 }))
      yield* ask(toCredit(20n, { order: "o-2" }))
      yield* ask(toCredit(21n, { order: "o-2", caller: by({ now: noon + hours(1) }) }))
      yield* ask(toCredit(30n, { order: "o-3", caller: by({ now: noon - day }) }))
      const [soon, later] = [midnight + 30 * day, midnight + 31 * day]
      deepStrictEqual((yield* credit)?.lots, [
        { expiresAt: soon, left: 30n },
        { expiresAt: later, left: 41n },
        { expiresAt: null, left: 10n }
      ])
      const spent = yield* ask(spend(33n, { order: "o-1" }))
      deepStrictEqual(spent.credit.lots, (yield* credit)?.lots)
      deepStrictEqual((yield* credit)?.lots, [
        { expiresAt: later, left: 38n },
        { expiresAt: null, left: 10n }
      ])
      isSound(yield* credit, 5)
      yield* audited({ orders: 3, entries: 3 + 4 + 1 + 1 + 5 })
    })
  )

  it.effect("adds an entry to each chain that something happened in, and to no other", () =>
    Effect.gen(function* () {
      const { ask, audited, credit, head, told } = yield* shop(2, 100n)
      const counts = Effect.gen(function* () {
        return [(yield* head("o-1"))?.entries, (yield* head("o-2"))?.entries, (yield* credit)?.entries]
      })
      yield* ask(request({ amount: 10n }))
      deepStrictEqual(yield* counts, [2, 1, 0])
      yield* ask(toCredit(50n))
      deepStrictEqual(yield* counts, [3, 1, 1])
      yield* ask(toCredit(10n, { requiresApproval: true, id: refundId(1) }))
      deepStrictEqual(yield* counts, [4, 1, 1])
      yield* ask(spend(40n, { order: "o-2", id: "k-1" }))
      deepStrictEqual(yield* counts, [4, 2, 2])
      yield* ask(spend(40n, { order: "o-2", id: "k-1" }))
      strictEqual(yield* told(spend(11n, { order: "o-2", id: "k-2" })), "ExceedsCredit")
      yield* ask(expire())
      deepStrictEqual(yield* counts, [4, 2, 2])
      yield* audited({ orders: 2, entries: 8 })
    })
  )

  it.effect("takes what nobody spent in time off the account alone, once", () =>
    Effect.gen(function* () {
      const { ask, audited, by, credit, head, together } = yield* shop(2, 100n)
      yield* ask(policy({ creditDays: 1 }))
      yield* ask(toCredit(50n))
      const late = by({ now: noon + 3 * day })
      yield* ask(toCredit(5n, { order: "o-2", caller: late }))
      deepStrictEqual(yield* together(times(10, () => expire({ caller: late }))), { accepted: 10 })
      strictEqual(balance(yield* credit), 5n)
      isSound(yield* credit, 3)
      strictEqual((yield* head("o-1"))?.entries, 2)
      yield* audited({ orders: 2, entries: 2 + 1 + 2 + 3 })
    })
  )

  it.effect("T09, A85: spends a balance once, through whichever orders and however many at the same time", () =>
    Effect.gen(function* () {
      const { ask, audited, credit, ids, together } = yield* shop(10, 100n)
      yield* ask(toCredit(100n))
      const asked = times(50, (index) => spend(10n, { order: ids[index % ids.length] ?? "o-1", id: `k-${index}` }))
      deepStrictEqual(yield* together(asked), { accepted: 10, ExceedsCredit: 40 })
      strictEqual(balance(yield* credit), 0n)
      isSound(yield* credit, 11)
      yield* audited({ orders: 10, entries: 10 + 1 + 11 + 10 })
    })
  )

  it.effect("T09: is what was given less what was spent, when both happen at the same time", () =>
    Effect.gen(function* () {
      const { ask, audited, credit, facts, ids, together } = yield* shop(10, 100n)
      yield* ask(toCredit(20n))
      const asked = times(50, (index) => {
        const id = ids[index % ids.length] ?? "o-1"
        return index % 2 === 0 ? spend(7n, { order: id, id: `k-${index}` }) : toCredit(3n, { order: id })
      })
      yield* together(asked)
      const heads = yield* Effect.forEach(ids, (id) => facts({ at: { order: OrderId.make(id) } }))
      const sum = (of: (found: (typeof heads)[number]) => bigint) => heads.reduce((total, each) => total + of(each), 0n)
      const given = sum((found) => found.order?.refunded.store_credit ?? 0n)
      const spent = sum((found) => (found.order?.collected ?? 0n) - 100n)
      strictEqual(given, 20n + 25n * 3n)
      strictEqual(balance(yield* credit), given - spent)
      ok(spent >= 14n && spent <= given)
      isSound(yield* credit, 1 + 25 + Number(spent / 7n))
      yield* audited({ orders: 10 })
    })
  )

  it.effect("undoes a credit once, and leaves one of which some was spent to a person", () =>
    Effect.gen(function* () {
      const { ask, audited, by, credit, together } = yield* shop(2, 100n)
      const boss = by({ id: "bob" })
      yield* ask(toCredit(30n, { id: refundId(1) }))
      yield* ask(toCredit(40n, { order: "o-2", id: refundId(2) }))
      const undo = (id: ReturnType<typeof refundId>) =>
        ({ _tag: "ReverseRefund", caller: boss, refundId: id, detail: "a mistake" }) as const
      deepStrictEqual(yield* together(times(10, () => undo(refundId(1)))), { accepted: 1, StateConflict: 9 })
      strictEqual(balance(yield* credit), 40n)
      yield* ask(spend(15n, { order: "o-1" }))
      const [left] = yield* ask(undo(refundId(2)))
      strictEqual(left?.state, "in_review")
      strictEqual(balance(yield* credit), 25n)
      yield* ask({ _tag: "ResolveRefund", caller: boss, refundId: refundId(2), to: "failed", detail: "it was" })
      strictEqual(balance(yield* credit), 0n)
      isSound(yield* credit, 5)
      yield* audited({ orders: 2 })
    })
  )
}

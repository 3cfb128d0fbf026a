import { deepStrictEqual, strictEqual } from "node:assert"
import { Effect } from "effect"
import { balance } from "refund-core/Credit"
import { scopeOf } from "refund-core/decide"
import { CaptureId, OrderId } from "refund-core/Ids"
import type { Facts } from "refund-core/ports/LedgerStore"
import {
  begin,
  cancel,
  capture,
  declined,
  order,
  paid,
  policy,
  refundId,
  register,
  request,
  told,
  unknown
} from "../../build.ts"
import { hostileIds } from "../../generators.ts"
import { ledger, type StoreIt, times } from "./ledger.ts"

const atOrder = { at: { order: OrderId.make("o-1") } }
const ids = (facts: Facts) => [...facts.refunds.keys()].toSorted()

export const facts = (it: StoreIt): void => {
  it.effect("gives all refunds of the group at the group's id and at the id of any of them", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      yield* ask(register(order({ captures: [capture("c-1", 50n), capture("c-2", 50n)] })))
      yield* ask(request({ amount: 5n }))
      const { groupId, refunds } = yield* ask(request({ amount: 60n }))
      const group = refunds.map((refund) => refund.id).toSorted()
      strictEqual(group.length, 2)
      for (const id of [groupId, ...group]) {
        const found = yield* facts({ at: { refund: id } })
        strictEqual(found.order?.id, "o-1")
        deepStrictEqual(ids(found), group)
      }
    })
  )

  it.effect("gives the return costs that a refund carries, and those that wait in the order", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      const [carried, waiting, sent] = [refundId(1), refundId(2), refundId(3)]
      yield* ask(register())
      yield* ask(request({ amount: 15n, type: "instance_cost", id: carried }))
      deepStrictEqual(ids(yield* facts(atOrder)), [carried])
      yield* ask(request({ amount: 40n, id: sent }))
      deepStrictEqual(ids(yield* facts(atOrder)), [])
      const found = yield* facts({ at: { refund: sent } })
      deepStrictEqual(ids(found), [carried, sent])
      strictEqual(found.refunds.get(carried)?.netted, 15n)
      yield* ask(begin(sent))
      yield* ask(request({ amount: 9n, type: "instance_cost", id: waiting }))
      deepStrictEqual(ids(yield* facts({ at: { refund: sent } })), [carried, waiting, sent])
    })
  )

  it.effect("gives as many of the oldest unsubmitted refunds as are asked for, with what they carry", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      const [submitted, first, canceled, second, third] = [5, 4, 3, 2, 1].map(refundId) as [Id, Id, Id, Id, Id]
      yield* ask(register())
      for (const id of [submitted, first, canceled, second, third]) yield* ask(request({ amount: 10n, id }))
      yield* ask(begin(submitted))
      yield* ask(cancel(canceled))
      deepStrictEqual(ids(yield* facts({ ...atOrder, open: 2 })), [first, second].toSorted())
      deepStrictEqual(ids(yield* facts({ ...atOrder, open: 9 })), [first, second, third].toSorted())
      deepStrictEqual(ids(yield* facts(atOrder)), [])
      yield* ask(request({ amount: 4n, type: "instance_cost", id: refundId(6) }))
      deepStrictEqual(ids(yield* facts({ ...atOrder, open: 1 })), [first, refundId(6)].toSorted())
      deepStrictEqual(ids(yield* facts({ at: { refund: third }, open: 1 })), [first, third, refundId(6)].toSorted())
    })
  )

  it.effect("gives as many of the oldest refunds under way as are asked for, in whatever stage", () =>
    Effect.gen(function* () {
      const { ask, by, facts } = yield* ledger
      const [waits, submitted, accepted, unclear, over, declinedOne, review] = [9, 8, 7, 6, 5, 4, 3].map(refundId) as [
        Id,
        Id,
        Id,
        Id,
        Id,
        Id,
        Id
      ]
      const sent = [submitted, accepted, unclear, over, declinedOne, review]
      yield* ask(register(order({ captures: [capture("c-1"), capture("c-2")] })))
      for (const id of [waits, ...sent]) yield* ask(request({ amount: 10n, id, capture: "c-1" }))
      for (const id of sent) yield* ask(begin(id, id))
      yield* ask(told(accepted, { _tag: "pending", reference: null }, { attempt: accepted }))
      yield* ask(told(unclear, unknown, { attempt: unclear }))
      yield* ask(told(over, paid(10n), { attempt: over }))
      yield* ask(told(declinedOne, declined, { attempt: declinedOne }))
      yield* ask(told(review, paid(9n), { attempt: review }))
      deepStrictEqual(ids(yield* facts({ ...atOrder, underWay: 9 })), [submitted, accepted, unclear, review].toSorted())
      deepStrictEqual(ids(yield* facts({ ...atOrder, underWay: 2 })), [submitted, accepted].toSorted())
      deepStrictEqual(ids(yield* facts({ ...atOrder, underWay: 1, open: 9 })), [submitted, waits].toSorted())
      deepStrictEqual(ids(yield* facts({ at: { refund: over }, underWay: 1 })), [submitted, over].toSorted())
      const boss = by({ id: "bob" })
      yield* ask({ _tag: "ResolveRefund", caller: boss, refundId: review, to: "failed", detail: "it never came" })
      yield* ask(told(submitted, paid(10n, { reference: "re_2" }), { attempt: submitted }))
      deepStrictEqual(ids(yield* facts({ ...atOrder, underWay: 9 })), [accepted, unclear].toSorted())
    })
  )

  it.effect("gives registration, texts and owners of captures to whoever registers, and to nobody else", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      const texts = { salt: "s", lines: { "1": "Mug" }, vendor: { kibo: { a: [1, "x", null] } }, captures: {} }
      const registration = order({ captures: [capture("c-1"), capture("c-2")], subtotal: 90n })
      yield* ask(register(registration, { texts }))
      yield* ask(register(order({ captures: [capture("c-3")] }), { id: "o-2" }))
      const captures = ["c-2", "c-3", "c-9"].map((id) => CaptureId.make(id))
      const found = yield* facts({ ...atOrder, registering: { captures } })
      deepStrictEqual(found.registration, registration)
      deepStrictEqual(found.texts, texts)
      deepStrictEqual([...found.captureOwners].toSorted(), [
        ["c-2", "o-1"],
        ["c-3", "o-2"]
      ])
      const unknown = yield* facts({ at: { order: OrderId.make("o-9") }, registering: { captures } })
      deepStrictEqual([unknown.order, unknown.registration, unknown.texts], [null, null, null])
      strictEqual(unknown.captureOwners.size, 2)
      const others = yield* facts(atOrder)
      deepStrictEqual([others.registration, others.texts, others.captureOwners.size], [null, null, 0])
    })
  )

  it.effect("gives the store credit of the order's customer in the order's currency", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      const shop = [
        ["o-1", { customer: "customer-1" }],
        ["o-2", { customer: "customer-1" }],
        ["o-3", { customer: "customer-1", currency: "EUR" }],
        ["o-4", { customer: "customer-2" }],
        ["o-5", {}]
      ] as const
      for (const [id, options] of shop)
        yield* ask(register(order({ ...options, captures: [capture(`c of ${id}`)] }), { id }))
      yield* ask(request({ order: "o-1", amount: 30n, destination: "store_credit" }))
      yield* ask(request({ order: "o-2", amount: 5n, destination: "store_credit" }))
      yield* ask(request({ order: "o-3", amount: 7n, destination: "store_credit" }))
      const credits = yield* Effect.forEach(shop, ([id]) => facts({ at: { order: OrderId.make(id) } }))
      deepStrictEqual(
        credits.map((found) => found.credit && balance(found.credit)),
        [35n, 35n, 7n, 0n, null]
      )
    })
  )

  it.effect("gives the tenant's settings beside any order", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      yield* ask(register())
      const settings = yield* ask(policy({ approval: { rule: "above", amount: 2n ** 53n - 1n } }))
      deepStrictEqual((yield* facts(atOrder)).settings, settings)
      deepStrictEqual((yield* facts({ at: { settings: true } })).settings, settings)
      deepStrictEqual((yield* facts({ at: { order: OrderId.make("o-9") } })).settings, settings)
    })
  )

  it.effect("finds nothing at what is not known, nor at what another tenant has", () =>
    Effect.gen(function* () {
      const other = yield* ledger
      const { facts } = yield* ledger
      yield* other.ask(register())
      yield* other.ask(request({ amount: 10n, id: refundId(1) }))
      const places = [atOrder.at, { capture: CaptureId.make("c-1") }, { refund: refundId(1) }] as const
      for (const at of places) {
        const found = yield* facts({ at })
        deepStrictEqual([found.order, found.refunds.size, found.credit], [null, 0, null])
        strictEqual((yield* other.facts({ at })).order?.id, "o-1")
      }
    })
  )

  it.effect("keeps ids apart that look alike or mean something elsewhere", () =>
    Effect.gen(function* () {
      const { ask, audited, facts } = yield* ledger
      for (const [index, id] of hostileIds.entries()) {
        const captures = [capture(id, BigInt(index + 1))]
        yield* ask(register(order({ captures, customer: id }), { id }))
        yield* ask(
          request({ order: id, at: id, amount: BigInt(index + 1), key: id, reference: id, destination: "store_credit" })
        )
      }
      for (const [index, id] of hostileIds.entries()) {
        const found = yield* facts({ at: { capture: CaptureId.make(id) } })
        strictEqual(found.order?.id, id)
        strictEqual(found.order?.collected, BigInt(index + 1))
        strictEqual(balance(found.credit), BigInt(index + 1))
        const { once } = scopeOf(request({ order: id, at: id, amount: BigInt(index + 1), key: id }))
        const { earlier } = yield* facts({ at: { order: OrderId.make(id) }, ...(once === undefined ? {} : { once }) })
        deepStrictEqual(
          earlier?.refunds.map((refund) => [refund.orderId, refund.reference]),
          [[id, id]]
        )
      }
      yield* audited()
    })
  )

  it.effect("keeps the largest figures exactly", () =>
    Effect.gen(function* () {
      const { ask, audited, head } = yield* ledger
      const most = 2n ** 53n - 1n
      yield* ask(register(order({ captures: [capture("c-1", most)], subtotal: most, total: most })))
      yield* ask(request({ amount: most - 1n, settled: true }))
      yield* ask(request({ amount: 1n }))
      const found = yield* head("o-1")
      deepStrictEqual(
        [found?.collected, found?.refunded.original, found?.held, found?.total],
        [most, most - 1n, 1n, most]
      )
      yield* audited()
    })
  )

  it.effect("reads an order with many refunds as fast as it needs to: the facts stay few", () =>
    Effect.gen(function* () {
      const { ask, facts } = yield* ledger
      yield* ask(register(order({ captures: [capture("c-1", 1_000n)] })))
      for (const _ of times(100, () => null)) yield* ask(request({ amount: 1n, settled: true }))
      const found = yield* facts(atOrder)
      strictEqual(found.refunds.size, 0)
      strictEqual(found.order?.refunded.original, 100n)
    })
  )
}

type Id = ReturnType<typeof refundId>

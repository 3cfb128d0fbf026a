import { describe, it } from "@effect/vitest"
import { assertFailure, deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Effect, Layer } from "effect"
import { balance } from "refund-core/Credit"
import { CurrencyCode } from "refund-core/Currency"
import { CaptureId, OrderId } from "refund-core/Ids"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { type Rejected, rejected, type Violation } from "refund-core/Violation"
import { approver, caller, noon, order, refundId, register, request, settle } from "../src/build.ts"
import { apiKey, createKey } from "../src/buildSettings.ts"
import { layerMemory } from "../src/LedgerStoreMemory.ts"

const [r1, r2] = [refundId(1), refundId(2)]
const clerk = caller()
const nobody = caller({ permissions: [] })
const known = { order: OrderId.make("o-1") }
const lost = { order: OrderId.make("o-9") }

type Refunded = typeof Refunds.Service
/** A ledger of its own with an order of 100 and a refund of 40. */
const asked = <A>(ask: (refunds: Refunded) => Effect.Effect<A, Rejected | LedgerUnavailable>) =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    yield* refunds.execute(register(order({ customer: "c-7" })))
    yield* refunds.execute(request({ amount: 40n, id: r1, destination: "store_credit" }))
    return yield* ask(refunds)
  }).pipe(Effect.provide(Layer.provide(Refunds.layer, Layer.fresh(layerMemory))))

const refused = (
  ask: (refunds: Refunded) => Effect.Effect<unknown, Rejected | LedgerUnavailable>,
  violation: Violation
) => Effect.map(Effect.result(asked(ask)), (result) => assertFailure(result, rejected([violation])))

describe("whoever reads", () => {
  const may: ReadonlyArray<
    readonly [string, string, (refunds: Refunded) => Effect.Effect<unknown, Rejected | LedgerUnavailable>]
  > = [
    ["an order", "orders:read", (refunds) => refunds.order(nobody, known)],
    ["what an order was registered with", "orders:read", (refunds) => refunds.registered(nobody, known)],
    ["a group", "refunds:read", (refunds) => refunds.group(nobody, { id: r1 })],
    ["refunds", "refunds:read", (refunds) => refunds.list(nobody, {}, { limit: 5, cursor: null })],
    ["a customer's credit", "refunds:read", (refunds) => refunds.credit(nobody, "c-7")],
    ["the settings", "policy:manage", (refunds) => refunds.settings(nobody)],
    [
      "what a provider's name stands for",
      "refunds:read",
      (refunds) => refunds.match(nobody, "sim", { reference: "re_1" })
    ],
    [
      "the line that a refund was reconciled as",
      "refunds:read",
      (refunds) => refunds.reconciledLines(nobody, [known.order])
    ],
    ["the journal", "reports:read", (refunds) => refunds.journal(nobody, "order:o-1")],
    ["all journals", "reports:read", (refunds) => refunds.entries(nobody, { limit: 5, cursor: null })],
    ["the heads of all journals", "reports:read", (refunds) => refunds.heads(nobody, null, 5)],
    ["what is gone since a checkpoint", "reports:read", (refunds) => refunds.lost(nobody, [])],
    ["whether the books are whole", "reports:read", (refunds) => refunds.verify(nobody)]
  ]
  for (const [what, permission, ask] of may) {
    it.effect(`${what} needs ${permission}`, () => refused(ask, { _tag: "NotPermitted", permission }))
  }

  it.effect("is told what is not known by the name it was asked by", () =>
    Effect.gen(function* () {
      yield* refused((refunds) => refunds.order(clerk, lost), { _tag: "OrderNotFound", orderId: "o-9" })
      yield* refused((refunds) => refunds.registered(clerk, lost), { _tag: "OrderNotFound", orderId: "o-9" })
      const capture = CaptureId.make("c-9")
      yield* refused((refunds) => refunds.order(clerk, { capture }), { _tag: "CaptureNotFound", captureId: "c-9" })
      yield* refused((refunds) => refunds.group(clerk, { id: r2 }), { _tag: "RefundNotFound", refundId: r2 })
      yield* refused((refunds) => refunds.group(clerk, { number: 9 }), { _tag: "RefundNotFound", refundId: "9" })
    })
  )

  it.effect("reads what was written", () =>
    Effect.gen(function* () {
      const { head } = yield* asked((refunds) => refunds.registered(clerk, known))
      deepStrictEqual([head.id, head.refunded.store_credit], ["o-1", 40n])
      const { registration } = yield* asked((refunds) => refunds.registered(clerk, { capture: CaptureId.make("c-1") }))
      strictEqual(registration.customerId, "c-7")
      deepStrictEqual((yield* asked((refunds) => refunds.order(clerk, known))).head, head)
      const group = yield* asked((refunds) => refunds.group(clerk, { id: r1 }))
      deepStrictEqual(
        group.map(({ amount, id }) => [id, amount]),
        [[r1, 40n]]
      )
      const credit = yield* asked((refunds) => refunds.credit(clerk, "c-7"))
      deepStrictEqual(
        credit.map((account) => [account.currency, balance(account)]),
        [["USD", 40n]]
      )
      strictEqual((yield* asked((refunds) => refunds.journal(clerk, "order:o-1"))).length, 2)
      const settings = yield* asked((refunds) =>
        Effect.andThen(refunds.execute(createKey(apiKey("shop"))), refunds.settings(clerk))
      )
      deepStrictEqual([settings.version, settings.keys.length], [1, 1])
      strictEqual((yield* asked((refunds) => refunds.list(clerk, {}, { limit: 5, cursor: null }))).refunds.length, 1)
    })
  )
})

describe("the lines that refunds were reconciled as", () => {
  it.effect("are those that the orders' journals tell, for whoever may read refunds", () =>
    Effect.gen(function* () {
      const reader = caller({ permissions: ["refunds:read"] })
      const line = { report: "october.csv", reference: "bank 1" }
      const lines = yield* asked((refunds) =>
        Effect.gen(function* () {
          yield* refunds.execute(request({ amount: 10n, id: r2, destination: "payout" }))
          yield* refunds.execute(settle(r2, { caller: approver() }))
          const before = yield* refunds.reconciledLines(reader, [known.order, lost.order])
          strictEqual(before.size, 0)
          const seen = { refundId: r2, amount: 10n, currency: CurrencyCode.make("USD"), at: noon, ...line }
          yield* refunds.execute({ _tag: "ReconcileRefund", caller: clerk, ...seen })
          strictEqual((yield* refunds.reconciledLines(reader, [lost.order])).size, 0)
          return yield* refunds.reconciledLines(reader, [known.order, known.order])
        })
      )
      deepStrictEqual(
        [...lines].map(([id, { effectiveAt, reference, report }]) => [id, { report, reference, effectiveAt }]),
        [[r2, { ...line, effectiveAt: noon }]]
      )
    })
  )
})

describe("a checkpoint", () => {
  it.effect("is the last entry of every chain, and finds one that is another or gone", () =>
    Effect.gen(function* () {
      const { another, dropped, heads, whole } = yield* asked((refunds) =>
        Effect.gen(function* () {
          const heads = yield* refunds.heads(clerk, null, 5)
          const at = heads.findIndex(({ chain }) => chain === "order:o-1")
          const altered = (change: Partial<(typeof heads)[number]>) =>
            heads.map((head, index) => (index === at ? { ...head, ...change } : head))
          return {
            heads,
            whole: yield* refunds.lost(clerk, heads),
            another: yield* refunds.lost(clerk, altered({ hash: "ab12" })),
            dropped: yield* refunds.lost(clerk, altered({ entries: 3 }))
          }
        })
      )
      deepStrictEqual(heads.find(({ chain }) => chain === "order:o-1")?.entries, 2)
      strictEqual(whole, null)
      deepStrictEqual([another?.chain, another?.seq], ["order:o-1", 2])
      deepStrictEqual([dropped?.chain, dropped?.seq], ["order:o-1", 3])
    })
  )
})

describe("a preview", () => {
  it.effect("shows the refunds and the figures before and after, and keeps nothing", () =>
    Effect.gen(function* () {
      const preview = yield* asked((refunds) => refunds.preview(request({ amount: 60n })))
      deepStrictEqual(
        preview.refunds.map(({ amount }) => amount),
        [60n]
      )
      deepStrictEqual([preview.before?.held, preview.after?.held, preview.violations.length], [0n, 60n, 0])
      deepStrictEqual(preview.left?.order, {
        id: "o-1",
        refundable: 60n,
        why: "1.00 USD collected − 0.40 USD refunded"
      })
      const { head } = yield* asked((refunds) =>
        Effect.andThen(refunds.preview(request({ amount: 60n })), refunds.order(clerk, known))
      )
      strictEqual(head.held, 0n)
    })
  )

  it.effect("of what is refused shows why, and figures only to who may ask", () =>
    Effect.gen(function* () {
      const over = yield* asked((refunds) => refunds.preview(request({ amount: 61n })))
      deepStrictEqual(
        over.violations.map(({ _tag }) => _tag),
        ["ExceedsCollected"]
      )
      deepStrictEqual([over.refunds.length, over.before?.id, over.after], [0, "o-1", over.before])
      const hidden = yield* asked((refunds) => refunds.preview(request({ amount: 1n, caller: nobody })))
      deepStrictEqual(hidden, {
        refunds: [],
        violations: [{ _tag: "NotPermitted", permission: "refunds:request" }],
        before: null,
        after: null,
        left: null
      })
    })
  )
})

import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import type { RefundId } from "refund-core/Ids"
import { chained, creditChain, readEntry } from "refund-core/Journal"
import {
  addCaptures,
  attemptId,
  begin,
  capture,
  external,
  order,
  paid,
  refundId,
  register,
  request,
  settle,
  spend,
  told
} from "../../build.ts"
import { hostileIds } from "../../generators.ts"
import { sha256 } from "../books.ts"
import { type It, readableLedger } from "./ledger.ts"

/** What is found by the names that others have for it. */
const named = Effect.gen(function* () {
  const { reader, tenant, ...rest } = yield* readableLedger
  return {
    ...rest,
    reader,
    tenant,
    refundOf: (reference: string, provider = "simulator") =>
      Effect.map(reader.match(tenant, provider, { reference }), (found) =>
        found?._tag === "refund" ? found.refundId : found
      ),
    captureOf: (captureReference: string, provider = "simulator") =>
      Effect.map(reader.match(tenant, provider, { captureReference }), (found) =>
        found?._tag === "capture" ? `${found.orderId} ${found.captureId}` : found
      )
  }
})

export const names = (it: It): void => {
  it.effect("finds a refund by every name that its provider told, and by no other provider's", () =>
    Effect.gen(function* () {
      const other = yield* named
      const { ask, refundOf } = yield* named
      const [sent, tried, byHand, outside] = [1, 2, 3, 4].map(refundId) as [RefundId, RefundId, RefundId, RefundId]
      yield* ask(register(order({ captures: [capture("c-1"), capture("c-2", 100n, { provider: "manual" })] })))
      yield* ask(request({ amount: 10n, id: sent }))
      yield* ask(begin(sent))
      strictEqual(yield* refundOf("re_1"), null)
      yield* ask(told(sent, { _tag: "pending", reference: "re_1" }))
      strictEqual(yield* refundOf("re_1"), sent)
      yield* ask(told(sent, paid(10n, { reference: "re_1" })))
      strictEqual(yield* refundOf("re_1"), sent)

      yield* ask(request({ amount: 11n, id: tried, capture: "c-1" }))
      yield* ask(begin(tried, attemptId(2)))
      yield* ask(told(tried, { _tag: "declined", code: "expired_card", reference: "re_2" }, { attempt: attemptId(2) }))
      yield* ask({ _tag: "RetryRefund", caller: request().caller, refundId: tried })
      yield* ask(begin(tried, attemptId(3)))
      yield* ask(told(tried, { _tag: "pending", reference: "re_3" }, { attempt: attemptId(3) }))
      deepStrictEqual([yield* refundOf("re_2"), yield* refundOf("re_3")], [tried, tried])

      yield* ask(request({ amount: 12n, id: byHand, capture: "c-2", reference: "RMA-1" }))
      yield* ask(settle(byHand, { reference: "cheque 1" }))
      deepStrictEqual([yield* refundOf("cheque 1", "manual"), yield* refundOf("cheque 1")], [byHand, null])
      strictEqual(yield* refundOf("RMA-1", "manual"), null)
      yield* ask(external(13n, { id: outside, reference: "re_x", isNotOurs: true }))
      strictEqual(yield* refundOf("re_x"), outside)
      for (const name of ["re_1", "re_2", "re_3", "re_x", "nobody's"]) strictEqual(yield* other.refundOf(name), null)
    })
  )

  it.effect("finds a capture by its provider's name for it, and neither of two that have the same", () =>
    Effect.gen(function* () {
      const other = yield* named
      const { ask, captureOf } = yield* named
      yield* ask(register(order({ captures: [capture("c-1"), capture("c-2", 100n, { reference: null })] })))
      yield* ask(
        register(order({ captures: [capture("c-3", 5n, { reference: "ch_c-1", provider: "p" })] }), { id: "o-2" })
      )
      deepStrictEqual(
        [yield* captureOf("ch_c-1"), yield* captureOf("ch_c-1", "p"), yield* captureOf("ch_c-2")],
        ["o-1 c-1", "o-2 c-3", null]
      )
      // What it is called is told later than that it was captured.
      yield* ask(addCaptures([capture("c-2", 100n, { reference: "ch_late" })]))
      strictEqual(yield* captureOf("ch_late"), "o-1 c-2")
      yield* ask(addCaptures([capture("c-4", 5n, { reference: "ch_c-1" })], { order: "o-2" }))
      strictEqual(yield* captureOf("ch_c-1"), null)
      strictEqual(yield* other.captureOf("ch_late"), null)
    })
  )

  it.effect("finds what is named like nothing else, and nothing for it", () =>
    Effect.gen(function* () {
      const { ask, captureOf, refundOf } = yield* named
      for (const [index, id] of hostileIds.entries()) {
        const refund = refundId(index + 1)
        yield* ask(register(order({ captures: [capture(id, 10n, { reference: id })] }), { id }))
        yield* ask(request({ order: id, amount: 10n, id: refund }))
        yield* ask(begin(refund, attemptId(index + 1)))
        yield* ask(told(refund, paid(10n, { reference: id }), { attempt: attemptId(index + 1) }))
      }
      for (const [index, id] of hostileIds.entries()) {
        strictEqual(yield* captureOf(id), `${id} ${id}`)
        strictEqual(yield* refundOf(id), refundId(index + 1))
      }
      strictEqual(yield* refundOf("\ud800"), null)
      strictEqual(yield* captureOf("\ud800"), null)
    })
  )

  it.effect("tells the accounts and the journal of a customer, whatever they are called", () =>
    Effect.gen(function* () {
      const { ask, audited, reader, tenant } = yield* named
      for (const [index, id] of [...hostileIds, "a:b", "USD:x", "line\u2028end"].entries()) {
        const amount = BigInt(index + 2)
        yield* ask(register(order({ customer: id, captures: [capture(id, amount)] }), { id }))
        yield* ask(request({ order: id, amount, destination: "store_credit" }))
        yield* ask(spend(1n, { order: id, customer: id, id: `s-${index}` }))
        const [account, ...others] = yield* reader.credit(tenant, id)
        deepStrictEqual(others, [])
        strictEqual(account?.customerId, id)
        deepStrictEqual(account.lots, [{ expiresAt: null, left: amount - 1n }])
        const chain = creditChain(id, "USD")
        const entries = yield* reader.journal(tenant, chain)
        deepStrictEqual(
          entries.map((entry) => [entry.chain, entry.seq]),
          [
            [chain, 1],
            [chain, 2]
          ]
        )
        let previous = ""
        for (const { hash, text } of entries) {
          strictEqual(hash, sha256(chained(previous, text)))
          previous = hash
          const entry = readEntry(text)
          ok(entry._tag === "Success")
          strictEqual(entry.success.tenant, tenant)
        }
      }
      deepStrictEqual(yield* reader.journal(tenant, creditChain("nobody", "USD")), [])
      deepStrictEqual(yield* reader.journal(tenant, "credit:USD"), [])
      yield* audited()
    })
  )
}

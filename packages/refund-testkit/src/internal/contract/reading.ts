import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import { balance } from "refund-core/Credit"
import { CaptureId, OrderId, RefundId } from "refund-core/Ids"
import { chained, creditChain, orderChain, readEntry, settingsChain, textsHash } from "refund-core/Journal"
import type { RefundFilter } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import {
  approve,
  capture,
  deny,
  hours,
  noon,
  order,
  policy,
  redact,
  redactOrder,
  refundId,
  register,
  request
} from "../../build.ts"
import { apiKey, createKey, revokeKey } from "../../buildSettings.ts"
import { sha256 } from "../books.ts"
import { type It, readableLedger, times } from "./ledger.ts"

const o1 = OrderId.make("o-1")
const unknownRefund = RefundId.make("ffffffff-ffff-4fff-bfff-ffffffffffff")

export const reading = (it: It): void => {
  it.effect("shows an order by its id or a capture's, as registered and with all its refunds", () =>
    Effect.gen(function* () {
      const { ask, by, reader, tenant } = yield* readableLedger
      const texts = { salt: "s", lines: { "1": "Mug" }, vendor: {}, captures: { "c-1": { moyasar: { id: "x" } } } }
      const registration = order({ captures: [capture("c-1"), capture("c-2", 50n)], customer: "customer-1" })
      yield* ask(register(registration, { texts, caller: by({ now: noon }) }))
      const asked = times(3, (index) => request({ amount: 10n, caller: by({ now: noon + hours(1 + index) }) }))
      const made = yield* Effect.forEach(asked, (each) => ask(each))
      const view = yield* reader.order(tenant, { order: o1 })
      deepStrictEqual(view?.registration, registration)
      deepStrictEqual(view?.texts, texts)
      deepStrictEqual(
        view?.refunds,
        made.flatMap((each) => each.refunds)
      )
      deepStrictEqual([view?.createdAt, view?.updatedAt], [noon, noon + hours(3)])
      deepStrictEqual(yield* reader.order(tenant, { capture: CaptureId.make("c-2") }), view)
      strictEqual(yield* reader.order(tenant, { order: OrderId.make("o-9") }), null)
      strictEqual(yield* reader.order(tenant, { capture: CaptureId.make("c-9") }), null)
    })
  )

  it.effect("shows a group by its id, by a refund's, and one refund by its number", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      yield* ask(register(order({ captures: [capture("c-1", 50n), capture("c-2", 50n)] })))
      const { groupId, refunds } = yield* ask(request({ amount: 60n, reason: "broken", requiresApproval: true }))
      const [first, second] = refunds
      ok(first !== undefined && second !== undefined)
      for (const id of [groupId, first.id, second.id]) deepStrictEqual(yield* reader.refunds(tenant, { id }), refunds)
      deepStrictEqual(yield* reader.refunds(tenant, { number: second.number }), [second])
      deepStrictEqual(yield* reader.refunds(tenant, { id: unknownRefund }), [])
      deepStrictEqual(yield* reader.refunds(tenant, { number: 2 ** 31 }), [])
      const other = yield* readableLedger
      deepStrictEqual(yield* reader.refunds(other.tenant, { id: groupId }), [])
      deepStrictEqual(yield* reader.refunds(other.tenant, { number: first.number }), [])
    })
  )

  it.effect("lists refunds newest first, page by page, each once, also while there are new ones", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      yield* ask(register())
      const made = yield* Effect.forEach(
        times(25, () => request({ amount: 1n })),
        (each) => ask(each)
      )
      const expected = made.flatMap((each) => each.refunds.map((refund) => refund.id)).toReversed()
      const seen: Array<string> = []
      let cursor: string | null = null
      do {
        const page: Page = yield* reader.list(tenant, {}, { limit: 10, cursor })
        ok(page.refunds.length <= 10)
        seen.push(...page.refunds.map((refund) => refund.id))
        cursor = page.next
        yield* ask(request({ amount: 1n }))
      } while (cursor !== null)
      deepStrictEqual(seen, expected)
    })
  )

  it.effect("lists by state, type, destination, order, capture, customer, reference and time", () =>
    Effect.gen(function* () {
      const { ask, by, reader, tenant } = yield* readableLedger
      yield* ask(register(order({ captures: [capture("c-1"), capture("c-2")], customer: "customer-1" }), { id: "o-1" }))
      yield* ask(register(order({ captures: [capture("c-3")] }), { id: "o-2" }))
      const at = (hour: number) => by({ now: noon + hours(hour) })
      yield* ask(request({ amount: 10n, capture: "c-1", caller: at(1) }))
      yield* ask(request({ amount: 11n, capture: "c-2", caller: at(2), requiresApproval: true, id: refundId(1) }))
      yield* ask(request({ amount: 12n, destination: "store_credit", caller: at(3) }))
      yield* ask(request({ amount: 13n, order: "o-2", destination: "payout", caller: at(4), reference: "r'1" }))
      yield* ask(request({ amount: 14n, order: "o-2", type: "instance_cost", caller: at(5), requiresApproval: true }))
      yield* ask(deny(refundId(1)))
      const listed = (filter: RefundFilter) =>
        reader
          .list(tenant, filter, { limit: 100, cursor: null })
          .pipe(Effect.map(({ next, refunds }) => [...refunds.map((refund) => refund.amount), next]))
      const expected: ReadonlyArray<readonly [RefundFilter, ReadonlyArray<bigint>]> = [
        [{}, [14n, 13n, 12n, 11n, 10n]],
        [{ state: "denied" }, [11n]],
        [{ state: "settled" }, [12n]],
        [{ type: "instance_cost" }, [14n]],
        [{ destination: "payout" }, [13n]],
        [{ orderId: OrderId.make("o-1") }, [12n, 11n, 10n]],
        [{ captureId: CaptureId.make("c-2") }, [11n]],
        [{ customerId: "customer-1", type: "default" }, [12n, 11n, 10n]],
        [{ reference: "r'1" }, [13n]],
        [{ reference: "r'1", orderId: OrderId.make("o-1") }, []],
        [{ reference: "r" }, []],
        [{ createdAfter: noon + hours(2) + 1 }, [14n, 13n, 12n]],
        [{ createdAfter: noon + hours(1) + 1, createdBefore: noon + hours(4) - 1 }, [12n, 11n]],
        [{ orderId: OrderId.make("o-9") }, []]
      ]
      for (const [filter, amounts] of expected) deepStrictEqual(yield* listed(filter), [...amounts, null])
    })
  )

  it.effect("tells a customer's store credit by currency", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      for (const [id, currency] of [
        ["o-1", "USD"],
        ["o-2", "KWD"],
        ["o-3", "USD"]
      ] as const) {
        yield* ask(register(order({ captures: [capture(`c of ${id}`)], customer: "customer-1", currency }), { id }))
        yield* ask(request({ order: id, amount: 30n, destination: "store_credit" }))
      }
      const credit = yield* reader.credit(tenant, "customer-1")
      deepStrictEqual(
        credit.map((account) => [account.currency, balance(account)]),
        [
          ["KWD", 30n],
          ["USD", 60n]
        ]
      )
      deepStrictEqual(yield* reader.credit(tenant, "customer-9"), [])
    })
  )

  it.effect("finds the tenant of a key by its hash, until it is revoked", () =>
    Effect.gen(function* () {
      const one = yield* readableLedger
      const other = yield* readableLedger
      const [a, b] = [apiKey(`a ${one.tenant}`, ["refunds:request"]), apiKey(`b ${other.tenant}`, ["refunds:read"])]
      yield* one.ask(createKey(a))
      yield* other.ask(createKey(b))
      deepStrictEqual(yield* one.reader.keyByHash(a.hash), { tenant: one.tenant, key: a })
      deepStrictEqual(yield* one.reader.keyByHash(b.hash), { tenant: other.tenant, key: b })
      yield* other.ask(revokeKey(b.hash))
      strictEqual(yield* one.reader.keyByHash(b.hash), null)
      strictEqual(yield* one.reader.keyByHash("no such hash"), null)
    })
  )

  it.effect("knows whether a tenant has orders", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      strictEqual(yield* reader.hasOrders(tenant), false)
      yield* ask(policy({ fourEyes: false }))
      strictEqual(yield* reader.hasOrders(tenant), false)
      yield* ask(register())
      strictEqual(yield* reader.hasOrders(tenant), true)
    })
  )

  it.effect("tells every entry of the tenant, oldest first, page by page, also those that come meanwhile", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      const other = yield* readableLedger
      const ofOrder = (id: string) => order({ captures: [capture(`${id}-c`)], customer: "customer-1" })
      for (const id of ["o-1", "o-2", "o-3"]) {
        yield* ask(register(ofOrder(id), { id }))
        yield* other.ask(register(ofOrder(id), { id }))
        yield* ask(request({ order: id, amount: 10n, destination: "store_credit", reason: "broken" }))
      }
      const chains = ["o-1", "o-2", "o-3"].map(orderChain).concat(creditChain("customer-1", "USD"))
      const wanted = (yield* Effect.forEach(chains, (chain) => reader.journal(tenant, chain))).flat()
      const first = yield* reader.entries(tenant, { limit: 2, cursor: null })
      const told = [...first.entries]
      deepStrictEqual(told.length, 2)
      let cursor = first.next
      while (cursor !== null) {
        const page: typeof first = yield* reader.entries(tenant, { limit: 2, cursor })
        told.push(...page.entries)
        cursor = page.next
      }
      const byPlace = (one: (typeof told)[number], other: (typeof told)[number]) =>
        one.chain < other.chain || (one.chain === other.chain && one.seq < other.seq) ? -1 : 1
      deepStrictEqual(told.toSorted(byPlace), wanted.toSorted(byPlace))
      deepStrictEqual(
        told.filter(({ chain }) => chain === orderChain("o-2")).map(({ seq }) => seq),
        [1, 2]
      )
      deepStrictEqual(yield* reader.entries(tenant, { limit: 100, cursor: null }), { entries: told, next: null })
      strictEqual((yield* reader.entries(other.tenant, { limit: 100, cursor: null })).entries.length, 3)
    })
  )

  it.effect("chains the journal of an order and of the settings, and keeps texts out of it", () =>
    Effect.gen(function* () {
      const { ask, by, reader, tenant } = yield* readableLedger
      const texts = { salt: "pepper", reason: "the handle broke", metadata: { email: "a@example.com" } }
      yield* ask(register())
      yield* ask(policy({ approval: { rule: "always" } }))
      yield* ask(policy({ approval: { rule: "never" } }))
      yield* ask(
        request({ amount: 60n, texts, id: refundId(1), requiresApproval: true, caller: by({ door: "geins" }) })
      )
      yield* ask(approve(refundId(1)))
      for (const [chain, length] of [
        [orderChain("o-1"), 3],
        [settingsChain, 2],
        [orderChain("o-9"), 0]
      ] as const) {
        const entries = yield* reader.journal(tenant, chain)
        strictEqual(entries.length, length)
        let previous = ""
        for (const [index, entry] of entries.entries()) {
          deepStrictEqual([entry.chain, entry.seq], [chain, index + 1])
          strictEqual(entry.hash, sha256(chained(previous, entry.text)))
          ok(!entry.text.includes("handle") && !entry.text.includes("example.com") && !entry.text.includes("pepper"))
          previous = entry.hash
        }
      }
      const [, requested] = yield* reader.journal(tenant, orderChain("o-1"))
      const read = readEntry(requested?.text ?? "")
      ok(read._tag === "Success")
      deepStrictEqual(read.success.stamp, { at: noon, by: "ada", door: "geins" })
      deepStrictEqual(read.success.hashes, [textsHash(texts, sha256)])
      const [refund] = yield* reader.refunds(tenant, { id: refundId(1) })
      deepStrictEqual(refund?.texts, texts)
    })
  )

  it.effect("keeps no word of what was redacted, and verifies all the same", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      const texts = { salt: "pepper", note: "call Ada Lovelace" }
      const captures = { "c-1": { phone: "555 0100" } }
      const orderTexts = { salt: "salt", lines: { "1": "Mug for Ada" }, vendor: {}, captures }
      yield* ask({ ...register(), texts: orderTexts })
      yield* ask(request({ amount: 30n, texts, id: refundId(1) }))
      yield* ask(request({ amount: 20n, texts, id: refundId(2) }))
      yield* ask(redactOrder())
      yield* ask(redact(refundId(1)))
      const view = yield* reader.order(tenant, { order: OrderId.make("o-1") })
      deepStrictEqual([view?.texts, view?.refunds.map((refund) => refund.texts)], [null, [null, texts]])
      ok((yield* reader.verify(tenant)).ok)
      deepStrictEqual(yield* ask(redactOrder()), false)
      strictEqual((yield* reader.journal(tenant, orderChain("o-1"))).length, 5)
    })
  )

  it.effect("tells how far each chain has come, page by page, and which entry of then is there", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      deepStrictEqual(yield* reader.heads(tenant, null, 10), [])
      for (const id of ["o-1", "o-2", "o-3"]) {
        yield* ask(register(order({ captures: [capture(`c-${id}`)], customer: "customer-1" }), { id }))
      }
      yield* ask(policy({ fourEyes: false }))
      yield* ask(request({ amount: 60n, destination: "store_credit" }))
      const all = yield* reader.heads(tenant, null, 10)
      const chains = [settingsChain, orderChain("o-1"), orderChain("o-2"), orderChain("o-3")]
      deepStrictEqual(
        all.map(({ chain }) => chain),
        [...chains, creditChain("customer-1", "USD")]
      )
      for (const { chain, entries, hash } of all) {
        const kept = yield* reader.journal(tenant, chain)
        deepStrictEqual([kept.length, kept.at(-1)?.hash], [entries, hash])
      }
      for (const limit of [1, 2, 4]) {
        const paged: Array<(typeof all)[number]> = []
        for (;;) {
          const page = yield* reader.heads(tenant, paged.at(-1)?.chain ?? null, limit)
          if (page.length === 0) break
          ok(page.length <= limit)
          paged.push(...page)
        }
        deepStrictEqual(paged, all)
      }
      const [entry] = yield* reader.journal(tenant, orderChain("o-1"))
      const asked = [
        { chain: orderChain("o-1"), seq: 1 },
        { chain: orderChain("o-2"), seq: 2 },
        { chain: orderChain("o-9"), seq: 1 },
        { chain: "nonsense", seq: 1 }
      ]
      deepStrictEqual(yield* reader.entriesAt(tenant, asked), [
        { entries: 2, hash: entry?.hash },
        { entries: 1, hash: null },
        { entries: 0, hash: null },
        { entries: 0, hash: null }
      ])
    })
  )

  it.effect("verifies what it keeps, and never tells of more than there is", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      deepStrictEqual(yield* reader.verify(tenant), { ok: true, orders: 0, entries: 0, problem: null })
      yield* ask(register(order({ customer: "customer-1" })))
      yield* ask(policy({ fourEyes: false }))
      yield* ask(request({ amount: 60n, destination: "store_credit", reason: "late" }))
      yield* ask(request({ amount: 5n, type: "instance_cost" }))
      yield* ask(request({ amount: 30n }))
      const seen: Array<{ readonly orders: number; readonly entries: number }> = []
      const report = yield* reader.verify(tenant, (done) => seen.push(done))
      deepStrictEqual(report, { ok: true, orders: 1, entries: 6, problem: null })
      ok(seen.every((done) => done.orders <= 1 && done.entries <= 6))
    })
  )
}

interface Page {
  readonly refunds: ReadonlyArray<Refund>
  readonly next: string | null
}

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { Inbox, type InboxState } from "refund-core/ports/Inbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { inboxSql } from "../src/internal/inbox.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const { tenant } = B.caller()
const others = B.caller({ tenant: "others" }).tenant
const ledger = Layer.unwrap(Effect.map(temporaryFile, (file) => ledgerAt(file)))

const USD = CurrencyCode.make("USD")
const news = (eventId: string, about: ProviderNews["about"] = { _tag: "other", type: "ping" }): ProviderNews => ({
  eventId,
  at: B.noon,
  about
})
const put = (...all: ReadonlyArray<ProviderNews>) => Inbox.use((inbox) => inbox.put(tenant, "stripe", all, B.noon))
const take = Inbox.use((inbox) => inbox.take(100))
const done = (id: number, state: InboxState, dueAt: number | null = null) =>
  Inbox.use((inbox) => inbox.done({ id }, { state, detail: state, dueAt }))
const list = (filter: { readonly state?: InboxState; readonly provider?: string } = {}) =>
  Inbox.use((inbox) => inbox.list(tenant, filter, { limit: 100, before: null }))
const idsOf = (events: ReadonlyArray<{ readonly news: ProviderNews }>) => events.map((event) => event.news.eventId)

const all: ReadonlyArray<ProviderNews> = [
  news("settled", {
    _tag: "refund",
    attempt: { refundId: B.refundId(1), attemptId: B.attemptId(1) },
    reference: "re_1",
    captureReference: null,
    captureAliases: ["pi_1"],
    amount: 9_007_199_254_740_993n,
    currency: USD,
    outcome: B.paid(10n)
  }),
  news("later", {
    _tag: "refund",
    attempt: null,
    reference: null,
    captureReference: "ch_1",
    amount: null,
    currency: null,
    outcome: { _tag: "notSent", detail: 'half \ud800 a "character"', retryAfter: 1_500 }
  }),
  news("dispute", { _tag: "dispute", id: "dp_1", captureReference: "ch_1", amount: 5n, currency: USD, state: "open" }),
  news("other"),
  news("unreadable", { _tag: "unreadable", detail: "no such field" })
]

describe("the inbox", () => {
  it.effect("reads back what was told just as it was", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      const kept = yield* put(...all).pipe(Effect.provide(ledgerAt(file)))
      assert.deepStrictEqual(
        kept.map((event) => event.news),
        all
      )
      const found = yield* list().pipe(Effect.provide(ledgerAt(file)))
      assert.deepStrictEqual(
        found.map((event) => event.news),
        all.toReversed()
      )
    })
  )

  it.effect("keeps an event once, for each tenant and provider", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(idsOf(yield* put(news("a"), news("b"), news("a"))), ["a", "b"])
      assert.deepStrictEqual(idsOf(yield* put(news("b", { _tag: "unreadable", detail: "changed" }), news("c"))), ["c"])
      const inbox = yield* Inbox
      assert.strictEqual((yield* inbox.put(tenant, "adyen", [news("a")], B.noon)).length, 1)
      assert.strictEqual((yield* inbox.put(others, "stripe", [news("a")], B.noon)).length, 1)
      assert.deepStrictEqual(idsOf(yield* put(news("half \ud800"), news("half \ufffd"))), [
        "half \ud800",
        "half \ufffd"
      ])
      assert.deepStrictEqual(idsOf(yield* list({ provider: "stripe" })), ["half \ufffd", "half \ud800", "c", "b", "a"])
      assert.deepStrictEqual((yield* list({ provider: "stripe" }))[3]?.news, news("b"))
    }).pipe(Effect.provide(ledger))
  )

  it.effect("takes the first word of a tenant that has written nothing yet, who then writes as any other", () =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* put(news("a"))
      yield* refunds.execute(B.register())
      assert.isTrue((yield* refunds.verify(B.caller())).ok)
      assert.deepStrictEqual(idsOf(yield* list()), ["a"])
    }).pipe(Effect.provide(ledger))
  )

  it.effect("leases what it was told to who told it, and to one at a time what is left behind", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        yield* put(news("a"), news("b"))
        assert.deepStrictEqual(yield* take, [])
      }).pipe(Effect.provide(ledgerAt(file)))
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        assert.deepStrictEqual(idsOf(yield* inbox.take(1)), ["a"])
        assert.deepStrictEqual(idsOf(yield* take), ["b"])
        assert.deepStrictEqual(yield* take, [])
      }).pipe(Effect.provide(ledgerAt(file)))
    })
  )

  it.effect("gives a lease out again when it has run out", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* Effect.gen(function* () {
        yield* put(news("a"))
        assert.deepStrictEqual(idsOf(yield* take), ["a"])
      }).pipe(Effect.provide(ledgerAt(file, { leaseMilliseconds: 0 })))
    })
  )

  it.effect("parks, tries again when it is time or somebody asks, and keeps what was applied applied", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const [a, b, c] = yield* put(news("a"), news("b"), news("c"))
      assert.isDefined(a)
      assert.isDefined(b)
      assert.isDefined(c)
      yield* done(a.id, "parked")
      yield* done(b.id, "parked", 1_000)
      yield* done(c.id, "applied")
      yield* done(c.id, "parked", 1_000)
      assert.deepStrictEqual(
        (yield* list()).map((event) => [event.news.eventId, event.state, event.detail, event.dueAt, event.tries]),
        [
          ["c", "applied", "applied", null, 1],
          ["b", "parked", "parked", 1_000, 1],
          ["a", "parked", "parked", null, 1]
        ]
      )
      assert.deepStrictEqual(idsOf(yield* list({ state: "parked" })), ["b", "a"])
      assert.deepStrictEqual(idsOf(yield* take), ["b"])
      assert.isFalse(yield* inbox.retry(others, a.id))
      assert.isFalse(yield* inbox.retry(tenant, 99))
      assert.isFalse(yield* inbox.retry(tenant, c.id))
      assert.isTrue(yield* inbox.retry(tenant, a.id))
      assert.deepStrictEqual(
        (yield* take).map((event) => [event.news.eventId, event.state, event.detail]),
        [["a", "new", "parked"]]
      )
    }).pipe(Effect.provide(ledger))
  )

  it.effect("finds its events by indexes, however many there are", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* put(news("a")).pipe(Effect.provide(ledgerAt(file)))
      for (const sql of Object.values(inboxSql)) assert.notMatch(planOf(file, sql), /SCAN inbox|TEMP B-TREE/)
    })
  )
})

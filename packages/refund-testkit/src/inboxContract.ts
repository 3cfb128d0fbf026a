/**
 * What the inbox of every ledger must keep, as tests: `inboxContract("PostgreSQL", (options) => layer)` in a test file of
 * your own. The promises of ports/Inbox.ts: each event once, nothing dropped, and each with one at a time.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { describe, it, type Vitest } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { CurrencyCode } from "refund-core/Currency"
import { TenantId } from "refund-core/Ids"
import { Inbox, type InboxEvent, type InboxState } from "refund-core/ports/Inbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { attemptId, noon, paid, refundId } from "./build.ts"
import type { StoreOptions } from "./internal/contract/ledger.ts"
import { patience } from "./storeContract.ts"

export type InboxLayer = (options: StoreOptions) => Layer.Layer<Inbox, unknown>

/** `storeLayer` opens an inbox of its own, empty, each time it is called. Time is the store's and the real one. */
export const inboxContract = (name: string, storeLayer: InboxLayer): void => {
  describe(`${name} keeps the inbox's contract:`, { timeout: patience }, () => inbox(it, storeLayer))
}

const [tenant, others] = [TenantId.make("acme"), TenantId.make("others")]
const USD = CurrencyCode.make("USD")

const news = (eventId: string, about: ProviderNews["about"] = { _tag: "other", type: "ping" }): ProviderNews => ({
  eventId,
  at: noon,
  about
})

const everyKind: ReadonlyArray<ProviderNews> = [
  news("settled", {
    _tag: "refund",
    attempt: { refundId: refundId(1), attemptId: attemptId(1) },
    reference: "re_1",
    captureReference: null,
    amount: 9_007_199_254_740_993n,
    currency: USD,
    outcome: paid(10n)
  }),
  news("later", {
    _tag: "refund",
    attempt: null,
    reference: null,
    captureReference: "ch_1",
    amount: null,
    currency: null,
    outcome: { _tag: "notSent", detail: 'a "character" that is half \ud800', retryAfter: 1_500 }
  }),
  news("dispute", { _tag: "dispute", id: "dp_1", captureReference: "ch_1", amount: 5n, currency: USD, state: "open" }),
  news("other"),
  news("unreadable", { _tag: "unreadable", detail: "no such field" })
]

const idsOf = (events: ReadonlyArray<InboxEvent>): ReadonlyArray<string> => events.map((each) => each.news.eventId)

const opened = Effect.map(Inbox, (inbox) => ({
  ...inbox,
  told: (...all: ReadonlyArray<ProviderNews>) => inbox.put(tenant, "stripe", all, noon),
  all: (filter: { readonly state?: InboxState; readonly provider?: string } = {}) =>
    inbox.list(tenant, filter, { limit: 100, before: null })
}))

const inbox = (it: Vitest.Methods, storeLayer: InboxLayer): void => {
  const over = <A>(test: Effect.Effect<A, unknown, Inbox>, options: StoreOptions = {}) =>
    test.pipe(Effect.provide(storeLayer(options)))

  it.live("tells everything back just as it was told, newest first", () =>
    over(
      Effect.gen(function* () {
        const { all, told } = yield* opened
        const kept = yield* told(...everyKind)
        deepStrictEqual(
          kept.map((event) => event.news),
          everyKind
        )
        deepStrictEqual(
          (yield* all()).map((event) => event.news),
          everyKind.toReversed()
        )
        const [first] = kept
        deepStrictEqual(
          [first?.tenant, first?.provider, first?.receivedAt, first?.state, first?.tries, first?.detail],
          [tenant, "stripe", noon, "new", 0, null]
        )
        deepStrictEqual(yield* told(), [])
      })
    )
  )

  it.live("keeps an event once, as it was told first, for each tenant and provider", () =>
    over(
      Effect.gen(function* () {
        const { all, put, told } = yield* opened
        deepStrictEqual(idsOf(yield* told(news("a"), news("b"), news("a"))), ["a", "b"])
        deepStrictEqual(idsOf(yield* told(news("b", { _tag: "unreadable", detail: "changed" }), news("c"))), ["c"])
        strictEqual((yield* put(tenant, "adyen", [news("a")], noon)).length, 1)
        strictEqual((yield* put(others, "stripe", [news("a")], noon)).length, 1)
        deepStrictEqual(idsOf(yield* told(news("half \ud800"), news("half \ufffd"))), ["half \ud800", "half \ufffd"])
        const kept = yield* all({ provider: "stripe" })
        deepStrictEqual(idsOf(kept), ["half \ufffd", "half \ud800", "c", "b", "a"])
        deepStrictEqual(kept[3]?.news, news("b"))
      })
    )
  )

  it.live("keeps an event once that is told by ten at the same time", () =>
    over(
      Effect.gen(function* () {
        const { all, told } = yield* opened
        const answers = yield* Effect.forEach(Array.from({ length: 10 }), () => told(news("a"), news("b")), {
          concurrency: "unbounded"
        })
        deepStrictEqual(idsOf(answers.flat()).toSorted(), ["a", "b"])
        strictEqual((yield* all()).length, 2)
      })
    )
  )

  it.live("leases what it is told to who told it, so that nobody else takes it meanwhile", () =>
    over(
      Effect.gen(function* () {
        const { take, told } = yield* opened
        yield* told(news("a"), news("b"))
        deepStrictEqual(yield* take(10), [])
      })
    )
  )

  it.live("gives out again what was left behind, oldest first", () =>
    over(
      Effect.gen(function* () {
        const { take, told } = yield* opened
        yield* told(news("a"))
        yield* told(news("b"), news("c"))
        deepStrictEqual(idsOf(yield* take(2)), ["a", "b"])
        deepStrictEqual(idsOf(yield* take(10)), ["a", "b", "c"])
      }),
      { leaseMilliseconds: 0 }
    )
  )

  it.live("parks, tries again when it is time or when somebody asks, and keeps what was applied applied", () =>
    over(
      Effect.gen(function* () {
        const { all, done, retry, take, told } = yield* opened
        const [a, b, c] = yield* told(news("a"), news("b"), news("c"))
        ok(a !== undefined && b !== undefined && c !== undefined)
        yield* done(a, { state: "parked", detail: "no such refund", dueAt: null })
        yield* done(b, { state: "parked", detail: "waits for another", dueAt: 1_000 })
        yield* done(c, { state: "applied", detail: "settled", dueAt: null })
        yield* done(c, { state: "parked", detail: "too late", dueAt: 1_000 })
        deepStrictEqual(
          (yield* all()).map(({ detail, dueAt, news: { eventId }, state, tries }) => [
            eventId,
            state,
            detail,
            dueAt,
            tries
          ]),
          [
            ["c", "applied", "settled", null, 1],
            ["b", "parked", "waits for another", 1_000, 1],
            ["a", "parked", "no such refund", null, 1]
          ]
        )
        deepStrictEqual(idsOf(yield* all({ state: "parked" })), ["b", "a"])
        deepStrictEqual(idsOf(yield* all({ state: "applied", provider: "adyen" })), [])
        deepStrictEqual(idsOf(yield* take(10)), ["b"])
        deepStrictEqual(
          [
            yield* retry(others, a.id),
            yield* retry(tenant, a.id + 99),
            yield* retry(tenant, c.id),
            yield* retry(tenant, a.id)
          ],
          [false, false, false, true]
        )
        const [again] = yield* take(10)
        deepStrictEqual(
          [again?.news.eventId, again?.state, again?.detail, again?.tries],
          ["a", "new", "no such refund", 1]
        )
      })
    )
  )

  it.live("waits for what is tried again later", () =>
    over(
      Effect.gen(function* () {
        const { done, take, told } = yield* opened
        const [a] = yield* told(news("a"))
        ok(a !== undefined)
        // 2200-01-01
        yield* done(a, { state: "parked", detail: null, dueAt: 7_258_118_400_000 })
        deepStrictEqual(yield* take(10), [])
      })
    )
  )

  it.live("lists page by page", () =>
    over(
      Effect.gen(function* () {
        const { list, told } = yield* opened
        yield* told(...["a", "b", "c", "d", "e"].map((id) => news(id)))
        const found: Array<string> = []
        let before: number | null = null
        do {
          const page: ReadonlyArray<InboxEvent> = yield* list(tenant, {}, { limit: 2, before })
          found.push(...idsOf(page))
          before = page.at(-1)?.id ?? null
        } while (before !== null)
        deepStrictEqual(found, ["e", "d", "c", "b", "a"])
        deepStrictEqual(yield* list(others, {}, { limit: 10, before: null }), [])
      })
    )
  )
}

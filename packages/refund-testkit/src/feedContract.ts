/**
 * What the feed of every ledger must keep, as tests: `feedContract("PostgreSQL", () => layer)` in a test file of your own.
 * The promises of ports/Feed.ts: each notification once, in the order of the commits, whoever commits meanwhile.
 */
import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert"
import { describe, it, layer, type Vitest } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { Feed, type Told } from "refund-core/ports/Feed"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { approve, attemptId, begin, capture, dispute, order, paid, refundId, register, request, told } from "./build.ts"
import { ledger, times } from "./internal/contract/ledger.ts"
import { patience } from "./storeContract.ts"

export type FeedLayer = () => Layer.Layer<LedgerStore | Feed, unknown>

/** `storeLayer` opens a ledger of its own, empty, each time it is called. */
export const feedContract = (name: string, storeLayer: FeedLayer): void => {
  describe(`${name} keeps the feed's contract:`, { timeout: patience }, () => {
    layer(storeLayer(), { excludeTestServices: true })((it) => {
      describe("the feed", () => events(it))
    })
    describe("a cursor", () => cursors(it, storeLayer))
  })
}

const [r1, r2] = [refundId(1), refundId(2)] as const
const typesOf = (all: ReadonlyArray<Told>): ReadonlyArray<string> => all.map(({ type }) => type)

const feeding = Effect.gen(function* () {
  const own = yield* ledger
  const feed = yield* Feed
  return {
    ...own,
    end: feed.end(own.tenant),
    read: (after: string | null, limit = 1_000, muted = false) => feed.read(own.tenant, after, { limit, muted })
  }
})

const events = (it: Vitest.MethodsNonLive<LedgerStore | Feed>): void => {
  it.effect("tells what happened in the order of the commits, with a cursor after each, also within an entry", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* feeding
      yield* ask(register())
      yield* ask(request({ amount: 10n, id: r1, requiresApproval: true }))
      yield* ask(approve(r1))
      const { events, next } = yield* read(null)
      deepStrictEqual(
        events.map(({ chain, orderId, seq, state, type }) => [type, state, orderId, chain, seq]),
        [
          ["approval.requested", "pending_approval", "o-1", "order:o-1", 2],
          ["approval.given", "approved", "o-1", "order:o-1", 3],
          ["refund.created", "approved", "o-1", "order:o-1", 3]
        ]
      )
      strictEqual(new Set(events.map(({ id }) => id)).size, 3)
      for (const [index, { cursor }] of events.entries()) {
        deepStrictEqual((yield* read(cursor)).events, events.slice(index + 1))
      }
      deepStrictEqual((yield* read(next)).events, [])
    })
  )

  it.effect("tells it page by page, each event once, and nothing twice where a page is full", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* feeding
      yield* ask(register())
      for (const index of times(5, (each) => each)) yield* ask(request({ amount: 1n, id: refundId(index + 1) }))
      const all = (yield* read(null)).events
      strictEqual(all.length, 5)
      for (const limit of [1, 2, 3, 5, 9]) {
        const found: Array<Told> = []
        let after: string | null = null
        for (;;) {
          const page: { readonly events: ReadonlyArray<Told>; readonly next: string } = yield* read(after, limit)
          ok(page.events.length <= limit)
          if (page.events.length === 0) break
          found.push(...page.events)
          after = page.next
        }
        deepStrictEqual(found, all)
      }
    })
  )

  it.effect("tells of orders, of customers' accounts and of disputes, and of no other tenant's", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* feeding
      const other = yield* feeding
      for (const each of [ask, other.ask]) {
        yield* each(register(order({ customer: "customer-1", captures: [capture("c-1")] })))
        yield* each(request({ amount: 10n, destination: "store_credit" }))
      }
      yield* ask(dispute("open"))
      const { events } = yield* read(null)
      deepStrictEqual(typesOf(events), ["refund.created", "refund.settled", "credit.posted", "dispute.open"])
      deepStrictEqual(
        events.map(({ chain, customerId }) => [chain, customerId]),
        [
          ["order:o-1", "customer-1"],
          ["order:o-1", "customer-1"],
          ["credit:USD:customer-1", "customer-1"],
          ["order:o-1", null]
        ]
      )
      strictEqual((yield* other.read(null)).events.length, 3)
    })
  )

  it.effect("shows muted events to nobody but who asks, and goes on after them", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* feeding
      yield* ask(register())
      yield* ask(request({ amount: 10n, id: r1, skipEvents: true }))
      yield* ask(begin(r1))
      const heard = yield* read(null, 1)
      deepStrictEqual(heard.events, [])
      yield* ask(request({ amount: 10n, id: r2 }))
      deepStrictEqual(typesOf((yield* read(heard.next)).events), ["refund.created"])
      deepStrictEqual(
        (yield* read(null, 1_000, true)).events.map(({ muted, type }) => [type, muted]),
        [
          ["refund.created", true],
          ["refund.submitted", true],
          ["refund.created", false]
        ]
      )
    })
  )

  it.effect("says the same whenever it is read, whatever became of the refund since", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* feeding
      yield* ask(register())
      yield* ask(request({ amount: 10n, id: r1 }))
      yield* ask(begin(r1))
      const brief = (all: ReadonlyArray<Told>) =>
        all.map(({ at, chain, cursor, id, seq, state, type }) => [id, cursor, chain, seq, type, state, at])
      const before = brief((yield* read(null)).events)
      yield* ask(told(r1, paid(10n)))
      const after = brief((yield* read(null)).events)
      deepStrictEqual(after.slice(0, before.length), before)
      strictEqual(after.length, before.length + 1)
    })
  )

  it.effect("skips nothing that is committed while it is read, and tells each chain in its order", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* feeding
      const orders = times(5, (index) => `o-${index}`)
      for (const id of orders) yield* ask(register(order({ captures: [capture(`c of ${id}`, 1_000n)] }), { id }))
      const writes = Effect.forEach(
        times(100, (index) => request({ order: `o-${index % 5}`, amount: 1n })),
        (each) => ask(each),
        { concurrency: 10 }
      )
      const found: Array<Told> = []
      const reads = Effect.gen(function* () {
        let after: string | null = null
        while (found.length < 100) {
          const page: { readonly events: ReadonlyArray<Told>; readonly next: string } = yield* read(after, 7)
          found.push(...page.events)
          after = page.next
          yield* Effect.yieldNow
        }
      })
      yield* Effect.all([writes, reads], { concurrency: 2 })
      strictEqual(new Set(found.map(({ id }) => id)).size, 100)
      for (const id of orders) {
        const seqs = found.filter(({ orderId }) => orderId === id).map(({ seq }) => seq)
        deepStrictEqual(
          seqs,
          times(20, (index) => index + 2)
        )
      }
    })
  )

  it.effect("ends where it is now: what comes after is new", () =>
    Effect.gen(function* () {
      const { ask, end, read } = yield* feeding
      deepStrictEqual((yield* read(yield* end)).events, [])
      yield* ask(register())
      yield* ask(request({ amount: 10n, id: r1 }))
      const before = yield* end
      yield* ask(begin(r1, attemptId(1)))
      deepStrictEqual(typesOf((yield* read(before)).events), ["refund.submitted"])
      notStrictEqual(yield* end, before)
    })
  )
}

/** Each test opens ledgers of its own: they are told apart. */
const cursors = (it: Vitest.Methods, storeLayer: FeedLayer): void => {
  const written = Effect.gen(function* () {
    const own = yield* feeding
    yield* own.ask(register())
    yield* own.ask(request({ amount: 10n, id: r1 }))
    return own
  })
  const startFor = (read: Effect.Success<typeof feeding>["read"], cursor: string) =>
    Effect.map(Effect.flip(read(cursor)), (gone) => {
      ok(gone._tag === "CursorGone")
      return gone.start
    })

  it.live("that is none is gone, and it says where to begin", () =>
    Effect.gen(function* () {
      const { read } = yield* written
      for (const none of ["", "nonsense", "MS4yLjMuNA", "AAAA"]) {
        deepStrictEqual(yield* read(yield* startFor(read, none)), yield* read(null))
      }
    }).pipe(Effect.provide(storeLayer()))
  )

  it.live("of another ledger is gone", () =>
    Effect.gen(function* () {
      const theirs = yield* Effect.flatMap(written, ({ read }) => read(null)).pipe(Effect.provide(storeLayer()))
      const { read } = yield* written
      for (const cursor of [theirs.next, ...theirs.events.map((each) => each.cursor)]) {
        deepStrictEqual(yield* read(yield* startFor(read, cursor)), yield* read(null))
      }
    }).pipe(Effect.provide(storeLayer()))
  )
}

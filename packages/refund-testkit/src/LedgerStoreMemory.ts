/**
 * The ledger in memory: every promise of a store, of what is read from it and of what is due, but durability. It gives way
 * between reading and writing, as a database does, so a race over it is a race; time is Effect's `Clock`.
 */
import { Clock, Context, Effect, Layer, Semaphore } from "effect"
import type { TenantId } from "refund-core/Ids"
import { settingsChain } from "refund-core/Journal"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Feed } from "refund-core/ports/Feed"
import { Inbox } from "refund-core/ports/Inbox"
import { KeyUses } from "refund-core/ports/KeyUses"
import { LedgerReader, type Matched, type OrderView, type RefundFilter } from "refund-core/ports/LedgerReader"
import { LedgerStore, type Scope } from "refund-core/ports/LedgerStore"
import { Outbox } from "refund-core/ports/Outbox"
import type { Refund } from "refund-core/Refund"
import { audit } from "./internal/audit.ts"
import {
  type Books,
  emptyBooks,
  isCurrent,
  type KeptOrder,
  laneOf,
  load,
  refundsOf,
  type TenantBooks,
  tenantBooks,
  write
} from "./internal/books.ts"

import { makeDeliveries } from "./internal/memory/deliveries.ts"
import { makeFeed } from "./internal/memory/feed.ts"
import { makeInbox } from "./internal/memory/inbox.ts"
import { makeKeyUses } from "./internal/memory/keyUses.ts"
import { makeNotices } from "./internal/memory/notices.ts"
import { type CommitDue, makeOutbox } from "./internal/memory/outbox.ts"

export interface Options {
  /** Whether this process runs the worker: then `Outbox.fresh` yields what its own commits made due. */
  readonly worker?: boolean
  readonly leaseMilliseconds?: number
}

/** `layerMemory` with a worker, or another length of lease. */
export const layerMemoryWith = ({ leaseMilliseconds = 60_000, worker = false }: Options): Layer.Layer<Services> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const books = emptyBooks()
      const outbox = yield* makeOutbox(books, { leaseMilliseconds, worker })
      const notices = makeNotices(books)
      return Context.make(LedgerStore, makeStore(books, outbox.commit)).pipe(
        Context.add(LedgerReader, makeReader(books)),
        Context.add(Outbox, outbox.service),
        Context.add(Feed, makeFeed(notices)),
        Context.add(Deliveries, makeDeliveries(books, notices, leaseMilliseconds)),
        Context.add(Inbox, makeInbox(leaseMilliseconds)),
        Context.add(KeyUses, makeKeyUses(books))
      )
    })
  )

type Services = LedgerStore | LedgerReader | Outbox | Feed | Deliveries | Inbox | KeyUses

/** A ledger of its own for each time it is built. */
export const layerMemory = layerMemoryWith({})

// ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const makeStore = (books: Books, commitDue: CommitDue): LedgerStore["Service"] => {
  const lanes = new Map<string, Semaphore.Semaphore>()
  const laneFor = (scope: Scope): Semaphore.Semaphore => {
    const lane = laneOf(books, scope)
    const known = lanes.get(lane) ?? Semaphore.makeUnsafe(1)
    lanes.set(lane, known)
    return known
  }

  const attempt: LedgerStore["Service"]["transact"] = (scope, decide) =>
    Effect.gen(function* () {
      const loaded = load(books, scope)
      const numbers = reserveNumbers(books, loaded.facts.order?.captures.length ?? 0)
      const facts = { ...loaded.facts, nextNumber: numbers.first }
      yield* Effect.yieldNow
      const decided = decide(facts)
      if (decided._tag === "Failure") {
        numbers.giveBack(numbers.first)
        return yield* Effect.fail(decided.failure)
      }
      yield* Effect.yieldNow
      const now = yield* Clock.currentTimeMillis
      if (!isCurrent(books, scope, loaded)) return yield* attempt(scope, decide)
      const { after, answer } = decided.success
      write(books, scope, facts, decided.success)
      numbers.giveBack(after.nextNumber)
      commitDue(scope.tenant, decided.success, now)
      return answer
    })

  return LedgerStore.of({
    transact: (scope, decide) => Effect.suspend(() => laneFor(scope).withPermit(attempt(scope, decide))),
    read: (scope, look) => Effect.sync(() => look(load(books, scope).facts))
  })
}

/** A run of numbers for one decision, enough for a refund per capture and destination; what was not used is given back. */
const reserveNumbers = (books: Books, captures: number) => {
  const first = books.nextNumber
  const end = first + captures + 8
  books.nextNumber = end
  return {
    first,
    giveBack: (next: number) => {
      if (books.nextNumber === end) books.nextNumber = next
    }
  }
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const makeReader = (books: Books): LedgerReader["Service"] => {
  const read = <A>(tenant: TenantId, look: (books: TenantBooks) => A) =>
    Effect.sync(() => look(tenantBooks(books, tenant)))

  return LedgerReader.of({
    order: (tenant, at) =>
      read(tenant, (kept) => {
        const id = "order" in at ? at.order : kept.captureOwners.get(at.capture)
        const order = id === undefined ? undefined : kept.orders.get(id)
        return order === undefined ? null : viewOf(order)
      }),
    refunds: (tenant, at) =>
      read(tenant, (kept) =>
        "id" in at ? refundsOf(kept, at.id) : allRefunds(kept).filter((refund) => refund.number === at.number)
      ),
    list: (tenant, filter, { cursor, limit }) =>
      read(tenant, (kept) => {
        const before = cursor === null ? Number.POSITIVE_INFINITY : numberOf(cursor)
        const found = allRefunds(kept)
          .filter((refund) => refund.number < before && matches(refund, filter))
          .sort((a, b) => b.number - a.number)
        const refunds = found.slice(0, limit)
        const last = refunds.at(-1)
        return { refunds, next: last === undefined || found.length <= limit ? null : cursorOf(last.number) }
      }),
    fold: (tenant, { currency, requestedBefore, requestedFrom, states }, begin) =>
      read(tenant, (kept) => {
        const fold = begin()
        for (const refund of allRefunds(kept)) {
          const isAsked =
            (currency === undefined || refund.currency === currency) &&
            (requestedFrom === undefined || refund.requestedAt >= requestedFrom) &&
            (requestedBefore === undefined || refund.requestedAt < requestedBefore) &&
            (states === undefined || states.includes(refund.state))
          if (isAsked) fold.add(refund)
        }
        return fold.end()
      }),
    credit: (tenant, customerId) =>
      read(tenant, (kept) =>
        [...kept.credits.values()]
          .map(({ head }) => head)
          .filter((head) => head.customerId === customerId)
          .sort((a, b) => (a.currency < b.currency ? -1 : 1))
      ),
    match: (tenant, provider, at) =>
      read(tenant, (kept) =>
        "reference" in at
          ? matchedRefund(kept, provider, at.reference)
          : matchedCapture(kept, provider, at.captureReference)
      ),
    keyByHash: (hash) =>
      Effect.sync(() => {
        for (const [tenant, { settings }] of books.tenants) {
          const key = settings.keys.find((each) => each.hash === hash)
          if (key !== undefined) return { tenant, key }
        }
        return null
      }),
    journal: (tenant, chain) => read(tenant, (kept) => kept.log.filter((entry) => entry.chain === chain)),
    heads: (tenant, after, limit) =>
      read(tenant, (kept) => {
        const heads = new Map(kept.log.map(({ chain, hash, seq }) => [chain, { chain, entries: seq, hash }]))
        const all = [...heads.values()].sort((a, b) => (isBefore(a.chain, b.chain) ? -1 : 1))
        return all.filter(({ chain }) => after === null || isBefore(after, chain)).slice(0, limit)
      }),
    entriesAt: (tenant, at) =>
      read(tenant, (kept) =>
        at.map((one) => {
          const entries = kept.log.filter(({ chain }) => chain === one.chain)
          return { entries: entries.length, hash: entries.find(({ seq }) => seq === one.seq)?.hash ?? null }
        })
      ),
    entries: (tenant, { cursor, limit }) =>
      read(tenant, (kept) => {
        const from = cursor === null ? 0 : Number(cursor)
        const next = from + limit
        return { entries: kept.log.slice(from, next), next: next < kept.log.length ? String(next) : null }
      }),
    verify: (tenant, onProgress) =>
      read(tenant, (kept) => {
        const report = audit(kept)
        onProgress?.({ orders: report.orders, entries: report.entries })
        return report
      }),
    hasOrders: (tenant) => read(tenant, (kept) => kept.orders.size > 0)
  })
}

/** Settings, then orders, then accounts by customer and currency. */
const rankOf = (chain: string): readonly [number, string, string] => {
  const [, currency = "", customer = ""] = /^credit:([^:]*):(.*)$/su.exec(chain) ?? []
  if (customer !== "") return [2, customer, currency]
  return [chain === settingsChain ? 0 : 1, chain, ""]
}
const isBefore = (one: string, other: string): boolean => {
  const [a, b] = [rankOf(one), rankOf(other)]
  const at = a.findIndex((each, index) => each !== b[index])
  return at !== -1 && (a[at] ?? "") < (b[at] ?? "")
}

const viewOf = ({ createdAt, head, refunds, registration, texts, updatedAt }: KeptOrder): OrderView => ({
  head,
  registration,
  texts,
  createdAt,
  updatedAt,
  refunds: [...refunds.values()]
})

const matchedRefund = (kept: TenantBooks, provider: string, reference: string): Matched | null => {
  const isNamed = (refund: Refund) =>
    refund.providerReference === reference || refund.attempts.some((attempt) => attempt.reference === reference)
  const refund = allRefunds(kept).find((each) => each.provider === provider && isNamed(each))
  return refund === undefined ? null : { _tag: "refund", refundId: refund.id }
}

/** A name that two captures have says of neither that it is meant. */
const matchedCapture = (kept: TenantBooks, provider: string, reference: string): Matched | null => {
  const found = [...kept.orders.values()].flatMap(({ head }) =>
    head.captures
      .filter((each) => each.provider === provider && each.reference === reference)
      .map((each): Matched => ({ _tag: "capture", orderId: head.id, captureId: each.id }))
  )
  const [only = null] = found
  return found.length > 1 ? null : only
}

const allRefunds = (kept: TenantBooks): Array<Refund> =>
  [...kept.orders.values()].flatMap((order) => [...order.refunds.values()])

const cursorOf = (number: number): string => Buffer.from(String(number)).toString("base64url")
const numberOf = (cursor: string): number => Number(Buffer.from(cursor, "base64url").toString())

const matches = (refund: Refund, filter: RefundFilter): boolean =>
  (filter.state === undefined || refund.state === filter.state) &&
  (filter.type === undefined || refund.type === filter.type) &&
  (filter.destination === undefined || refund.destination === filter.destination) &&
  (filter.orderId === undefined || refund.orderId === filter.orderId) &&
  (filter.captureId === undefined || refund.captureId === filter.captureId) &&
  (filter.customerId === undefined || refund.customerId === filter.customerId) &&
  (filter.reference === undefined || refund.reference === filter.reference) &&
  (filter.createdAfter === undefined || refund.requestedAt >= filter.createdAfter) &&
  (filter.createdBefore === undefined || refund.requestedAt < filter.createdBefore)

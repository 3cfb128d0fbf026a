import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { ageBuckets, ageingFold, type CurrencyAgeing, scopeOfAgeing } from "refund-core/Ageing"
import type { CurrencyCode } from "refund-core/Currency"
import { type RefundId, TenantId } from "refund-core/Ids"
import { readEntry } from "refund-core/Journal"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { Account } from "refund-core/postings"
import { holds, payout, type Refund } from "refund-core/Refund"
import { type CurrencyReport, type ReportQuery, reportFold, reportGroups, scopeOfReport } from "refund-core/Report"
import { capture, freshId, hours, noon, order, register, request } from "../../build.ts"
import { histories } from "../../histories.ts"
import { runHistory } from "../../lawsHold.ts"
import { type It, readableLedger, times } from "./ledger.ts"

type Reader = LedgerReader["Service"]

const everything: ReportQuery = { by: "day", dated: "requested", from: null, to: null, currency: null }

const reportIn = (reader: Reader, tenant: TenantId) => (query: Partial<ReportQuery>) => {
  const whole = { ...everything, ...query }
  return reader.fold(tenant, scopeOfReport(whole), () => reportFold(whole))
}

const ageingIn = (reader: Reader, tenant: TenantId, now: number, currency: CurrencyCode | null = null) =>
  reader.fold(tenant, scopeOfAgeing({ currency }), () => ageingFold({ currency }, now))

export const reports = (it: It): void => {
  it.effect("tells what refunds come to by day, reason, state and provider, each currency for itself", () =>
    Effect.gen(function* () {
      const { ask, by, reader, tenant } = yield* readableLedger
      const report = reportIn(reader, tenant)
      deepStrictEqual(yield* report({}), [])
      yield* ask(register(order({ captures: [capture("c-1")], customer: "customer-1" }), { id: "o-1" }))
      yield* ask(register(order({ captures: [capture("c-2")], currency: "EUR" }), { id: "o-2" }))
      const at = (hour: number) => by({ now: noon + hours(hour) })
      const credit = { destination: "store_credit", reason: "broken" } as const
      yield* ask(request({ amount: 10n, ...credit, caller: at(0) }))
      yield* ask(request({ amount: 20n, reason: "late", caller: at(1) }))
      yield* ask(request({ amount: 5n, ...credit, caller: at(24) }))
      yield* ask(request({ amount: 7n, order: "o-2", caller: at(24) }))

      const midnight = noon - hours(12)
      const shown = (found: ReadonlyArray<CurrencyReport>) =>
        found.map(({ currency, rows, total }) => [
          currency,
          rows.map(({ amount, count, held, key, paidOut }) => [key, count, amount, held, paidOut]),
          [total.count, total.amount, total.held, total.paidOut]
        ])
      deepStrictEqual(shown(yield* report({})), [
        ["EUR", [[midnight + hours(24), 1, 7n, 7n, 0n]], [1, 7n, 7n, 0n]],
        [
          "USD",
          [
            [midnight, 2, 30n, 20n, 10n],
            [midnight + hours(24), 1, 5n, 0n, 5n]
          ],
          [3, 35n, 20n, 15n]
        ]
      ])
      const usd = "USD" as CurrencyCode
      const ofUsd = (query: Partial<ReportQuery>) =>
        Effect.map(report({ ...query, currency: usd }), (found) => shown(found)[0]?.[1] ?? null)
      deepStrictEqual(yield* ofUsd({ by: "reason" }), [
        ["late", 1, 20n, 20n, 0n],
        ["broken", 2, 15n, 0n, 15n]
      ])
      deepStrictEqual(yield* ofUsd({ by: "state" }), [
        ["approved", 1, 20n, 20n, 0n],
        ["settled", 2, 15n, 0n, 15n]
      ])
      deepStrictEqual(yield* ofUsd({ by: "provider" }), [
        ["simulator", 1, 20n, 20n, 0n],
        [null, 2, 15n, 0n, 15n]
      ])
      deepStrictEqual(yield* ofUsd({ from: noon + hours(1), to: noon + hours(24) }), [[midnight, 1, 20n, 20n, 0n]])
      deepStrictEqual(yield* ofUsd({ dated: "settled", from: noon + 1 }), [[midnight + hours(24), 1, 5n, 0n, 5n]])
      deepStrictEqual(yield* reportIn(reader, (yield* readableLedger).tenant)({}), [])
    })
  )

  it.effect("tells how long what is open has been so, and which of it the longest", () =>
    Effect.gen(function* () {
      const { ask, by, reader, tenant } = yield* readableLedger
      yield* ask(register(order({ captures: [capture("c-1")], customer: "customer-1" })))
      const now = noon + hours(24 * 8)
      const ages = [0, 1, 23, 24, 71, 72, 167, 168, 169]
      const made = yield* Effect.forEach(ages.toReversed(), (age) =>
        ask(request({ amount: 1n, caller: by({ now: now - hours(age) }) }))
      )
      yield* ask(request({ amount: 9n, requiresApproval: true, caller: by({ now: now - hours(2) }) }))
      yield* ask(request({ amount: 9n, destination: "store_credit", caller: by({ now }) }))
      const [usd] = yield* ageingIn(reader, tenant, now)
      deepStrictEqual(
        usd?.rows.map(({ ages: piles, amount, count, state }) => [
          ...[state, count, amount],
          ...ageBuckets.map(([bucket]) => piles[bucket].count)
        ]),
        [
          ["pending_approval", 1, 9n, 0, 1, 0, 0, 0],
          ["approved", 9, 9n, 1, 2, 2, 2, 2]
        ]
      )
      deepStrictEqual(usd?.rows[1]?.oldest, { id: made[0]?.groupId, requestedAt: now - hours(169) })
      deepStrictEqual([usd?.total.count, usd?.total.amount, usd?.total.ages.under1d.amount], [10, 18n, 11n])
      deepStrictEqual(yield* ageingIn(reader, tenant, now, "EUR" as CurrencyCode), [])
    })
  )

  it.effect("looks through more than it reads at once, of one tenant among others", () =>
    Effect.gen(function* () {
      const { ask, reader, tenant } = yield* readableLedger
      const other = yield* readableLedger
      for (const { ask: asks } of [{ ask }, other]) yield* asks(register(order({ captures: [capture("c-1", 5_000n)] })))
      const both = times(1_100, () => Effect.all([ask(request({ amount: 2n })), other.ask(request({ amount: 1n }))]))
      yield* Effect.all(both, { concurrency: 64 })
      const [usd] = yield* reportIn(reader, tenant)({ by: "state" })
      deepStrictEqual([usd?.total.count, usd?.total.amount], [1_100, 2_200n])
      const [open] = yield* ageingIn(reader, tenant, noon)
      deepStrictEqual([open?.total.count, open?.total.amount], [1_100, 2_200n])
    })
  )

  it.effect("says the same as the refunds one by one, and as the books, over random histories", () =>
    Effect.gen(function* () {
      const reader = yield* LedgerReader
      const seen = { settled: 0, retained: 0, ended: 0 }
      const check = Effect.fnUntraced(function* (history: Parameters<typeof runHistory>[0]) {
        const tenant = TenantId.make(`reports ${freshId()}`)
        const ran = yield* runHistory(history, tenant)
        deepStrictEqual(ran.broken, [])
        const refunds = yield* allOf(reader, tenant)
        const left = yield* leftByTheBooks(reader, tenant)
        const now = noon + hours(24 * 5)
        for (const dated of ["requested", "settled"] as const) {
          for (const by of reportGroups) {
            const found = yield* reportIn(reader, tenant)({ by, dated })
            agrees(found, refunds, dated)
            if (dated === "requested") agreesWithBooks(found, refunds, left)
          }
        }
        ageingAgrees(yield* ageingIn(reader, tenant, now), refunds, now)
        for (const { total } of yield* reportIn(reader, tenant)({})) {
          seen.settled += Number(total.refunded > 0n)
          seen.retained += Number(total.retained > 0n)
          seen.ended += Number(total.ended > 0n)
        }
        return true
      })
      const result = yield* Arbitrary.checkEffect(histories(40), check, { runs: 12, seed: 20_261_122, size: 120 })
      strictEqual(result._tag, "Passed")
      ok(seen.settled > 2 && seen.retained > 0 && seen.ended > 2, JSON.stringify(seen))
    })
  )
}

/** All refunds, as the list tells them. */
const allOf = Effect.fnUntraced(function* (reader: Reader, tenant: TenantId) {
  const refunds: Array<Refund> = []
  let cursor: string | null = null
  do {
    const page: { readonly refunds: ReadonlyArray<Refund>; readonly next: string | null } = yield* reader.list(
      tenant,
      {},
      { limit: 200, cursor }
    )
    refunds.push(...page.refunds)
    cursor = page.next
  } while (cursor !== null)
  return refunds.filter((refund) => !refund.deducts)
})

/** Where a refund's money is taken from. What a provider kept for it is the provider's. */
const sources: ReadonlySet<Account> = new Set([
  "provider_clearing",
  "store_credit_liability",
  "payouts",
  "bank",
  "provider_fees"
])

/** What was booked to have left for each refund. */
const leftByTheBooks = Effect.fnUntraced(function* (reader: Reader, tenant: TenantId) {
  const left = new Map<string, bigint>()
  const { entries, next } = yield* reader.entries(tenant, { limit: 10_000, cursor: null })
  strictEqual(next, null)
  for (const { text } of entries) {
    const read = readEntry(text)
    ok(read._tag === "Success")
    for (const event of read.success.events) {
      if (event._tag !== "Posted" || !event.source.startsWith("refund:")) continue
      const id = event.source.slice("refund:".length)
      for (const { account, amount } of event.lines) {
        if (sources.has(account)) left.set(id, (left.get(id) ?? 0n) - amount)
      }
    }
  }
  return left
})

const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)
const inState = (refunds: ReadonlyArray<Refund>, is: (refund: Refund) => boolean) =>
  sum(refunds.filter(is).map(({ amount }) => amount))
const currenciesOf = (refunds: ReadonlyArray<Refund>) => [...new Set(refunds.map(({ currency }) => currency))].sort()

const agrees = (
  found: ReadonlyArray<CurrencyReport>,
  all: ReadonlyArray<Refund>,
  dated: ReportQuery["dated"]
): void => {
  const refunds = dated === "requested" ? all : all.filter(({ settledAt }) => settledAt !== null)
  deepStrictEqual(
    found.map(({ currency }) => currency),
    currenciesOf(refunds)
  )
  for (const { currency, others, rows, total } of found) {
    const of = refunds.filter((refund) => refund.currency === currency)
    const settled = of.filter(({ state }) => state === "settled")
    const taken = sum(settled.flatMap(({ deductions }) => deductions.map(({ amount }) => amount)))
    const refunded = sum(settled.map(({ amount }) => amount))
    deepStrictEqual(total, {
      count: of.length,
      amount: sum(of.map(({ amount }) => amount)),
      held: inState(of, ({ state }) => holds(state)),
      refunded,
      ended: inState(of, ({ state }) => ["failed", "denied", "canceled", "reversed"].includes(state)),
      paidOut: refunded - taken,
      retained: taken,
      goodwill: sum(settled.map(({ goodwill }) => goodwill)),
      reconciled: sum(settled.flatMap((refund) => (refund.reconciledAt === null ? [] : [payout(refund)])))
    })
    strictEqual(others, null)
    for (const name of ["amount", "held", "refunded", "ended", "paidOut", "retained"] as const) {
      strictEqual(sum(rows.map((row) => row[name])), total[name])
    }
  }
}

const agreesWithBooks = (
  found: ReadonlyArray<CurrencyReport>,
  refunds: ReadonlyArray<Refund>,
  left: ReadonlyMap<string, bigint>
): void => {
  for (const { currency, total } of found) {
    const settled = refunds.filter((refund) => refund.currency === currency && refund.state === "settled")
    strictEqual(sum(settled.map(({ id }) => left.get(id) ?? 0n)), total.paidOut)
  }
}

const ageingAgrees = (found: ReadonlyArray<CurrencyAgeing>, all: ReadonlyArray<Refund>, now: number): void => {
  const open = all.filter(({ state }) => holds(state))
  deepStrictEqual(
    found.map(({ currency }) => currency),
    currenciesOf(open)
  )
  for (const { currency, rows, total } of found) {
    const of = open.filter((refund) => refund.currency === currency)
    deepStrictEqual([total.count, total.amount], [of.length, sum(of.map(({ amount }) => amount))])
    for (const row of rows) {
      const ofState = of.filter(({ state }) => state === row.state)
      strictEqual(row.count, ofState.length)
      const oldest = ofState.toSorted((a, b) => a.requestedAt - b.requestedAt || (a.id < b.id ? -1 : 1))[0]
      deepStrictEqual(row.oldest, { id: oldest?.id as RefundId, requestedAt: oldest?.requestedAt })
      for (const [bucket, until] of ageBuckets) {
        const younger = ageBuckets.filter(([, end]) => end < until).at(-1)?.[1] ?? Number.NEGATIVE_INFINITY
        const within = ofState.filter(({ requestedAt }) => now - requestedAt < until && now - requestedAt >= younger)
        deepStrictEqual(row.ages[bucket], { count: within.length, amount: sum(within.map(({ amount }) => amount)) })
      }
    }
  }
}

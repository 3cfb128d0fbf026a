/** How long the refunds that are open have been so: counted from when each was asked for. */
import type { CurrencyCode } from "./Currency.ts"
import type { Instant, RefundId } from "./Ids.ts"
import { holds, type RefundState } from "./Refund.ts"
import { byName, found, openStates, type ReportFold, type ReportScope } from "./Report.ts"

export interface AgeingQuery {
  readonly currency: CurrencyCode | null
}

const hour = 3_600_000
const day = 24 * hour

/** Younger than that, milliseconds; the last has no end. */
export const ageBuckets = [
  ["under1h", hour],
  ["under1d", day],
  ["under3d", 3 * day],
  ["under7d", 7 * day],
  ["older", Number.POSITIVE_INFINITY]
] as const
export type AgeBucket = (typeof ageBuckets)[number][0]

export interface Pile {
  readonly count: number
  /** Gross, minor units. */
  readonly amount: bigint
}

export interface AgeingRow extends Pile {
  readonly state: RefundState
  readonly ages: Readonly<Record<AgeBucket, Pile>>
  /** The one that was asked for first. */
  readonly oldest: { readonly id: RefundId; readonly requestedAt: Instant }
}

export interface CurrencyAgeing {
  readonly currency: CurrencyCode
  /** Those that are least far first. */
  readonly rows: ReadonlyArray<AgeingRow>
  readonly total: Pile & { readonly ages: Readonly<Record<AgeBucket, Pile>> }
}

export const scopeOfAgeing = ({ currency }: AgeingQuery): ReportScope => ({
  ...(currency === null ? {} : { currency }),
  states: openStates
})

export const ageingFold = (query: AgeingQuery, now: Instant): ReportFold<ReadonlyArray<CurrencyAgeing>> => {
  const currencies = new Map<CurrencyCode, Map<RefundState, Age>>()
  return {
    add: (refund) => {
      const { amount, currency, deducts, id, requestedAt, state } = refund
      if (deducts || !holds(state) || (query.currency !== null && query.currency !== currency)) return
      const states = found(currencies, currency, () => new Map<RefundState, Age>())
      const age = found(states, state, () => ({ ages: noAges(), oldest: { id, requestedAt } }))
      pileUp(age.ages[bucketOf(now - requestedAt)], 1, amount)
      if (isBefore({ id, requestedAt }, age.oldest)) age.oldest = { id, requestedAt }
    },
    end: () =>
      [...currencies].sort(byName).map(([currency, states]) => {
        const rows = openStates.flatMap((state) => {
          const age = states.get(state)
          return age === undefined ? [] : [{ state, ...sumOf(age.ages), ...age }]
        })
        const ages = noAges()
        for (const row of rows) {
          for (const [bucket] of ageBuckets) pileUp(ages[bucket], row.ages[bucket].count, row.ages[bucket].amount)
        }
        return { currency, rows, total: { ...sumOf(ages), ages } }
      })
  }
}

type Oldest = AgeingRow["oldest"]
type MutablePile = { -readonly [Name in keyof Pile]: Pile[Name] }
type Ages = Record<AgeBucket, MutablePile>

interface Age {
  readonly ages: Ages
  oldest: Oldest
}

/** Two that were asked for in the same millisecond are told apart by their ids. */
const isBefore = (one: Oldest, other: Oldest): boolean =>
  one.requestedAt < other.requestedAt || (one.requestedAt === other.requestedAt && one.id < other.id)

const bucketOf = (age: number): AgeBucket => ageBuckets.find(([, end]) => age < end)?.[0] ?? "older"

const nothing = (): MutablePile => ({ count: 0, amount: 0n })
const noAges = (): Ages => ({
  under1h: nothing(),
  under1d: nothing(),
  under3d: nothing(),
  under7d: nothing(),
  older: nothing()
})

const pileUp = (pile: MutablePile, count: number, amount: bigint): void => {
  pile.count += count
  pile.amount += amount
}

const sumOf = (ages: Ages): Pile => {
  const sum = nothing()
  for (const [bucket] of ageBuckets) pileUp(sum, ages[bucket].count, ages[bucket].amount)
  return sum
}

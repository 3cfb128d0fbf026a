/**
 * What refunds come to, by day, reason, state or provider. Currencies are never added to one another. A return cost is no
 * refund of its own: it is in `retained`, where it was taken off.
 */
import type { CurrencyCode } from "./Currency.ts"
import type { Instant } from "./Ids.ts"
import { holds, isRefunded, payout, type Refund, RefundState } from "./Refund.ts"

/** `provider` is who moves the money; what goes to store credit or is paid out by hand has none. */
export const reportGroups = ["day", "reason", "state", "provider"] as const
export type ReportGroup = (typeof reportGroups)[number]

/** By which of its times a refund is of a day and of a period: when it was asked for, or when the money moved. */
export const reportDates = ["requested", "settled"] as const
export type ReportDate = (typeof reportDates)[number]

/** Refunds of `from` on and before `to`. Null: as far as there are any. */
export interface ReportQuery {
  readonly by: ReportGroup
  readonly dated: ReportDate
  readonly from: Instant | null
  readonly to: Instant | null
  readonly currency: CurrencyCode | null
}

/** Minor units. `amount` = `held` + `refunded` + `ended`; `refunded` = `paidOut` + `retained`. */
export interface ReportFigures {
  /** How many refunds. */
  readonly count: number
  /** What was asked for, gross. */
  readonly amount: bigint
  /** Of that: not over yet. */
  readonly held: bigint
  /** Settled, gross: what caps and components were used up by. */
  readonly refunded: bigint
  /** Over, and nothing was paid, or it was given back: failed, denied, canceled, reversed. */
  readonly ended: bigint
  /** Of what was refunded: what left. */
  readonly paidOut: bigint
  /** Of what was refunded: return costs that were taken off it. */
  readonly retained: bigint
  /** Of what was refunded: beyond what was ever collected. */
  readonly goodwill: bigint
  /** Of what was paid out: seen on a provider's report, or on the bank's line. */
  readonly reconciled: bigint
}

/** A day is named by its first instant, UTC. */
export type ReportKey = string | Instant | null

export interface ReportRow extends ReportFigures {
  readonly key: ReportKey
}

export interface CurrencyReport {
  readonly currency: CurrencyCode
  readonly rows: ReadonlyArray<ReportRow>
  readonly total: ReportFigures
  /** More reasons than these were given; what they come to, together. Null: there are no more. */
  readonly others: ReportFigures | null
}

/** What a report reads of a refund. */
export type Reported = Pick<
  Refund,
  | "id"
  | "currency"
  | "state"
  | "amount"
  | "provider"
  | "requestedAt"
  | "settledAt"
  | "reconciledAt"
  | "goodwill"
  | "deducts"
  | "deductions"
  | "texts"
>

/** Which refunds a report looks at; the fold leaves out what is of no report. */
export interface ReportScope {
  readonly currency?: CurrencyCode
  readonly requestedFrom?: Instant
  readonly requestedBefore?: Instant
  readonly states?: ReadonlyArray<RefundState>
}

/** Takes refunds one after the other, in any order, and keeps only figures. */
export interface ReportFold<A> {
  readonly add: (refund: Reported) => void
  readonly end: () => A
}

/** When the money moved is the fold's to look at: what was recorded may have moved before it was asked for. */
export const scopeOfReport = ({ currency, dated, from, to }: ReportQuery): ReportScope => ({
  ...(currency === null ? {} : { currency }),
  ...(dated === "requested" && from !== null ? { requestedFrom: from } : {}),
  ...(dated === "requested" && to !== null ? { requestedBefore: to } : {})
})

/** People write reasons, so there may be any number: of this many, each has a row of its own. */
export const mostKeys = 1_000

export const reportFold = (query: ReportQuery): ReportFold<ReadonlyArray<CurrencyReport>> => {
  const currencies = new Map<CurrencyCode, Map<ReportKey, Figures>>()
  const others = new Map<CurrencyCode, Figures>()
  const figuresOf = (refund: Reported, key: ReportKey): Figures => {
    const { currency } = refund
    const groups = found(currencies, currency, () => new Map<ReportKey, Figures>())
    const isNew = query.by === "reason" && groups.size >= mostKeys && !groups.has(key)
    return isNew ? found(others, currency, () => none()) : found(groups, key, () => none())
  }
  return {
    add: (refund) => {
      const at = query.dated === "requested" ? refund.requestedAt : refund.settledAt
      if (refund.deducts || at === null || !isWithin(query, refund.currency, at)) return
      add(figuresOf(refund, keyOf(query.by, refund, at)), refund)
    },
    end: () =>
      [...currencies].sort(byName).map(([currency, groups]) => {
        const rest = others.get(currency) ?? null
        return {
          currency,
          rows: [...groups].sort(orders[query.by]).map(([key, figures]) => ({ key, ...figures })),
          total: totalOf(rest === null ? [...groups.values()] : [...groups.values(), rest]),
          others: rest
        }
      })
  }
}

const isWithin = (query: ReportQuery, currency: CurrencyCode, at: Instant): boolean =>
  (query.currency === null || query.currency === currency) &&
  (query.from === null || at >= query.from) &&
  (query.to === null || at < query.to)

const day = 86_400_000

const keyOf = (by: ReportGroup, refund: Reported, at: Instant): ReportKey => {
  switch (by) {
    case "day":
      return Math.floor(at / day) * day
    case "reason":
      return refund.texts?.reason ?? null
    case "state":
      return refund.state
    case "provider":
      return refund.provider
  }
}

type Figures = { -readonly [Name in keyof ReportFigures]: ReportFigures[Name] }

const none = (): Figures => ({
  count: 0,
  amount: 0n,
  held: 0n,
  refunded: 0n,
  ended: 0n,
  paidOut: 0n,
  retained: 0n,
  goodwill: 0n,
  reconciled: 0n
})

const add = (figures: Figures, refund: Reported): void => {
  const { amount, state } = refund
  figures.count += 1
  figures.amount += amount
  if (holds(state)) {
    figures.held += amount
    return
  }
  if (!isRefunded(state)) {
    figures.ended += amount
    return
  }
  const left = payout(refund)
  figures.refunded += amount
  figures.paidOut += left
  figures.retained += amount - left
  figures.goodwill += refund.goodwill
  if (refund.reconciledAt !== null) figures.reconciled += left
}

const totalOf = (all: ReadonlyArray<Figures>): ReportFigures => {
  const total = none()
  for (const figures of all) {
    total.count += figures.count
    total.amount += figures.amount
    total.held += figures.held
    total.refunded += figures.refunded
    total.ended += figures.ended
    total.paidOut += figures.paidOut
    total.retained += figures.retained
    total.goodwill += figures.goodwill
    total.reconciled += figures.reconciled
  }
  return total
}

// ── in which order ───────────────────────────────────────────────────────────────────────────────────────────────────

type Group = readonly [key: ReportKey, figures: Figures]

export const byName = (one: readonly [string, unknown], other: readonly [string, unknown]): number =>
  one[0] < other[0] ? -1 : 1

/** None comes last among those that have the same. */
const byKey = ([one]: Group, [other]: Group): number => {
  if (one === null || other === null) return one === null ? 1 : -1
  return one < other ? -1 : 1
}

const byAmount = (one: Group, other: Group): number => {
  if (one[1].amount !== other[1].amount) return one[1].amount > other[1].amount ? -1 : 1
  return byKey(one, other)
}

/** Open is what holds money. */
export const openStates: ReadonlyArray<RefundState> = RefundState.literals.filter(holds)

const stateOrder: ReadonlyArray<ReportKey> = RefundState.literals
const byState = (one: Group, other: Group): number => stateOrder.indexOf(one[0]) - stateOrder.indexOf(other[0])

const orders: Record<ReportGroup, (one: Group, other: Group) => number> = {
  day: byKey,
  reason: byAmount,
  state: byState,
  provider: byAmount
}

/** What a map has by a key, made where it has none. */
export const found = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

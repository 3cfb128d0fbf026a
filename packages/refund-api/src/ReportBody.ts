/** What refunds come to, and how long those that are open have been so; each currency for itself. */
import { Result, Schema } from "effect"
import { type AgeingQuery, ageBuckets, type CurrencyAgeing } from "refund-core/Ageing"
import type { CurrencyCode } from "refund-core/Currency"
import type { Instant } from "refund-core/Ids"
import { maxMinor } from "refund-core/Money"
import { RefundState } from "refund-core/Refund"
import {
  type CurrencyReport,
  type ReportFigures,
  type ReportGroup,
  type ReportKey,
  type ReportQuery,
  reportDates,
  reportGroups
} from "refund-core/Report"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor, minorToJson } from "./Amount.ts"
import { Currency, decoder } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

const figures = {
  /** How many refunds. Return costs are none: they are in `retained`, where they were taken off. */
  count: Schema.Int,
  /** What was asked for, gross: `held` + `refunded` + `ended`. */
  amount: Minor,
  /** Of that: not over yet. */
  held: Minor,
  /** Settled, gross: `paidOut` + `retained`. */
  refunded: Minor,
  /** Failed, denied, canceled or reversed. */
  ended: Minor,
  paidOut: Minor,
  retained: Minor,
  /** Of what was refunded: beyond what was ever collected. */
  goodwill: Minor,
  /** Of what was paid out: seen on a provider's report, or on the bank's line. */
  reconciled: Minor
}

const Total = Schema.Struct(figures).annotate({ identifier: "ReportFigures" })

export const ReportRowBody = Schema.Struct({
  /** A day (UTC), a reason as it was written, a state, a provider's name; null: none. */
  key: Schema.NullOr(Schema.String),
  ...figures
}).annotate({ identifier: "ReportRow" })
export type ReportRowBody = typeof ReportRowBody.Type

/** `GET /v1/reports/day`, `reason`, `state` and `provider`. */
export const ReportBody = Schema.Struct({
  report: Schema.Literals(reportGroups),
  dated: Schema.Literals(reportDates),
  from: Schema.NullOr(Time),
  to: Schema.NullOr(Time),
  currencies: Schema.Array(
    Schema.Struct({
      currency: Schema.String,
      rows: Schema.Array(ReportRowBody),
      total: Total,
      /** What more reasons than have a row of their own come to; null: there are none. */
      others: Schema.NullOr(Total)
    })
  )
}).annotate({ identifier: "Report" })
export type ReportBody = typeof ReportBody.Type
export type ReportJson = typeof ReportBody.Encoded

const pile = { count: Schema.Int, amount: Minor }
const PileBody = Schema.Struct(pile)
const ages = Schema.Struct({
  under1h: PileBody,
  under1d: PileBody,
  under3d: PileBody,
  under7d: PileBody,
  older: PileBody
})

/** `GET /v1/reports/ageing`: what holds money, by state and by how long ago it was asked for. */
export const AgeingBody = Schema.Struct({
  at: Time,
  currencies: Schema.Array(
    Schema.Struct({
      currency: Schema.String,
      rows: Schema.Array(
        Schema.Struct({
          state: RefundState,
          ...pile,
          ages,
          /** The one that was asked for first. */
          oldest: Schema.Struct({ id: Schema.String, requestedAt: Time })
        })
      ),
      total: Schema.Struct({ ...pile, ages })
    })
  )
}).annotate({ identifier: "Ageing" })
export type AgeingBody = typeof AgeingBody.Type
export type AgeingJson = typeof AgeingBody.Encoded

const currency = Schema.optionalKey(Currency)

/** Refunds of `from` on and before `to`. `dated`: by when they were asked for, or by when the money moved. */
export const ReportParameters = Schema.Struct({
  from: Schema.optionalKey(Time),
  to: Schema.optionalKey(Time),
  currency,
  dated: Schema.optionalKey(Schema.Literals(reportDates))
})
/** Everything is text in a query. */
export type ReportParametersJson = typeof ReportParameters.Encoded

export const AgeingParameters = Schema.Struct({ currency })
export type AgeingParametersJson = typeof AgeingParameters.Encoded

const decodeReport = decoder(ReportParameters)
const decodeAgeing = decoder(AgeingParameters)

export const toReportQuery = (by: ReportGroup, query: unknown): Result.Result<ReportQuery, Rejected> =>
  decodeReport(query).pipe(
    Result.mapError(rejected),
    Result.map((asked) => ({
      by,
      dated: asked.dated ?? "requested",
      from: asked.from ?? null,
      to: asked.to ?? null,
      currency: (asked.currency ?? null) as CurrencyCode | null
    }))
  )

export const toAgeingQuery = (query: unknown): Result.Result<AgeingQuery, Rejected> =>
  decodeAgeing(query).pipe(
    Result.mapError(rejected),
    Result.map((asked) => ({ currency: (asked.currency ?? null) as CurrencyCode | null }))
  )

/** Each figure of a ledger is at most 2^53 − 1; what many of them come to may be more, and is not said inexactly. */
const tooMuch = (path: string): Result.Result<never, Rejected> =>
  Result.fail(
    rejected([
      {
        _tag: "Malformed",
        path,
        expected: "less of it at once: together it is more than 2^53 - 1, which JSON cannot say exactly"
      }
    ])
  )

const isTooMuch = (found: ReadonlyArray<{ readonly total: { readonly amount: bigint } }>): boolean =>
  found.some(({ total }) => total.amount > maxMinor)

export const reportToJson = (
  { by, dated, from, to }: ReportQuery,
  found: ReadonlyArray<CurrencyReport>
): Result.Result<ReportJson, Rejected> =>
  isTooMuch(found)
    ? tooMuch("from")
    : Result.succeed({
        report: by,
        dated,
        from: from === null ? null : timeToJson(from),
        to: to === null ? null : timeToJson(to),
        currencies: found.map((each) => ({
          currency: each.currency,
          rows: each.rows.map((row) => ({ key: keyToJson(row.key), ...figuresToJson(row) })),
          total: figuresToJson(each.total),
          others: each.others === null ? null : figuresToJson(each.others)
        }))
      })

const keyToJson = (key: ReportKey): string | null => (typeof key === "number" ? timeToJson(key).slice(0, 10) : key)

const figuresToJson = (all: ReportFigures): typeof Total.Encoded => ({
  count: all.count,
  amount: minorToJson(all.amount),
  held: minorToJson(all.held),
  refunded: minorToJson(all.refunded),
  ended: minorToJson(all.ended),
  paidOut: minorToJson(all.paidOut),
  retained: minorToJson(all.retained),
  goodwill: minorToJson(all.goodwill),
  reconciled: minorToJson(all.reconciled)
})

export const ageingToJson = (at: Instant, found: ReadonlyArray<CurrencyAgeing>): Result.Result<AgeingJson, Rejected> =>
  isTooMuch(found)
    ? tooMuch("currency")
    : Result.succeed({
        at: timeToJson(at),
        currencies: found.map(({ currency, rows, total }) => ({
          currency,
          rows: rows.map(({ oldest, state, ...row }) => ({
            state,
            ...pileToJson(row),
            ages: agesToJson(row.ages),
            oldest: { id: oldest.id, requestedAt: timeToJson(oldest.requestedAt) }
          })),
          total: { ...pileToJson(total), ages: agesToJson(total.ages) }
        }))
      })

type Pile = CurrencyAgeing["total"]["ages"]["older"]

const pileToJson = ({ amount, count }: Pile): typeof PileBody.Encoded => ({ count, amount: minorToJson(amount) })

const agesToJson = (all: CurrencyAgeing["total"]["ages"]): typeof ages.Encoded =>
  Object.fromEntries(ageBuckets.map(([bucket]) => [bucket, pileToJson(all[bucket])])) as typeof ages.Encoded

/** Reports as CSV: amounts are decimals of the row's currency, and totals are left to whoever adds. */
import type { AgeingBody, ReportBody, ReportRowBody } from "refund-api/ReportBody"
import { timeToJson } from "refund-api/Time"
import { ageBuckets } from "refund-core/Ageing"
import { type CsvCell, csvRows, figureOf, guarded } from "./csv.ts"

const amounts = ["amount", "held", "refunded", "ended", "paidOut", "retained", "goodwill", "reconciled"] as const

/** The last line's end is the printer's. */
const lines = (rows: ReadonlyArray<ReadonlyArray<CsvCell>>): string => csvRows(rows).replace(/\n$/, "")

export const reportCsv = ({ currencies, report }: ReportBody): string => {
  const row = (currency: string, key: string | null, figures: Omit<ReportRowBody, "key">): ReadonlyArray<CsvCell> => [
    currency,
    guarded(key),
    figures.count,
    ...amounts.map((name) => figureOf(figures[name], currency))
  ]
  return lines([
    ["currency", report, "refunds", ...amounts],
    ...currencies.flatMap(({ currency, others, rows }) => [
      ...rows.map(({ key, ...figures }) => row(currency, key, figures)),
      ...(others === null ? [] : [row(currency, "(other reasons)", others)])
    ])
  ])
}

export const ageingCsv = ({ currencies }: AgeingBody): string =>
  lines([
    [
      ...["currency", "state", "refunds", "amount"],
      ...ageBuckets.flatMap(([bucket]) => [bucket, `${bucket}Amount`]),
      ...["oldest", "oldestRequestedAt"]
    ],
    ...currencies.flatMap(({ currency, rows }) =>
      rows.map(
        ({ ages, amount, count, oldest, state }): ReadonlyArray<CsvCell> => [
          ...[currency, state, count, figureOf(amount, currency)],
          ...ageBuckets.flatMap(([bucket]) => [ages[bucket].count, figureOf(ages[bucket].amount, currency)]),
          ...[oldest.id, timeToJson(oldest.requestedAt)]
        ]
      )
    )
  ])

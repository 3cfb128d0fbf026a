/** Reports as tables, with a bar beside each line where somebody looks at them. */
import type { AgeingBody, ReportBody, ReportRowBody } from "refund-api/ReportBody"
import { ageBuckets } from "refund-core/Ageing"
import { harmless, type Paint } from "./paint.ts"
import { type Cell, type Column, table } from "./table.ts"
import { decimal, moment, stateCell } from "./words.ts"

interface How {
  readonly paint: Paint
  /** It is shown on a terminal. */
  readonly chart: boolean
}

type Figures = Omit<ReportRowBody, "key">

/** The others are shown where there is anything in them. */
const figureColumns = [
  ["asked for", "amount", true],
  ["held", "held", true],
  ["refunded", "refunded", true],
  ["ended", "ended", false],
  ["paid out", "paidOut", true],
  ["retained", "retained", false],
  ["goodwill", "goodwill", false],
  ["reconciled", "reconciled", false]
] as const

const titles = { day: "day", reason: "reason", state: "state", provider: "provider" } as const
const withoutKey = { day: "", reason: "(no reason)", state: "", provider: "(by hand, or credit)" } as const

const right = (name: string): Column => ({ name, right: true })

const widest = 24
/** Beside an id. */
const narrow = 10

/** What is refunded of it is full. */
const barOf = ({ amount, refunded }: Figures, most: bigint): string => {
  const lengthOf = (part: bigint) => (most === 0n ? 0 : Number((part * BigInt(widest)) / most))
  const length = amount > 0n ? Math.max(1, lengthOf(amount)) : 0
  const full = amount === 0n ? 0 : Number((refunded * BigInt(length)) / amount)
  return "█".repeat(full) + "░".repeat(length - full)
}

export const reportInWords = (report: ReportBody, { chart, paint }: How): string => {
  if (report.currencies.length === 0) return "No refunds"
  const sections = report.currencies.map(({ currency, others, rows, total }) => {
    const columns = figureColumns.filter(([, name, always]) => always || total[name] > 0n)
    const most = rows.reduce((found, { amount }) => (amount > found ? amount : found), 0n)
    const line = (title: Cell, figures: Figures, last: string): ReadonlyArray<Cell> => [
      title,
      String(figures.count),
      ...columns.map(([, name]) => decimal(figures[name], currency)),
      last
    ]
    const shown = [
      ...rows.map((row) => line(keyCell(report, row.key), row, chart ? barOf(row, most) : "")),
      ...(others === null ? [] : [line({ text: "(other reasons)", style: "dim" }, others, "")]),
      line({ text: "total", style: "bold" }, total, "")
    ]
    const head = [
      { name: titles[report.report] },
      right("refunds"),
      ...columns.map(([name]) => right(name)),
      { name: "" }
    ]
    return `${paint("bold", currency)}${periodOf(report)}\n${table(head, shown, paint)}`
  })
  return sections.join("\n\n")
}

const keyCell = ({ report }: ReportBody, key: string | null): Cell => {
  if (key === null) return { text: withoutKey[report], style: "dim" }
  if (key === "") return { text: "(empty)", style: "dim" }
  return report === "state" ? stateCell(key as Parameters<typeof stateCell>[0]) : key
}

const periodOf = ({ dated, from, to }: ReportBody): string => {
  const how = dated === "settled" ? ", by when the money moved" : ""
  const since = from === null ? "" : `, from ${moment(from)}`
  return `${how}${since}${to === null ? "" : `, before ${moment(to)}`}`
}

const ageTitles = { under1h: "< 1 h", under1d: "< 1 d", under3d: "< 3 d", under7d: "< 7 d", older: "older" } as const

export const ageingInWords = ({ currencies }: AgeingBody, { chart, paint }: How): string => {
  if (currencies.length === 0) return "Nothing is open"
  const sections = currencies.map(({ currency, rows, total }) => {
    const most = Math.max(...rows.map(({ count }) => count))
    const counts = (ages: (typeof total)["ages"]): ReadonlyArray<Cell> =>
      ageBuckets.map(([bucket]) => {
        const { count } = ages[bucket]
        if (count === 0) return { text: "–", style: "dim" }
        return bucket === "older" ? { text: String(count), style: "red" } : String(count)
      })
    const shown = [
      ...rows.map(
        ({ ages, amount, count, oldest, state }): ReadonlyArray<Cell> => [
          stateCell(state),
          String(count),
          decimal(amount, currency),
          ...counts(ages),
          `${moment(oldest.requestedAt).slice(0, 10)}  ${oldest.id}`,
          chart ? "█".repeat(Math.max(1, Math.floor((count / most) * narrow))) : ""
        ]
      ),
      [
        { text: "total", style: "bold" } as const,
        String(total.count),
        decimal(total.amount, currency),
        ...counts(total.ages)
      ]
    ]
    const head = [
      { name: "state" },
      right("refunds"),
      right("amount"),
      ...ageBuckets.map(([bucket]) => right(ageTitles[bucket])),
      { name: "the oldest, asked for" },
      { name: "" }
    ]
    return `${paint("bold", harmless(currency))}\n${table(head, shown, paint)}`
  })
  return sections.join("\n\n")
}

/** Figures of all rounds as a table and as a picture. Ratios are taken round by round: a shared machine has fast and slow ones. */
import { echo, names } from "./contenders.ts"

/** One round's. */
export interface Measured {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

export type Results = ReadonlyMap<string, ReadonlyArray<Measured>>

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const withSpread = (numbers: ReadonlyArray<number>, digits: number): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`

const ratios = (results: Results, name: string, over: string, of: keyof Measured = "perSecond") => {
  const [figures = [], bases = []] = [results.get(name), results.get(over)]
  return figures.map((each, round) => each[of] / (bases[round]?.[of] ?? Number.NaN))
}

export const table = (results: Results): string => {
  const rows = [...results].map(([name, figures]) => {
    const speed = withSpread(
      figures.map((each) => each.perSecond),
      0
    )
    const [p50, p99] = (["p50", "p99"] as const).map((of) => median(figures.map((each) => each[of])).toFixed(1))
    return `| ${name} | ${speed} | ${p50} | ${p99} | ${withSpread(ratios(results, name, echo), 2)} |`
  })
  return ["| median (min–max) | refunds/s | p50 ms | p99 ms | over Express echo |", "| --- | --- | --- | --- | --- |"]
    .concat(rows)
    .join("\n")
}

interface Goal {
  readonly what: string
  readonly name: string
  readonly over: string
  readonly of?: keyof Measured
  readonly goal: string
}

const { postgres, sqlite } = names

/** What is to be reached with 64 connections, and with eight. */
const goals: Readonly<Record<number, ReadonlyArray<Goal>>> = {
  64: [
    { what: "SQLite over Express echo", name: sqlite.ledger, over: echo, goal: "≥ 0.5" },
    { what: "PostgreSQL over Express + pg by hand", name: postgres.ledger, over: postgres.byHand, goal: "≥ 1.5" },
    { what: "one hot order over many, SQLite", name: sqlite.hot, over: sqlite.ledger, goal: "≥ 0.9" },
    { what: "one hot order over many, PostgreSQL", name: postgres.hot, over: postgres.ledger, goal: "≥ 0.9" },
    { what: "one hot order over one by hand, PostgreSQL", name: postgres.hot, over: postgres.byHandHot, goal: "≥ 4" },
    { what: "PostgreSQL over emmett", name: postgres.ledger, over: postgres.emmett, goal: "" }
  ],
  8: [
    { what: "p99, SQLite over by hand", name: sqlite.ledger, over: sqlite.byHand, of: "p99", goal: "≤ 1" },
    { what: "p99, PostgreSQL over by hand", name: postgres.ledger, over: postgres.byHand, of: "p99", goal: "≤ 1" }
  ]
}

/** Null where none of them was in the field. */
export const reached = (results: Results, connections: number): string | null => {
  const rows = (goals[connections] ?? []).flatMap(({ goal, name, of, over, what }) => {
    const found = ratios(results, name, over, of).filter(Number.isFinite)
    return found.length === 0 ? [] : [`| ${what} | ${withSpread(found, 2)} | ${goal} |`]
  })
  return rows.length === 0 ? null : ["| ratio | median (min–max) | goal |", "| --- | --- | --- |", ...rows].join("\n")
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

/** Bars of the medians, the slowest and the fastest round as a line over each. */
export const picture = (results: Results, title: string): string => {
  const [left, width, row, top] = [380, 760, 26, 46]
  const bars = [...results].map(([name, figures]) => {
    const speeds = figures.map((each) => each.perSecond)
    return { name, speed: median(speeds), least: Math.min(...speeds), most: Math.max(...speeds) }
  })
  const highest = Math.max(...bars.map(({ most }) => most), 1)
  const x = (speed: number) => (left + (speed / highest) * (width - left - 90)).toFixed(1)
  const lines = bars.flatMap(({ least, most, name, speed }, index) => {
    const y = top + index * row
    const color = name.startsWith("refund ledger") ? "#0b6e4f" : "#9aa5b1"
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${left}" y="${y}" width="${(Number(x(speed)) - left).toFixed(1)}" height="18" fill="${color}"/>`,
      `<line x1="${x(least)}" y1="${y + 9}" x2="${x(most)}" y2="${y + 9}" stroke="#1f2933"/>`,
      `<text x="${(Number(x(most)) + 8).toFixed(1)}" y="${y + 13}">${speed.toFixed(0)}</text>`
    ]
  })
  const height = top + bars.length * row + 12
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="24" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...lines,
    "</svg>",
    ""
  ].join("\n")
}

/** What became of the rows so far. */
import type { BatchResult } from "refund-api/BatchBody"
import { isNew } from "refund-service/importing/answering"

export interface Reason {
  readonly code: string
  readonly count: number
  /** The first of them, as an example. */
  readonly row: number
  readonly example: string
}

export interface Tally {
  readonly rows: number
  /** Made, or changed, by this import. */
  readonly made: number
  /** There already, the same. */
  readonly there: number
  readonly rejected: number
  readonly reasons: ReadonlyArray<Reason>
  /** One of the rejected rows: nobody could tell where it ends, and nothing behind it was read. Null: all was read. */
  readonly endedAtRow: number | null
}

export const nothingYet: Tally = { rows: 0, made: 0, there: 0, rejected: 0, reasons: [], endedAtRow: null }

export type Fate = "made" | "there" | { readonly reason: string; readonly endsReading?: boolean }

export const fateOf = (result: BatchResult): Fate => {
  if ("problem" in result) {
    const { code, detail, violations } = result.problem
    const said = violations.map((each) => `${String(each["code"])}: ${String(each["message"])}`)
    return { reason: said.length > 0 ? said.join("; ") : `${code}: ${detail}` }
  }
  return isNew(result) ? "made" : "there"
}

export const counted = (tally: Tally, row: number, fate: Fate): Tally => {
  const rows = tally.rows + 1
  if (fate === "made") return { ...tally, rows, made: tally.made + 1 }
  if (fate === "there") return { ...tally, rows, there: tally.there + 1 }
  const reasons = withReason(tally.reasons, row, fate.reason)
  const endedAtRow = fate.endsReading === true ? row : tally.endedAtRow
  return { ...tally, rows, rejected: tally.rejected + 1, reasons, endedAtRow }
}

/** By the code that a reason begins with. */
const withReason = (reasons: ReadonlyArray<Reason>, row: number, reason: string): ReadonlyArray<Reason> => {
  const code = /^[A-Za-z0-9]+(?=:)/.exec(reason)?.[0] ?? "Malformed"
  const known = reasons.find((each) => each.code === code)
  if (known === undefined) return [...reasons, { code, count: 1, row, example: reason.slice(0, 200) }]
  return reasons.map((each) => (each === known ? { ...each, count: each.count + 1 } : each))
}

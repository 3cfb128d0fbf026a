/** Columns that line up, amounts to the right. */
import { displayWidth } from "effect/cli/CliOutput"
import { harmless, type Paint, type Style } from "./paint.ts"

export interface Column {
  readonly name: string
  readonly right?: true
}

export type Cell = string | { readonly text: string; readonly style: Style }

export const table = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  paint: Paint
): string => {
  const head: ReadonlyArray<Cell> = columns.map(({ name }) => ({ text: name, style: "dim" }))
  const lines = [head, ...rows].map((row) => row.map(cleaned))
  const widths = columns.map((_, index) => Math.max(...lines.map((row) => displayWidth(row[index]?.text ?? ""))))
  return lines
    .map((row) =>
      row
        .map(({ style, text }, index) => {
          const gap = " ".repeat((widths[index] ?? 0) - displayWidth(text))
          const shown = style === null ? text : paint(style, text)
          return columns[index]?.right === true ? gap + shown : shown + gap
        })
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

const cleaned = (cell: Cell): { readonly text: string; readonly style: Style | null } =>
  typeof cell === "string" ? { text: harmless(cell), style: null } : { text: harmless(cell.text), style: cell.style }

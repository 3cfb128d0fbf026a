/** Text cut to what a terminal shows: what wraps around or scrolls away cannot be drawn over. */
import { displayWidth } from "effect/cli/CliOutput"

const graphemes = new Intl.Segmenter()
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
const colours = /(\u001b\[\d+m)/

/** Colours take no room, and end with what is cut off. */
export const cutTo = (columns: number, line: string): string => {
  let left = columns
  let cut = ""
  let isColoured = false
  for (const part of line.split(colours)) {
    if (colours.test(part)) {
      cut += part
      isColoured = true
      continue
    }
    for (const { segment } of graphemes.segment(part)) {
      left -= displayWidth(segment)
      if (left < 0) return isColoured ? `${cut}\u001b[0m` : cut
      cut += segment
    }
  }
  return cut
}

/** The first lines and the last, which says until when: the middle is told by its number. */
export const fitted = (
  text: string,
  { columns, rows }: { readonly columns: number; readonly rows: number }
): string => {
  const lines = text.split("\n")
  const last = lines.at(-1) ?? ""
  const kept = Math.max(1, rows - 2)
  const shown =
    lines.length <= rows ? lines : [...lines.slice(0, kept), `… ${lines.length - kept - 1} more lines`, last]
  return shown.map((line) => cutTo(columns, line)).join("\n")
}

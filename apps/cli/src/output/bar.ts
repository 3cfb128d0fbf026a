/** How far something long has come: one line on a terminal's standard error, drawn over, and nothing anywhere else. */
import type { Shell } from "../Shell.ts"

export interface Progress {
  readonly done: number
  /** Of how many; null: nobody knows. */
  readonly total: number | null
  /** What is counted for the rate, and what it is called. */
  readonly count: number
  readonly unit: string
}

export interface Bar {
  readonly show: (progress: Progress) => void
  /** Leaves the line clean for whatever is told next. */
  readonly clear: () => void
}

const width = 24
const redrawnEvery = 100

export const noBar: Bar = { show: () => {}, clear: () => {} }

/** `now`: milliseconds that never go back. */
export const barOn = (
  { columns, draw }: Pick<Shell["Service"], "columns" | "draw">,
  now: () => number = () => performance.now()
): Bar => {
  if (draw === null) return noBar
  let begun: { readonly at: number; readonly progress: Progress } | null = null
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    show: (progress) => {
      const at = now()
      begun ??= { at, progress }
      if (at - drawnAt < redrawnEvery && progress.done !== progress.total) return
      drawnAt = at
      draw(lineOf(progress, begun.progress, (at - begun.at) / 1000, columns()))
    },
    clear: () => draw("")
  }
}

/** Rate and time left are of this run, not of what an earlier one had done. Where there is little room, figures go first. */
export const lineOf = (
  { count, done, total, unit }: Progress,
  begun: Progress,
  seconds: number,
  columns = Number.POSITIVE_INFINITY
): string => {
  const rate = seconds > 0 ? (count - begun.count) / seconds : 0
  const told = `${count.toLocaleString("en")} ${unit}, ${Math.round(rate).toLocaleString("en")}/s`
  if (total === null || total === 0) return told
  const part = Math.min(1, done / total)
  const filled = Math.floor(part * width)
  const speed = seconds > 0 ? (done - begun.done) / seconds : 0
  const left = speed > 0 ? `, ${timeOf((total - done) / speed)} left` : ""
  const figures = `${Math.floor(part * 100)} %  ${told}${left}`
  const picture = `${"█".repeat(filled)}${"░".repeat(width - filled)} `
  return picture.length + figures.length < columns ? picture + figures : figures
}

const timeOf = (seconds: number): string => {
  const whole = Math.max(0, Math.ceil(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`
}

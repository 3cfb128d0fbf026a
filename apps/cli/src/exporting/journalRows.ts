/** Journal entries and postings as rows of a table. */
import type { JournalPageBody, PostingBody } from "refund-api/JournalBody"
import { timeToJson } from "refund-api/Time"
import { type CsvCell, figureOf } from "../output/csv.ts"

type Entry = JournalPageBody["entries"][number]

/** What was hashed is in `entry`, as JSON. */
export const entryColumns = ["chain", "seq", "recordedAt", "by", "door", "events", "hash", "entry"]

interface Hashed {
  readonly at?: unknown
  readonly by?: unknown
  readonly door?: unknown
  readonly events?: unknown
}

export const entryRow = ({ chain, entry, hash, seq }: Entry): ReadonlyArray<CsvCell> => {
  const { at, by, door, events } = (typeof entry === "object" && entry !== null ? entry : {}) as Hashed
  const names = Array.isArray(events)
    ? events.map((event: { readonly _tag?: unknown }) => String(event._tag)).join(" ")
    : ""
  const when = typeof at === "number" ? timeToJson(at) : null
  return [chain, seq, when, textOf(by), textOf(door), names, hash, JSON.stringify(entry)]
}

const textOf = (value: unknown): CsvCell => (typeof value === "string" ? value : null)

export const postingColumns = [
  "source",
  "recordedAt",
  "effectiveAt",
  "bookedAt",
  "account",
  "debit",
  "credit",
  "amount",
  "currency"
]

/** A row each line: debits above 0, credits below. */
export const postingRows = ({
  bookedAt,
  currency,
  effectiveAt,
  lines,
  recordedAt,
  source
}: PostingBody): ReadonlyArray<ReadonlyArray<CsvCell>> =>
  lines.map(({ account, amount }) => [
    source,
    timeToJson(recordedAt),
    timeToJson(effectiveAt),
    timeToJson(bookedAt),
    account,
    amount > 0n ? figureOf(amount, currency) : null,
    amount < 0n ? figureOf(-amount, currency) : null,
    figureOf(amount, currency),
    currency
  ])

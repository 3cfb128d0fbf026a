/** The journal: entries as they were hashed, and the postings in them as double entry. */
import { Result, Schema } from "effect"
import type { EventOf } from "refund-core/Event"
import { OrderId } from "refund-core/Ids"
import { readEntry } from "refund-core/Journal"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import { Account } from "refund-core/postings"
import { type Rejected, rejected } from "refund-core/Violation"
import { minorToJson, signedMinor } from "./Amount.ts"
import { GroupBody, RefundBody } from "./RefundBody.ts"
import { decoder, identifier } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

export const JournalEntryBody = Schema.Struct({
  chain: Schema.String,
  seq: Schema.Int,
  hash: Schema.String,
  /** What was hashed: who, when, and the events. */
  entry: Schema.Unknown
})
export type JournalEntryJson = typeof JournalEntryBody.Encoded

export const PostingBody = Schema.Struct({
  /** The number of the entry it is in. */
  seq: Schema.Int,
  recordedAt: Time,
  /** `refund:<id>` or `dispute:<id>`. */
  source: Schema.String,
  currency: Schema.String,
  /** When the money moved. */
  effectiveAt: Time,
  /** The date it is booked under: another than `effectiveAt` where that was in a closed period. */
  bookedAt: Time,
  /** Debits above 0, credits below; together 0. */
  lines: Schema.Array(Schema.Struct({ account: Account, amount: signedMinor("a whole number of minor units") }))
})
export type PostingBody = typeof PostingBody.Type
export type PostingJson = typeof PostingBody.Encoded

/** `GET /v1/journal?order=ID`: all of one order's, oldest first. */
export const JournalBody = Schema.Struct({
  entries: Schema.Array(JournalEntryBody),
  postings: Schema.Array(PostingBody)
})
export type JournalBody = typeof JournalBody.Type
export type JournalJson = typeof JournalBody.Encoded

/** The entries that concern it, and what was booked for it; there for who may read reports. */
const journal = {
  journal: Schema.optionalKey(JournalBody.fields.entries),
  postings: Schema.optionalKey(JournalBody.fields.postings)
}
export const RefundWithJournal = Schema.Struct({ ...RefundBody.fields, ...journal })
export const GroupWithJournal = Schema.Struct({ ...GroupBody.fields, ...journal })

const decode = decoder(Schema.Struct({ order: identifier }))
const isOrderId = Schema.is(OrderId)

/** The order of the query. An id that no order can have is the id of none. */
export const toJournalOrder = (query: unknown): Result.Result<OrderId, Rejected> =>
  Result.flatMap(Result.mapError(decode(query), rejected), ({ order }) =>
    isOrderId(order) ? Result.succeed(order) : Result.fail(rejected([{ _tag: "OrderNotFound", orderId: order }]))
  )

export const journalToJson = (entries: ReadonlyArray<JournalEntry>): JournalJson => ({
  entries: entries.map(entryToJson),
  postings: entries.flatMap(postingsOf)
})

/** Of an order's journal, what concerns these refunds. */
export const journalOfRefunds = (entries: ReadonlyArray<JournalEntry>, ids: ReadonlyArray<string>) => {
  const concerning = entries.filter(({ text }) => ids.some((id) => text.includes(id)))
  const sources = new Set(ids.map((id) => `refund:${id}`))
  const postings = concerning.flatMap(postingsOf).filter(({ source }) => sources.has(source))
  return { journal: concerning.map(entryToJson), postings }
}

const entryToJson = ({ chain, hash, seq, text }: JournalEntry): JournalEntryJson => ({
  chain,
  seq,
  hash,
  entry: JSON.parse(text) as unknown
})

/** An entry that cannot be read is shown as it is; `verify` says what is wrong with it. */
const postingsOf = ({ seq, text }: JournalEntry): ReadonlyArray<PostingJson> => {
  const read = readEntry(text)
  if (Result.isFailure(read)) return []
  const { events, stamp } = read.success
  return events
    .filter((event): event is EventOf<"Posted"> => event._tag === "Posted")
    .map(({ bookedAt, currency, effectiveAt, lines, source }) => ({
      seq,
      recordedAt: timeToJson(stamp.at),
      source,
      currency,
      effectiveAt: timeToJson(effectiveAt),
      bookedAt: timeToJson(bookedAt),
      lines: lines.map(({ account, amount }) => ({ account, amount: minorToJson(amount) }))
    }))
}

/** The journal: entries as they were hashed, and the postings in them as double entry. */
import { Result, Schema } from "effect"
import type { EventOf } from "refund-core/Event"
import { OrderId } from "refund-core/Ids"
import { creditChain, orderChain, readEntry, settingsChain } from "refund-core/Journal"
import { notifications } from "refund-core/Notification"
import type { JournalEntry, JournalPage } from "refund-core/ports/LedgerReader"
import { Account } from "refund-core/postings"
import { goesToCredit, type Refund } from "refund-core/Refund"
import { type Rejected, rejected } from "refund-core/Violation"
import { minorToJson, signedMinor } from "./Amount.ts"
import { NotificationBody, notificationToJson } from "./EventBody.ts"
import { limitOf, pageLimit } from "./Page.ts"
import { GroupBody, RefundBody } from "./RefundBody.ts"
import { Currency, decoder, named } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

export const JournalEntryBody = Schema.Struct({
  chain: Schema.String,
  seq: Schema.Int,
  hash: Schema.String,
  /** What was hashed: who, when, and the events. */
  entry: Schema.Unknown
}).annotate({ identifier: "JournalEntry" })
export type JournalEntryJson = typeof JournalEntryBody.Encoded

export const PostingBody = Schema.Struct({
  /** The number of the entry it is in. */
  seq: Schema.Int,
  recordedAt: Time,
  /** `refund:<id>`, `dispute:<id>`, `credit:<capture>` or `credit:expired`. */
  source: Schema.String,
  currency: Schema.String,
  /** When the money moved. */
  effectiveAt: Time,
  /** The date it is booked under: another than `effectiveAt` where that was in a closed period. */
  bookedAt: Time,
  /** Debits above 0, credits below; together 0. */
  lines: Schema.Array(Schema.Struct({ account: Account, amount: signedMinor("a whole number of minor units") }))
}).annotate({ identifier: "Posting" })
export type PostingBody = typeof PostingBody.Type
export type PostingJson = typeof PostingBody.Encoded

/** `GET /v1/journal`: all of one order's or account's, oldest first. */
export const JournalBody = Schema.Struct({
  entries: Schema.Array(JournalEntryBody),
  postings: Schema.Array(PostingBody)
}).annotate({ identifier: "Journal" })
export type JournalBody = typeof JournalBody.Type
export type JournalJson = typeof JournalBody.Encoded

/** `GET /v1/journal/entries`: all chains', oldest first. */
export const JournalPageBody = Schema.Struct({ ...JournalBody.fields, next: Schema.NullOr(Schema.String) })
export type JournalPageBody = typeof JournalPageBody.Type

export const EntriesQuery = Schema.Struct({
  cursor: Schema.optionalKey(named),
  limit: Schema.optionalKey(pageLimit)
})
export type EntriesQueryJson = typeof EntriesQuery.Encoded

const decodePage = decoder(EntriesQuery)

export const toEntriesPage = (
  query: unknown
): Result.Result<{ readonly limit: number; readonly cursor: string | null }, Rejected> =>
  decodePage(query).pipe(
    Result.mapError(rejected),
    Result.map(({ cursor, limit }) => ({ limit: limitOf(limit), cursor: cursor ?? null }))
  )

export const journalPageToJson = ({ entries, next }: JournalPage): typeof JournalPageBody.Encoded => ({
  ...journalToJson(entries),
  next
})

/** The entries that concern it, what was booked for it and what was told of it; there for who may read reports. */
const journal = {
  journal: Schema.optionalKey(JournalBody.fields.entries),
  postings: Schema.optionalKey(JournalBody.fields.postings),
  notifications: Schema.optionalKey(Schema.Array(NotificationBody))
}
export const RefundWithJournal = Schema.Struct({ ...RefundBody.fields, ...journal }).annotate({
  identifier: "RefundStory"
})
export const GroupWithJournal = Schema.Struct({ ...GroupBody.fields, ...journal }).annotate({
  identifier: "RefundGroupStory"
})

/** One order's entries, those of a customer's account in one currency, or those of the tenant's settings: keys, policy, webhooks. */
export const JournalQuery = Schema.Struct({
  settings: Schema.optionalKey(Schema.Literal("true").annotate({ message: "true" })),
  order: Schema.optionalKey(named),
  customer: Schema.optionalKey(named),
  currency: Schema.optionalKey(Currency)
})
export type JournalQueryJson = typeof JournalQuery.Encoded

const decode = decoder(JournalQuery)
const isOrderId = Schema.is(OrderId)

/** The chain that is asked for. An id that no order can have is the id of none. */
export const toJournalChain = (query: unknown): Result.Result<string, Rejected> =>
  Result.flatMap(Result.mapError(decode(query), rejected), ({ currency, customer, order, settings }) => {
    if (settings !== undefined && order === undefined && customer === undefined && currency === undefined) {
      return Result.succeed(settingsChain)
    }
    if (settings === undefined && order !== undefined && customer === undefined && currency === undefined) {
      if (isOrderId(order)) return Result.succeed(orderChain(order))
      return Result.fail(rejected([{ _tag: "OrderNotFound", orderId: order }]))
    }
    if (settings === undefined && order === undefined && customer !== undefined && currency !== undefined) {
      return Result.succeed(creditChain(customer, currency))
    }
    const expected = "an order, a customer beside a currency, or settings=true"
    return Result.fail(rejected([{ _tag: "Malformed", path: "order", expected }]))
  })

export const journalToJson = (entries: ReadonlyArray<JournalEntry>): JournalJson => ({
  entries: entries.map(entryToJson),
  postings: entries.flatMap(postingsOf)
})

/** The chains that have something to say of these refunds, which are of one order: its own, and the customer's account. */
export const chainsOf = (group: readonly [Refund, ...Array<Refund>]): ReadonlyArray<string> => {
  const [{ currency, customerId, orderId }] = group
  const credited = customerId !== null && group.some(goesToCredit)
  return [orderChain(orderId), ...(credited ? [creditChain(customerId, currency)] : [])]
}

/** Of these chains, what concerns the refunds: who did what and when, what was booked, what was told or kept quiet. */
export const storyOf = (chains: ReadonlyArray<ReadonlyArray<JournalEntry>>, group: ReadonlyArray<Refund>) => {
  const refunds = new Map(group.map((refund) => [refund.id, refund]))
  const sources = new Set(group.map(({ id }) => `refund:${id}`))
  const concerning = chains
    .flat()
    .filter(({ text }) => group.some(({ id }) => text.includes(id)))
    .map((entry) => ({ entry, read: Result.getOrNull(readEntry(entry.text)) }))
    .toSorted((one, other) => (one.read?.stamp.at ?? 0) - (other.read?.stamp.at ?? 0))
  return {
    journal: concerning.map(({ entry }) => entryToJson(entry)),
    postings: concerning.flatMap(({ entry }) => postingsOf(entry)).filter(({ source }) => sources.has(source)),
    notifications: concerning.flatMap(({ read }) =>
      read === null
        ? []
        : notifications(read, (id) => refunds.get(id))
            .filter(({ refund }) => refund !== null)
            .map((notification) => notificationToJson(notification, read.chain, read.seq))
    )
  }
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

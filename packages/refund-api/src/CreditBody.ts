/** A customer's store credit: an account in each currency, its lots, what happened to it; and how it is spent. */
import { Result, Schema } from "effect"
import type { Caller, SpendCredit } from "refund-core/Command"
import { balance, type CreditEvent, type CreditHead, isCreditEvent, spendable } from "refund-core/Credit"
import { CaptureId, CustomerId, type Instant, OrderId } from "refund-core/Ids"
import { type ReadEntry, readEntry } from "refund-core/Journal"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import type { Spent } from "refund-core/spending"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor, minorToJson, signedMinor } from "./Amount.ts"
import { Figures, figuresToJson } from "./OrderViewBody.ts"
import { Currency, decoder } from "./Shape.ts"
import { Time, timeToJson } from "./Time.ts"

const nullable = { text: Schema.NullOr(Schema.String), time: Schema.NullOr(Time) }

export const LotBody = Schema.Struct({
  amount: Minor,
  /** Null: it is good for as long as nobody spends it. */
  expiresAt: nullable.time
}).annotate({ identifier: "Lot" })

/** One line of the account's journal. */
export const CreditEntryBody = Schema.Struct({
  /** The number of the journal's entry. */
  seq: Schema.Int,
  at: Time,
  by: Schema.String,
  what: Schema.Literals(["posted", "reversed", "spent", "expired"]),
  /** What it added, or below 0 took. */
  amount: signedMinor("a whole number of minor units"),
  /** What was owed after it. */
  balance: signedMinor("a whole number of minor units"),
  refundId: nullable.text,
  /** The order it paid for, and the capture it became there. */
  orderId: nullable.text,
  captureId: nullable.text,
  expiresAt: nullable.time
}).annotate({ identifier: "CreditEntry" })
export type CreditEntryBody = typeof CreditEntryBody.Type

export const AccountBody = Schema.Struct({
  currency: Schema.String,
  /** All that is owed, what has expired but was not taken off yet included. */
  balance: Minor,
  /** What can be spent now. */
  spendable: Minor,
  /** Spent in this order: soonest to expire first. */
  lots: Schema.Array(LotBody),
  /** Oldest first; there for who may read reports. */
  entries: Schema.optionalKey(Schema.Array(CreditEntryBody))
}).annotate({ identifier: "Account" })
export type AccountBody = typeof AccountBody.Type
export type AccountJson = typeof AccountBody.Encoded

export const CreditBody = Schema.Struct({
  customerId: Schema.String,
  /** One for each currency that the customer was ever credited in. */
  balances: Schema.Array(AccountBody)
}).annotate({ identifier: "Credit" })
export type CreditBody = typeof CreditBody.Type
export type CreditJson = typeof CreditBody.Encoded

/** An account, and its journal where it is to be shown. */
export interface ShownAccount {
  readonly credit: CreditHead
  readonly journal: ReadonlyArray<JournalEntry> | null
}

export const creditToJson = (customerId: string, accounts: ReadonlyArray<ShownAccount>, now: Instant): CreditJson => ({
  customerId,
  balances: accounts.map(({ credit, journal }) => ({
    ...accountToJson(credit, now),
    ...(journal === null ? {} : { entries: entriesToJson(credit, journal) })
  }))
})

const time = (instant: number | null): string | null => (instant === null ? null : timeToJson(instant))

const accountToJson = (credit: CreditHead, now: Instant): AccountJson => ({
  currency: credit.currency,
  balance: minorToJson(balance(credit)),
  spendable: minorToJson(spendable(credit, now)),
  lots: credit.lots.map(({ expiresAt, left }) => ({ amount: minorToJson(left), expiresAt: time(expiresAt) }))
})

/**
 * The journal is read after the account: what was committed in between is left out. What was owed before the first
 * entry (of a ledger whose credit was not yet kept by account) is what the entries do not account for.
 */
const entriesToJson = (
  credit: CreditHead,
  journal: ReadonlyArray<JournalEntry>
): ReadonlyArray<typeof CreditEntryBody.Encoded> => {
  const happened = journal.slice(0, credit.entries).flatMap(happenings)
  let owed = happened.reduce((left, { event }) => left - change(event), balance(credit))
  return happened.map(({ event, seq, stamp }) => {
    owed += change(event)
    return {
      seq,
      at: timeToJson(stamp.at),
      by: stamp.by,
      what: words[event._tag],
      amount: minorToJson(change(event)),
      balance: minorToJson(owed),
      refundId: "refundId" in event ? event.refundId : null,
      orderId: "orderId" in event ? event.orderId : null,
      captureId: "captureId" in event ? event.captureId : null,
      expiresAt: "expiresAt" in event ? time(event.expiresAt ?? null) : null
    }
  })
}

const words = {
  CreditPosted: "posted",
  CreditReversed: "reversed",
  CreditSpent: "spent",
  CreditExpired: "expired"
} as const satisfies Record<CreditEvent["_tag"], string>

const change = ({ _tag, amount }: CreditEvent): bigint => (_tag === "CreditPosted" ? amount : -amount)

type Happening = Pick<ReadEntry, "seq" | "stamp"> & { readonly event: CreditEvent }

/** An entry that cannot be read is not told; `verify` says what is wrong with it. */
const happenings = ({ text }: JournalEntry): ReadonlyArray<Happening> => {
  const read = readEntry(text)
  if (Result.isFailure(read)) return []
  const { events, seq, stamp } = read.success
  return events.filter(isCreditEvent).map((event) => ({ seq, stamp, event }))
}

const name = { message: "1 to 255 characters, none of them a control character" }
const isCustomer = Schema.is(CustomerId)

/** The body of `POST /v1/customers/{id}/credit/spend`. */
export const SpendRequest = Schema.Struct({
  /** The capture that it becomes: the same id again is the same payment. */
  id: CaptureId.annotate(name),
  orderId: OrderId.annotate(name),
  amount: signedMinor("a whole number of minor units"),
  currency: Currency
})
export type SpendJson = typeof SpendRequest.Encoded

const decode = decoder(SpendRequest)

export const toSpendCredit = (
  body: unknown,
  { caller, customerId }: { readonly caller: Caller; readonly customerId: string }
): Result.Result<SpendCredit, Rejected> => {
  if (!isCustomer(customerId)) {
    return Result.fail(rejected([{ _tag: "Malformed", path: "customerId", expected: name.message }]))
  }
  return decode(body).pipe(
    Result.mapError(rejected),
    Result.map(({ amount, currency, id, orderId }) => ({
      _tag: "SpendCredit",
      caller,
      customerId,
      orderId,
      captureId: id,
      amount,
      currency: currency as SpendCredit["currency"]
    }))
  )
}

export const SpentBody = Schema.Struct({
  /** Of the capture that it became. */
  id: Schema.String,
  /** False: it had been spent so before, nothing was changed. */
  changed: Schema.Boolean,
  customerId: Schema.String,
  order: Figures,
  credit: AccountBody
}).annotate({ identifier: "Spent" })
export type SpentBody = typeof SpentBody.Type

export const spentToJson = (
  { caller, captureId, customerId }: SpendCredit,
  { changed, credit, order }: Spent
): typeof SpentBody.Encoded => ({
  id: captureId,
  changed,
  customerId,
  order: figuresToJson(order),
  credit: accountToJson(credit, caller.now)
})

/** A ledger with everything that can happen to store credit, and what somebody may change in it behind its back. */
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"

export const { tenant } = B.caller()
const [r1, r2, r3] = [B.refundId(1), B.refundId(2), B.refundId(3)] as const
const boss = B.approver({ now: B.noon + B.hours(1) })
const late = B.worker({ now: B.noon + B.hours(24 * 40) })

/**
 * One customer, two orders, and all that can happen to credit, one entry each: 40 for good, 30 and 20 until thirty days
 * from then, 20 taken back, 15 spent, and what was not spent in time. 25 for good, of another customer.
 */
export const written = Effect.gen(function* () {
  const { execute } = yield* Refunds
  const owned = (customer: string, captures: string) => B.order({ customer, captures: [B.capture(captures)] })
  yield* execute(B.register(owned("customer-1", "c-1")))
  yield* execute(B.register(owned("customer-1", "c-2"), { id: "o-2" }))
  yield* execute(B.register(owned("customer-2", "c-3"), { id: "o-3" }))
  yield* execute(B.request({ amount: 40n, id: r1, destination: "store_credit" }))
  yield* execute(B.request({ amount: 25n, order: "o-3", destination: "store_credit" }))
  yield* execute(B.policy({ creditDays: 30 }))
  yield* execute(B.request({ amount: 30n, id: r2, order: "o-2", destination: "store_credit" }))
  yield* execute(B.request({ amount: 20n, id: r3, order: "o-2", destination: "store_credit" }))
  yield* execute(B.reverse(r3, { caller: boss, detail: "a mistake" }))
  yield* execute(B.spend(15n, { order: "o-2" }))
  yield* execute(B.expire({ caller: late }))
})

export const chain = "credit:USD:customer-1"
export const account = "(SELECT 4503599627370496 + no FROM accounts WHERE customer_id = 'customer-1')"
const entry = (seq: number) => `chain = ${account} AND seq = ${seq}`

export interface Finding {
  readonly what: string
  readonly sql: string
  /** Then all entries from this one on are hashed again, and the account's head with them. */
  readonly rehashedFrom: number | null
  readonly seq: number
  readonly found: RegExp
}

/** Somebody changes the tables. */
const changed = (what: string, sql: string, seq: number, found: RegExp): Finding => {
  return { what, sql, rehashedFrom: null, seq, found }
}

/** Somebody changes an entry and hashes all after it again, as somebody would who knows how entries are hashed. */
const forged = (what: string, [seq, from, to]: readonly [number, string, string], found: RegExp): Finding => {
  const sql = `UPDATE journal SET text = replace(text, '${from}', '${to}') WHERE ${entry(seq)}`
  return { what, sql, rehashedFrom: seq, seq, found }
}

/** Somebody drops the last entries, and takes the head back to where it was. */
const shortened = (what: string, seq: number, head: string, found: RegExp): Finding => {
  const sql = `DELETE FROM journal WHERE chain = ${account} AND seq > ${seq};
    UPDATE accounts SET entries = ${seq}, ${head} ${ofOne}`
  return { what, sql, rehashedFrom: seq, seq, found }
}

const ofOne = "WHERE customer_id = 'customer-1'"

export const findings: ReadonlyArray<Finding> = [
  changed(
    "a byte of an entry",
    `UPDATE journal SET text = replace(text, '"40"', '"41"') WHERE ${entry(1)}`,
    1,
    /not that of its text/
  ),
  changed(
    "a byte of an entry's hash",
    `UPDATE journal SET hash = 'f' || substr(hash, 2) WHERE ${entry(2)}`,
    2,
    /not that of its text/
  ),
  changed("an entry in the middle that is gone", `DELETE FROM journal WHERE ${entry(3)}`, 3, /the entry is missing/),
  changed("the last entry that is gone", `DELETE FROM journal WHERE ${entry(6)}`, 6, /the entry is missing/),
  changed(
    "two accounts that were exchanged",
    `UPDATE accounts SET customer_id = 'x' ${ofOne}; UPDATE accounts SET customer_id = 'customer-1' WHERE customer_id =
       'customer-2'; UPDATE accounts SET customer_id = 'customer-2' WHERE customer_id = 'x'`,
    1,
    /it belongs elsewhere/
  ),
  changed("a balance", `UPDATE accounts SET balance = 26 ${ofOne}`, 6, /balance is "26", the journal gives "20"/),
  changed("lots", `UPDATE accounts SET lots = '[[5,40]]' ${ofOne}`, 6, /lots is/),
  changed("lots that cannot be read", `UPDATE accounts SET lots = '[' ${ofOne}`, 0, /cannot be read/),
  changed(
    "when it expires",
    `UPDATE accounts SET expires_at = 5 ${ofOne}`,
    6,
    /expiresAt is 5, the journal gives null/
  ),
  changed("an account that is gone", `DELETE FROM accounts ${ofOne}`, 0, /the account is missing/),
  changed(
    "an account that is gone with its entries",
    `DELETE FROM journal WHERE chain = ${account}; DELETE FROM accounts ${ofOne}`,
    0,
    /the account is missing/
  ),
  forged(
    "an amount, hashed again",
    [1, '"amount":"40"', '"amount":"41"'],
    /CreditPosted of 41, refund .* settled with 40/
  ),
  forged("an entry of another tenant, hashed again", [2, '"tenant":"acme"', '"tenant":"else"'], /another tenant's/),
  forged("an entry of nobody's, hashed again", [2, ',"tenant":"acme"', ""], /does not say whose it is/),
  forged("credit for a refund that went elsewhere", [1, r1, B.refundId(9)], /refund .* is not there/),
  forged("credit that was posted twice", [2, r2, r1], /it tells of .* a second time/),
  forged("credit taken back that was not", [4, r3, r2], /CreditReversed of 20, refund .* is settled/),
  forged("credit of another customer's refund", [2, "customer-1", "customer-2"], /it belongs elsewhere/),
  forged("more spent than is collected with it", [5, '"amount":"15"', '"amount":"14"'], /paid 14 of order o-2/),
  forged(
    "what belongs to an order",
    [5, '"source":"credit:k-1"', '"source":"refund:k-1"'],
    /it tells of what belongs elsewhere/
  ),
  forged(
    "less expired than was left",
    [6, '"amount":"35"', '"amount":"34"'],
    /CreditExpired of 34 .* was 55 and became 20/
  ),
  shortened(
    "a refund whose credit was dropped from the end",
    1,
    `balance = 40, lots = '[[null,40]]', expires_at = NULL`,
    /1 refunds were posted as credit, 3 went to it/
  ),
  shortened(
    "what was spent, dropped from the end",
    4,
    `balance = 70, lots = '[[1796256000000,50],[null,20]]', expires_at = 1796256000000`,
    /0 captures were paid with it, the orders have 1/
  )
]

/** `more`: a column that entries have besides. */
export const addedEntry = (more = ""): Finding =>
  changed(
    "an entry that was added",
    `INSERT INTO journal (no, ${more}chain, seq, hash, text)
       SELECT 99, ${more}chain, 7, hash, text FROM journal WHERE ${entry(6)}`,
    7,
    /its hash is not that of its text/
  )

import type { DatabaseSync } from "node:sqlite"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { rehash, reportAfter, Written } from "./tampering.ts"

const { tenant } = B.caller()
const [r1, r2, r3] = [B.refundId(1), B.refundId(2), B.refundId(3)] as const
const boss = B.approver({ now: B.noon + B.hours(1) })
const late = B.worker({ now: B.noon + B.hours(24 * 40) })

/**
 * One customer, two orders, and all that can happen to credit, one entry each: 40 for good, 30 and 20 until thirty days
 * from then, 20 taken back, 15 spent, and what was not spent in time. 25 for good, of another customer.
 */
const written = Effect.gen(function* () {
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

const chain = "credit:USD:customer-1"
const account = "(SELECT 4503599627370496 + no FROM accounts WHERE customer_id = 'customer-1')"
const entry = (seq: number) => `chain = ${account} AND seq = ${seq}`

type Finding = readonly [what: string, tamper: string | ((db: DatabaseSync) => void), seq: number, found: RegExp]

/** Somebody changes an entry and hashes all after it again. */
const forged =
  (seq: number, from: string, to: string, more = "") =>
  (db: DatabaseSync): void => {
    db.exec(`UPDATE journal SET text = replace(text, '${from}', '${to}') WHERE ${entry(seq)}; ${more}`)
    rehash(db, account, seq, "UPDATE accounts SET head_hash = ? WHERE customer_id = 'customer-1'")
  }

/** Somebody drops the last entries, and takes the head back to where it was. */
const shortened =
  (to: number, head: string) =>
  (db: DatabaseSync): void => {
    db.exec(`DELETE FROM journal WHERE chain = ${account} AND seq > ${to}`)
    db.exec(`UPDATE accounts SET entries = ${to}, ${head} WHERE customer_id = 'customer-1'`)
    rehash(db, account, to, "UPDATE accounts SET head_hash = ? WHERE customer_id = 'customer-1'")
  }

const ofOne = "WHERE customer_id = 'customer-1'"

const findings: ReadonlyArray<Finding> = [
  [
    "a byte of an entry",
    `UPDATE journal SET text = replace(text, '"40"', '"41"') WHERE ${entry(1)}`,
    1,
    /not that of its text/
  ],
  [
    "a byte of an entry's hash",
    `UPDATE journal SET hash = 'f' || substr(hash, 2) WHERE ${entry(2)}`,
    2,
    /not that of its text/
  ],
  ["an entry in the middle that is gone", `DELETE FROM journal WHERE ${entry(3)}`, 3, /the entry is missing/],
  ["the last entry that is gone", `DELETE FROM journal WHERE ${entry(6)}`, 6, /the entry is missing/],
  [
    "an entry that was added",
    `INSERT INTO journal SELECT 99, chain, 7, hash, text FROM journal WHERE ${entry(6)}`,
    7,
    /its hash is not that of its text/
  ],
  [
    "two accounts that were exchanged",
    `UPDATE accounts SET customer_id = 'x' ${ofOne}; UPDATE accounts SET customer_id = 'customer-1' WHERE customer_id =
       'customer-2'; UPDATE accounts SET customer_id = 'customer-2' WHERE customer_id = 'x'`,
    1,
    /it belongs elsewhere/
  ],
  ["a balance", `UPDATE accounts SET balance = 26 ${ofOne}`, 6, /balance is "26", the journal gives "20"/],
  ["lots", `UPDATE accounts SET lots = '[[5,40]]' ${ofOne}`, 6, /lots is/],
  ["lots that cannot be read", `UPDATE accounts SET lots = '[' ${ofOne}`, 0, /cannot be read/],
  ["when it expires", `UPDATE accounts SET expires_at = 5 ${ofOne}`, 6, /expiresAt is 5, the journal gives null/],
  ["an account that is gone", `DELETE FROM accounts ${ofOne}`, 0, /the account is missing/],
  [
    "an account that is gone with its entries",
    `DELETE FROM journal WHERE chain = ${account}; DELETE FROM accounts ${ofOne}`,
    0,
    /the account is missing/
  ],
  [
    "an amount, hashed again",
    forged(1, '"amount":"40"', '"amount":"41"'),
    1,
    /CreditPosted of 41, refund .* settled with 40/
  ],
  ["an entry of another tenant, hashed again", forged(2, '"tenant":"acme"', '"tenant":"else"'), 2, /another tenant's/],
  ["an entry of nobody's, hashed again", forged(2, ',"tenant":"acme"', ""), 2, /does not say whose it is/],
  ["credit for a refund that went elsewhere", forged(1, r1, B.refundId(9)), 1, /refund .* is not there/],
  ["credit that was posted twice", forged(2, r2, r1), 2, /it tells of .* a second time/],
  ["credit taken back that was not", forged(4, r3, r2), 4, /CreditReversed of 20, refund .* is settled/],
  ["credit of another customer's refund", forged(2, "customer-1", "customer-2"), 2, /it belongs elsewhere/],
  ["more spent than is collected with it", forged(5, '"amount":"15"', '"amount":"14"'), 5, /paid 14 of order o-2/],
  [
    "what belongs to an order",
    forged(5, '"source":"credit:k-1"', '"source":"refund:k-1"'),
    5,
    /it tells of what belongs elsewhere/
  ],
  [
    "less expired than was left",
    forged(6, '"amount":"35"', '"amount":"34"'),
    6,
    /CreditExpired of 34 .* was 55 and became 20/
  ],
  [
    "a refund whose credit was dropped from the end",
    shortened(1, `balance = 40, lots = '[[null,40]]', expires_at = NULL`),
    1,
    /1 refunds were posted as credit, 3 went to it/
  ],
  [
    "what was spent, dropped from the end",
    shortened(4, `balance = 70, lots = '[[1796256000000,50],[null,20]]', expires_at = 1796256000000`),
    4,
    /0 captures were paid with it, the orders have 1/
  ]
]

layer(Written.layer(written))("A81, A83: the audit of store credit", (it) => {
  it.effect("finds nothing where nothing was changed", () =>
    Effect.gen(function* () {
      const report = yield* reportAfter(tenant, () => {})
      assert.deepStrictEqual(report, { ok: true, orders: 3, entries: 17, problem: null })
    })
  )

  for (const [what, tamper, seq, found] of findings) {
    it.effect(`finds ${what}`, () =>
      Effect.gen(function* () {
        const { ok, problem } = yield* reportAfter(tenant, (db) =>
          typeof tamper === "string" ? db.exec(tamper) : tamper(db)
        )
        assert.isFalse(ok)
        assert.match(problem?.what ?? "", found)
        assert.deepInclude(problem, { chain, seq })
      })
    )
  }

  it.effect("finds the entries of an account that is gone, whatever the orders say", () =>
    Effect.gen(function* () {
      const { problem } = yield* reportAfter(tenant, (db) => {
        db.exec("UPDATE accounts SET tenant = 2 WHERE customer_id = 'customer-1'")
      })
      assert.deepInclude(problem, { chain, what: "the account is missing" })
    })
  )
})

/** A ledger with something of everything in it, and what somebody may change in it behind its back. */
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import * as settings from "refund-testkit/buildSettings"

export const { tenant } = B.caller()
const [r1, r2, r3] = [B.refundId(1), B.refundId(2), B.refundId(3)] as const

/** Two orders; the first has a refund that was paid, one that is credited and one that waits, and a dispute. */
export const written = Effect.gen(function* () {
  const refunds = yield* Refunds
  const texts = { salt: "s", lines: { "1": "Mug" }, vendor: { kibo: { a: 1 } }, captures: {} }
  const lines = [B.line("1", 100n), B.line("2", 50n)]
  yield* refunds.execute(
    B.register(B.order({ lines, captures: [B.capture("c-1", 150n)], customer: "customer-1" }), { texts })
  )
  yield* refunds.execute(B.request({ amount: 60n, id: r1, key: "k-1", reason: "broken" }))
  yield* refunds.execute(B.begin(r1))
  yield* refunds.execute(B.told(r1, B.paid(60n)))
  yield* refunds.execute(B.request({ amount: 10n, id: r2, destination: "store_credit" }))
  yield* refunds.execute(B.request({ amount: 5n, id: r3, requiresApproval: true }))
  yield* refunds.execute(B.dispute("open", { amount: 20n }))
  yield* refunds.execute(B.register(B.order({ captures: [B.capture("c-2")] }), { id: "o-2" }))
  yield* refunds.execute(B.policy({ approval: { rule: "above", amount: 1_000n } }))
  yield* refunds.execute(settings.createKey(settings.apiKey("root")))
})

const credit1 = "credit:USD:customer-1"

export const order1 = "(SELECT no FROM orders WHERE id = 'o-1')"

export type Finding = readonly [what: string, sql: string, chain: string, seq: number, found: RegExp]

/** What was done, in words that every database understands, and where and as what it is found. */
export const findings: ReadonlyArray<Finding> = [
  [
    "a byte of an entry",
    `UPDATE journal SET text = replace(text, '"60"', '"61"') WHERE chain = ${order1} AND seq = 2`,
    "order:o-1",
    2,
    /its hash is not that of its text/
  ],
  [
    "a byte of an entry's hash",
    `UPDATE journal SET hash = 'f' || substr(hash, 2) WHERE chain = ${order1} AND seq = 3`,
    "order:o-1",
    3,
    /its hash is not that of its text/
  ],
  [
    "an entry in the middle that is gone",
    `DELETE FROM journal WHERE chain = ${order1} AND seq = 4`,
    "order:o-1",
    4,
    /the entry is missing/
  ],
  [
    "the last entry that is gone",
    `DELETE FROM journal WHERE chain = ${order1} AND seq = 7`,
    "order:o-1",
    7,
    /the entry is missing/
  ],
  [
    "two chains that were exchanged",
    "UPDATE orders SET id = 'o-x' WHERE id = 'o-1'; UPDATE orders SET id = 'o-1' WHERE id = 'o-2'; UPDATE orders SET id = 'o-2' WHERE id = 'o-x'",
    "order:o-1",
    1,
    /it belongs elsewhere/
  ],
  ["a figure of the order", "UPDATE orders SET held = 4 WHERE id = 'o-1'", "order:o-1", 7, /held is "4".*gives "5"/],
  [
    "a figure of a capture",
    "UPDATE orders SET parts = replace(parts, '[\"c-1\",150,60,', '[\"c-1\",150,50,') WHERE id = 'o-1'",
    "order:o-1",
    7,
    /captures is .*"refunded":"50".*gives .*"refunded":"60"/
  ],
  [
    "a figure of a component",
    "UPDATE orders SET parts = replace(parts, '[\"line:1\",100,', '[\"line:1\",101,') WHERE id = 'o-1'",
    "order:o-1",
    7,
    /components is/
  ],
  [
    "a tenant that has another name",
    `UPDATE tenants SET id = 'emca' WHERE id = '${tenant}'`,
    "order:o-1",
    1,
    /the tenant is missing/
  ],
  [
    "an order of no tenant, without refunds",
    "UPDATE orders SET tenant = 7 WHERE id = 'o-2'",
    "order:o-2",
    0,
    /its tenant is missing/
  ],
  ["settings that cannot be read", "UPDATE tenants SET settings = '{'", "settings", 0, /a row cannot be read/],
  ["rows that cannot be read", "UPDATE orders SET parts = '[' WHERE id = 'o-1'", "order:o-1", 0, /cannot be read/],
  ["when the order was changed", "UPDATE orders SET updated_at = 5 WHERE id = 'o-1'", "order:o-1", 7, /updatedAt is 5/],
  [
    "what was registered",
    `UPDATE registrations SET registration = replace(registration, '"50"', '"51"') WHERE order_no = ${order1}`,
    "order:o-1",
    7,
    /registration is/
  ],
  [
    "the order's texts",
    "UPDATE registrations SET texts = replace(texts, 'Mug', 'Jug')",
    "order:o-1",
    7,
    /order's texts were changed/
  ],
  [
    "a refund's amount",
    `UPDATE refunds SET amount = 59 WHERE id = '${r1}'`,
    "order:o-1",
    7,
    new RegExp(`refund ${r1}: amount is "59"`)
  ],
  [
    "a refund's state",
    `UPDATE refunds SET state = 'failed' WHERE id = '${r1}'`,
    "order:o-1",
    7,
    /state is "failed", the journal gives "settled"/
  ],
  ["a refund's attempts", `UPDATE refunds SET progress = NULL WHERE id = '${r1}'`, "order:o-1", 7, /attempts is/],
  ["a refund's key", `UPDATE refunds SET request_key = 'k-2' WHERE id = '${r1}'`, "order:o-1", 7, /key is "k-2"/],
  [
    "a refund's texts",
    "UPDATE refunds SET texts = replace(texts, 'broken', 'unwanted')",
    "order:o-1",
    7,
    new RegExp(`texts of refund ${r1} were changed`)
  ],
  ["a refund that is gone", `DELETE FROM refunds WHERE id = '${r2}'`, "order:o-1", 7, /refund number 2 is missing/],
  [
    "a refund that is gone, its place closed up",
    `UPDATE refunds SET prior = 1 WHERE id = '${r3}'; DELETE FROM refunds WHERE id = '${r2}'`,
    "order:o-1",
    7,
    /refund number 2 is missing/
  ],
  [
    "a refund that is passed over",
    `UPDATE refunds SET prior = 1 WHERE id = '${r3}'`,
    "order:o-1",
    7,
    /the refund before number 3 is number 1, the journal gives 2/
  ],
  [
    "an order that leads to an older refund",
    `UPDATE orders SET last_refund = 2 WHERE id = 'o-1'`,
    "order:o-1",
    7,
    /its newest refund is number 2, the journal gives 3/
  ],
  [
    "a refund that nobody asked for",
    `INSERT INTO refunds SELECT 9, tenant, '${B.refundId(9)}', NULL, order_no, NULL, capture_id, customer_id, type, destination,
       amount, currency, state, stage, requested_at, updated_at, request, progress, NULL, NULL, NULL, NULL, NULL, NULL, NULL
       FROM refunds WHERE no = 1`,
    "refunds",
    0,
    /4 refunds are stored, the orders have 3/
  ],
  ["store credit", "UPDATE accounts SET balance = 11", credit1, 1, /balance is "11", the journal gives "10"/],
  ["lots of store credit", "UPDATE accounts SET lots = '[[null,11]]'", credit1, 1, /lots is .*"11".*gives .*"10"/],
  ["when store credit expires", "UPDATE accounts SET expires_at = 5", credit1, 1, /expiresAt is 5/],
  ["store credit that is gone", "DELETE FROM accounts", credit1, 0, /the account is missing/],
  [
    "a policy",
    `UPDATE tenants SET settings = replace(settings, '"1000"', '"9000"')`,
    "settings",
    2,
    /overrides is .*9000.*gives .*1000/
  ],
  [
    "a name of a refund",
    `UPDATE refunds SET provider_reference = 're_x' WHERE id = '${r1}'`,
    "order:o-1",
    7,
    /reference is/
  ],
  ["whether a refund is under way", `UPDATE refunds SET stage = 2 WHERE id = '${r1}'`, "order:o-1", 7, /stage is 2/],
  [
    "a name of a capture",
    "UPDATE captures SET reference = 'x' WHERE id = 'c-1'",
    "order:o-1",
    7,
    /directory of captures/
  ],
  [
    "a capture that leads to another order",
    "UPDATE captures SET order_no = (SELECT no FROM orders WHERE id = 'o-2') WHERE id = 'c-1'",
    "order:o-1",
    7,
    /directory of captures: capture c-1: orderNo/
  ],
  ["a key that was added", "INSERT INTO keys VALUES ('mine', 1)", "settings", 2, /directory of keys/],
  ["an order that is gone", "DELETE FROM orders WHERE id = 'o-2'", "order:o-2", 1, /the order is missing/]
]

/** `more`: a column that entries have besides. */
export const addedEntry = (more = ""): Finding => [
  "an entry that was added",
  `INSERT INTO journal (no, ${more}chain, seq, hash, text)
     SELECT 99, ${more}chain, 8, hash, text FROM journal WHERE chain = ${order1} AND seq = 7`,
  "order:o-1",
  8,
  /its hash is not that of its text/
]

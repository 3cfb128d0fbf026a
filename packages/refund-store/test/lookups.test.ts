import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { caller } from "refund-testkit/build"
import { sqlite } from "../src/internal/dialect.ts"
import { lookupSql } from "../src/internal/lookups.ts"
import { outboxSql } from "../src/internal/outbox.ts"
import { loads } from "../src/internal/sqlite/statements.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { planOf } from "./planOf.ts"

const [namedSql, { expired }] = [lookupSql(sqlite), outboxSql(sqlite)]
const account = "accounts_1 (tenant=? AND customer_id=?"

/** What each is found by, so that it costs the same however many there are. */
const lookups: ReadonlyArray<readonly [what: string, sql: string, index: ReadonlyArray<string>]> = [
  ["the account of an order's customer", loads.accountsOfOrders.sql, [`${account} AND currency=?)`]],
  ["a customer's account", loads.accounts.sql, [`${account} AND currency=?)`]],
  ["an order", loads.orders.sql, ["orders_1 (tenant=? AND id=?)"]],
  [
    "what was said of an order",
    loads.registrations.sql,
    ["orders_1 (tenant=? AND id=?)", "r USING INTEGER PRIMARY KEY"]
  ],
  ["a group", loads.groups.sql, ["refunds_1 (tenant=? AND id=?)", "refunds_of_group (tenant=? AND group_id=?)"]],
  ["the request with a key", loads.keyed.sql, ["refunds_by_key (tenant=? AND request_key=?)"]],
  ["a refund", loads.refunds.sql, ["refunds_1 (tenant=? AND id=?)"]],
  ["whose a capture is", loads.owners.sql, ["PRIMARY KEY (tenant=? AND id=?)"]],
  ["the order of a capture", loads.ordersOfCaptures.sql, ["tenants_1 (id=?)", "PRIMARY KEY (tenant=? AND id=?)"]],
  ["the order of a refund or group", loads.ordersOfRefunds.sql, ["refunds_1 (tenant=? AND id=?)", "refunds_of_group"]],
  ["an order's refunds that are open or under way", loads.stages.sql, ["refunds_open (order_no=? AND stage=?)"]],
  ["a customer's accounts", namedSql.accounts, [`${account})`]],
  ["accounts of which some has expired", expired, ["accounts_expiring (expires_at<?)"]],
  [
    "a refund by a provider's name",
    namedSql.refundByReference,
    ["refunds_by_reference (tenant=? AND provider_reference=?)", "PRIMARY KEY (tenant=? AND reference=?)"]
  ],
  [
    "a capture by a provider's name",
    namedSql.capturesByReference,
    ["captures_by_reference (tenant=? AND provider=? AND reference=?)"]
  ]
]

describe("what decisions and readers look for", () => {
  it.effect.each(lookups)("%s is found by its index", ([, sql, indexes]) =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* LedgerReader.use((reader) => reader.hasOrders(caller().tenant)).pipe(Effect.provide(ledgerAt(file)))
      const plan = planOf(file, sql)
      for (const index of indexes) assert.include(plan, index)
      // `w` is the one id that was looked up before.
      assert.notMatch(plan, /SCAN (?!w\b|CONSTANT ROW)|TEMP B-TREE/)
    })
  )
})

// How PostgreSQL would find the rows of what is read: each by an index, so that it costs the same however many there are.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { caller } from "refund-testkit/build"
import { afterAll, beforeAll } from "vitest"
import { chainSql } from "../src/internal/chains.ts"
import { factsSql } from "../src/internal/facts.ts"
import { ownSql } from "../src/internal/list.ts"
import { lookupSql } from "../src/internal/lookups.ts"
import { outboxSql } from "../src/internal/outbox.ts"
import { translated } from "../src/internal/postgres/answering.ts"
import { postgres } from "../src/internal/postgres/dialect.ts"
import { byIndex } from "../src/internal/postgres/ledger.ts"
import { makePool, type Pool } from "../src/internal/postgres/pool.ts"
import { loads } from "../src/internal/postgres/statements.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"
import { ledgerAt } from "./support/postgresLedger.ts"

const looked = lookupSql(postgres)
const due = outboxSql(postgres)
const own = ownSql(postgres.ownRefunds as NonNullable<typeof postgres.ownRefunds>, [["type = ?", "shipping"]])

const lookups: ReadonlyArray<readonly [what: string, sql: string, indexes: ReadonlyArray<string>]> = [
  ["an order by its id", factsSql.order, ["orders_tenant_id_key"]],
  ["an order's refunds, each from the one after it", looked.refundsOfOrder, ["orders_pkey", "refunds_pkey"]],
  ["an order's refunds that are open or under way", loads.stages.sql, ["refunds_open"]],
  ["a refund by its id", factsSql.refund, ["refunds_tenant_id_key"]],
  ["the refunds of a group", factsSql.group, ["refunds_of_group"]],
  ["a refund by a provider's name", looked.refundByReference, ["refunds_by_reference", "former_references_pkey"]],
  ["a capture by a provider's name", looked.capturesByReference, ["captures_by_reference"]],
  ["a customer's accounts", looked.accounts, ["accounts_tenant_customer_id_currency_key"]],
  ["accounts of which some has expired", due.expired, ["accounts_expiring"]],
  ["the tenant of a key", looked.tenantOfKey, ["keys_pkey", "tenants_pkey"]],
  ["the entries of a chain", chainSql.journal, ["journal_chain_seq_tenant_key"]],
  ["a tenant's refunds by what has no index", own.slice, ["refunds_of_tenant"]],
  ["how far down those lay", own.lowest, ["refunds_of_tenant"]],
  ["what is due", due.isDue, ["refunds_due"]],
  ["what is taken", due.take, ["refunds_due", "refunds_pkey"]]
]

/** Those of one request, or of one name: there are so few that they may be sorted. */
const few: ReadonlySet<string> = new Set([factsSql.group, looked.refundByReference])

describe.skipIf(noPostgres !== null)("on PostgreSQL", () => {
  let pool: Pool | undefined
  beforeAll(async () => {
    const at = await newPlace()
    const opened = LedgerReader.use((reader) => reader.hasOrders(caller().tenant)).pipe(Effect.provide(ledgerAt(at)))
    await Effect.runPromise(opened)
    pool = makePool({
      ...at,
      connections: 1,
      statementMilliseconds: 10_000,
      lockMilliseconds: 10_000,
      settings: byIndex
    })
  })
  afterAll(() => pool?.close())

  it.each(lookups)("%s is found by its index", async (_what, sql, indexes) => {
    const text = translated(sql)
    const count = new Set(text.match(/\$\d+/g)).size
    const plan = await pool?.use(async (connection) => {
      await connection.tell(`PREPARE looked AS ${text}`)
      const values = count === 0 ? "" : `(${Array.from({ length: count }, () => "NULL").join(", ")})`
      const { rows } = await connection.ask<readonly [string]>(`EXPLAIN (COSTS OFF) EXECUTE looked${values}`)
      await connection.tell("DEALLOCATE looked")
      return rows.map(([line]) => line).join("\n")
    })
    for (const index of indexes) assert.include(plan ?? "", index)
    assert.notMatch(plan ?? "", few.has(sql) ? /Seq Scan|Bitmap/ : /Seq Scan|Bitmap|Sort/)
  })
})

/**
 * The tables, as numbered migrations that only go forward. Rows are appended in arrival order under integer numbers of
 * our own; the tenant is a number too, in every key. Figures are minor units and fit a JSON number, which CHECKs keep.
 */
import type { DatabaseSync } from "node:sqlite"
import { row, tuples, unavailable } from "./connection.ts"
import { keyUsesTable } from "./keyUses.ts"
import { messageTables } from "./messageTables.ts"

const figure = (name: string) => `${name} INTEGER NOT NULL CHECK (${name} BETWEEN 0 AND 9007199254740991)`
const figureOrNull = (name: string) => `${name} INTEGER CHECK (${name} BETWEEN 0 AND 9007199254740991)`

const tables = `
-- What a tenant has set for itself. Its chain in the journal is the number below zero.
CREATE TABLE tenants (
  no INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  settings TEXT NOT NULL,
  entries INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT;

-- Which tenant a credential decides.
CREATE TABLE keys (
  hash TEXT PRIMARY KEY,
  tenant INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  no INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  currency TEXT NOT NULL,
  customer_id TEXT,
  ${figureOrNull("subtotal")},
  ${figureOrNull("total")},
  ${figure("collected")},
  ${figure("refunded_original")},
  ${figure("refunded_store_credit")},
  ${figure("refunded_payout")},
  ${figure("held")},
  ${figure("disputed")},
  ${figure("retained")},
  parts TEXT NOT NULL,
  entries INTEGER NOT NULL,
  head_hash TEXT NOT NULL,
  last_refund INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant, id)
) STRICT;

-- What the commerce system said of an order: beside the figures, so that a refund does not rewrite it.
CREATE TABLE registrations (
  order_no INTEGER PRIMARY KEY,
  registration TEXT NOT NULL,
  texts TEXT
) STRICT;

-- Which order a capture is of.
CREATE TABLE captures (
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  order_no INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- no: the refund's number. prior: the order's refund before this one; an index would cost a page for each refund.
-- No group_id: a group of its own. unsubmitted: return costs may be deducted from it. The key and the fingerprint of
-- the content are the request's, kept with its first refund. due_at, available_at, leased_by: what the worker has to do
-- about it, and from when on it may be taken, which is later than due while it is leased.
CREATE TABLE refunds (
  no INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  group_id TEXT,
  order_no INTEGER NOT NULL,
  prior INTEGER,
  capture_id TEXT,
  customer_id TEXT,
  type TEXT NOT NULL,
  destination TEXT NOT NULL,
  ${figure("amount")},
  currency TEXT NOT NULL,
  state TEXT NOT NULL,
  unsubmitted INTEGER NOT NULL,
  requested_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  request TEXT NOT NULL,
  progress TEXT,
  texts TEXT,
  request_key TEXT,
  fingerprint TEXT,
  due_at INTEGER,
  available_at INTEGER,
  leased_by INTEGER,
  UNIQUE (tenant, id)
) STRICT;
CREATE INDEX refunds_of_group ON refunds (tenant, group_id) WHERE group_id IS NOT NULL;
CREATE UNIQUE INDEX refunds_by_key ON refunds (tenant, request_key) WHERE request_key IS NOT NULL;
CREATE INDEX refunds_unsubmitted ON refunds (order_no) WHERE unsubmitted = 1;
CREATE INDEX refunds_due ON refunds (available_at) WHERE available_at IS NOT NULL;
-- States that people look for and that few refunds are in.
CREATE INDEX refunds_to_look_at ON refunds (tenant, state)
  WHERE state IN ('pending_approval', 'requires_action', 'unknown', 'in_review', 'failed');

-- Entries of all chains in the order they were committed. chain: the order's number, or below zero the tenant's.
CREATE TABLE journal (
  no INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (chain, seq)
) STRICT;
CREATE TRIGGER journal_keeps_entries BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_drops_none BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE credits (
  tenant INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  ${figure("balance")},
  PRIMARY KEY (tenant, customer_id, currency)
) STRICT, WITHOUT ROWID;
`

/**
 * Store credit becomes accounts, each with lots and a chain of its own. What was owed before is one lot that never expires;
 * its entries stay in the chains of the orders. A program from before cannot write to these tables, nor to refunds.
 */
const accounts = `
-- A customer's credit in one currency. lots: [until when or null, how much is left], soonest to expire first; balance is
-- their sum. expires_at: when the first of them does. Its chain in the journal is 2^52 and the number.
CREATE TABLE accounts (
  no INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  ${figure("balance")},
  lots TEXT NOT NULL,
  expires_at INTEGER,
  entries INTEGER NOT NULL,
  head_hash TEXT NOT NULL,
  UNIQUE (tenant, customer_id, currency)
) STRICT;
CREATE INDEX accounts_expiring ON accounts (expires_at) WHERE expires_at IS NOT NULL;
INSERT INTO accounts (tenant, customer_id, currency, balance, lots, entries, head_hash)
  SELECT tenant, customer_id, currency, balance, CASE balance WHEN 0 THEN '[]' ELSE '[[null,' || balance || ']]' END, 0, ''
  FROM credits ORDER BY tenant, customer_id, currency;
DROP TABLE credits;

-- By the names that providers know captures and refunds by. A refund's newest name is in its row; a declined attempt may
-- have had another one before.
ALTER TABLE captures ADD COLUMN provider TEXT;
ALTER TABLE captures ADD COLUMN reference TEXT;
UPDATE captures SET (provider, reference) = (
  SELECT c.value ->> 5, c.value ->> 6 FROM orders o, json_each(o.parts, '$[0]') c
  WHERE o.no = captures.order_no AND c.value ->> 0 = captures.id);
CREATE INDEX captures_by_reference ON captures (tenant, provider, reference) WHERE reference IS NOT NULL;
ALTER TABLE refunds ADD COLUMN provider_reference TEXT;
UPDATE refunds SET provider_reference = coalesce(progress ->> '$.providerReference', (
  SELECT a.value ->> 'reference' FROM json_each(progress, '$.attempts') a
  WHERE a.value ->> 'reference' IS NOT NULL ORDER BY a.key DESC LIMIT 1)) WHERE progress IS NOT NULL;
CREATE INDEX refunds_by_reference ON refunds (tenant, provider_reference) WHERE provider_reference IS NOT NULL;
CREATE TABLE former_references (
  tenant INTEGER NOT NULL,
  reference TEXT NOT NULL,
  refund_no INTEGER NOT NULL,
  PRIMARY KEY (tenant, reference, refund_no)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO former_references
  SELECT tenant, a.value ->> 'reference', no FROM refunds, json_each(progress, '$.attempts') a
  WHERE progress IS NOT NULL AND a.value ->> 'reference' <> provider_reference;

-- stage 1: not submitted, return costs may be deducted from it. 2: under way. 0: neither.
DROP INDEX refunds_unsubmitted;
ALTER TABLE refunds RENAME COLUMN unsubmitted TO stage;
UPDATE refunds SET stage = 2 WHERE state IN ('submitting', 'pending', 'requires_action', 'unknown', 'in_review');
CREATE INDEX refunds_open ON refunds (order_no, stage) WHERE stage > 0;

-- An order's parts say last whether its customer is fixed: credit was promised to them, or paid for it.
UPDATE orders SET parts = substr(parts, 1, length(parts) - 1) || ',1]'
  WHERE no IN (SELECT order_no FROM refunds WHERE destination = 'store_credit')
    OR EXISTS (SELECT 1 FROM json_each(parts, '$[0]') c WHERE c.value ->> 5 = 'store_credit');
`

const migrations: ReadonlyArray<string> = [tables, accounts, messageTables, keyUsesTable]

/** Says that a SQLite file is a ledger's: "rfnd". */
const applicationId = 0x72666e64

const numberOf = (db: DatabaseSync, pragma: string): number =>
  row<readonly [number]>(tuples(db, `PRAGMA ${pragma}`))?.[0] ?? 0

const isEmpty = (db: DatabaseSync): boolean => db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined

const check = (db: DatabaseSync): void => {
  if (numberOf(db, "application_id") !== applicationId && !isEmpty(db)) {
    throw unavailable("the file is another program's database, not a ledger", 30)
  }
  refuseNewer(numberOf(db, "user_version"))
}

/** Also where a newer program migrates the file while this one has it open: what this one would write is out of date. */
export const refuseNewer = (version: number): void => {
  if (version > migrations.length) {
    throw unavailable(`the ledger's file has schema ${version}, this program knows up to ${migrations.length}`, 30)
  }
}

/** Makes an empty file a ledger, an older one a current one. May meet another process's lock: then try again. */
export const prepare = (db: DatabaseSync): void => {
  check(db)
  const mode = row<readonly [string]>(tuples(db, "PRAGMA journal_mode = WAL"))?.[0]
  if (mode !== "wal") throw unavailable(`the ledger needs a write-ahead log; its file allows only "${mode}"`, 30)
  if (numberOf(db, "user_version") === migrations.length) return
  db.exec("BEGIN IMMEDIATE")
  try {
    migrate(db)
    db.exec("COMMIT")
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK")
    throw error
  }
}

/** Inside the write lock: whoever comes second finds nothing left to do. */
const migrate = (db: DatabaseSync): void => {
  check(db)
  for (const migration of migrations.slice(numberOf(db, "user_version"))) db.exec(migration)
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`)
}

/** What goes out and comes in beside the ledger: which copy this is, endpoints and their deliveries, providers' news. */

/** The WHERE of an index. SQLite uses it only for statements that say it in the same words. */
export const hasEndpoints = `instr(settings, '"endpoints":[{') > 0`
export const isOpenDelivery = "state IN ('waiting', 'dead')"
export const isOpenEvent = "state IN ('new', 'parked')"

export const messageTables = `
-- Which copy of the ledger this file is: the cursors of its feed are good for no other.
CREATE TABLE copy (
  epoch TEXT NOT NULL
) STRICT;
INSERT INTO copy (epoch) VALUES (lower(hex(randomblob(8))));

-- Finds the tenants that have endpoints without reading the settings of all others.
CREATE INDEX tenants_with_endpoints ON tenants (no) WHERE ${hasEndpoints};

-- How far the journal was read for an endpoint. since: the entry that made it, 0 once it is removed. entry, part: all
-- before and including this was noted.
CREATE TABLE endpoints (
  no INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  since INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  part INTEGER NOT NULL,
  UNIQUE (tenant, id)
) STRICT;

CREATE TABLE endpoint_secrets (
  tenant INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  secrets TEXT NOT NULL,
  PRIMARY KEY (tenant, endpoint)
) STRICT, WITHOUT ROWID;

-- entry, part: what is told, which the journal knows. chain: as in the journal. Of those that wait in one chain for one
-- endpoint only the oldest has available_at, from when on it may be taken: they reach the receiver one after the other.
CREATE TABLE deliveries (
  no INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  part INTEGER NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  due_at INTEGER,
  available_at INTEGER,
  leased_by INTEGER,
  last_at INTEGER,
  last_answer TEXT
) STRICT;
CREATE INDEX deliveries_due ON deliveries (endpoint, available_at) WHERE available_at IS NOT NULL;
CREATE UNIQUE INDEX deliveries_first ON deliveries (endpoint, chain) WHERE available_at IS NOT NULL;
CREATE INDEX deliveries_in_turn ON deliveries (endpoint, chain) WHERE state = 'waiting';
CREATE INDEX deliveries_open ON deliveries (endpoint, state) WHERE ${isOpenDelivery};

-- An event is a provider's id in a tenant: told again, it is the same.
CREATE TABLE inbox (
  no INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  news TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL,
  detail TEXT,
  due_at INTEGER,
  available_at INTEGER,
  leased_by INTEGER,
  UNIQUE (tenant, provider, event_id)
) STRICT;
CREATE INDEX inbox_due ON inbox (available_at) WHERE available_at IS NOT NULL;
CREATE INDEX inbox_open ON inbox (tenant, state) WHERE ${isOpenEvent};
`

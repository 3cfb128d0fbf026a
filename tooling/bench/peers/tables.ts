/** What the endpoints written by hand keep: payments and refunds, a cap, a key that is used once. */
export const paymentCount = 10_000

export const sqliteTables = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE payment (id INTEGER PRIMARY KEY, currency TEXT NOT NULL, captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0, CHECK (refunded >= 0 AND refunded <= captured)) STRICT;
  CREATE TABLE refund (id TEXT PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id),
    amount INTEGER NOT NULL CHECK (amount > 0), idem_key TEXT NOT NULL UNIQUE, reason TEXT, created_at TEXT NOT NULL) STRICT;
  CREATE INDEX refund_payment ON refund (payment_id);
  WITH RECURSIVE each (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each WHERE i < ${paymentCount})
    INSERT INTO payment SELECT i, 'USD', 1000000000000, 0 FROM each;
`

export const postgresTables = `
  CREATE TABLE payment (id bigint PRIMARY KEY, currency text NOT NULL, captured bigint NOT NULL,
    refunded bigint NOT NULL DEFAULT 0, CHECK (refunded >= 0 AND refunded <= captured));
  CREATE TABLE refund (id uuid PRIMARY KEY, payment_id bigint NOT NULL REFERENCES payment (id),
    amount bigint NOT NULL CHECK (amount > 0), idem_key text NOT NULL UNIQUE, reason text,
    created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX refund_payment ON refund (payment_id);
  INSERT INTO payment SELECT each, 'USD', 1000000000000, 0 FROM generate_series(1, ${paymentCount}) each;
`

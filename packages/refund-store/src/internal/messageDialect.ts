/** What two databases say differently of the journal as it is followed, and of messages. */
import { firstChain } from "./accountRows.ts"

export interface MessageDialect {
  /** Columns of an entry: the transaction that it was written in, 0 where that says nothing; and whose it is. */
  readonly xid: string
  readonly tenant: string
  /** The same of the entry with a number, which is given as text. */
  readonly xidOf: (entry: string) => string
  /** In which order entries are followed: that of their commits, as far as it can be told. */
  readonly inOrder: string
  /** Those from (?1, ?2) up to and including (?3, ?4), each given as a transaction and a number. */
  readonly between: string
  /** The last that may be followed, or null: nothing that is still to be committed will come before it. */
  readonly last: string
  /** The last of the `count` that come after (?1, ?2), or fewer, where there are not as many. */
  readonly upTo: (count: number) => string
  /** The values of a list, which is given as a JSON text: for FROM, in the column `value`. */
  readonly eachNumber: (list: string) => string
  /** At the end of a SELECT: nobody else changes the row before the transaction ends. */
  readonly forChange: string
  /** Waits until nobody else changes whose turn it is at the endpoint ?1 in the chain ?2; null: nobody else ever does. */
  readonly lockTurn: string | null
  readonly newEpoch: string
}

/** Entries are numbered in the order of their commits, and whoever writes is alone. */
export const sqliteMessages: MessageDialect = {
  xid: "0",
  tenant: `CASE
    WHEN chain > ${firstChain} THEN (SELECT a.tenant FROM accounts a WHERE a.no = chain - ${firstChain})
    WHEN chain > 0 THEN (SELECT o.tenant FROM orders o WHERE o.no = chain)
    ELSE -chain END`,
  xidOf: () => "0",
  inOrder: "no",
  between: "no BETWEEN ?2 AND ?4",
  last: "SELECT 0, max(no) FROM journal",
  // In a copy of another database's ledger numbers may be far apart.
  upTo: (count) => `SELECT 0, max(no) FROM journal WHERE no > ?2
    AND no <= max(?2 + ${count}, coalesce((SELECT min(no) FROM journal WHERE no > ?2), 0))`,
  eachNumber: (list) => `json_each(${list})`,
  forChange: "",
  lockTurn: null,
  newEpoch: "lower(hex(randomblob(8)))"
}

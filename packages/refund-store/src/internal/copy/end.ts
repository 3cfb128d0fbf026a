/** Where a copy comes from, or goes to: one state of a ledger to be read, or one transaction to write all of it in. */
import { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { obstacle } from "../connection.ts"
import { obstacleOf } from "../postgres/failures.ts"
import type { Row, Table } from "./tables.ts"

export interface End {
  /** The next rows after a key, in its order; fewer than `pageSize`: the last. */
  readonly page: (table: Table, after: Row) => Promise<ReadonlyArray<Row>>
  readonly insert: (table: Table, rows: ReadonlyArray<Row>) => Promise<void>
  /** Null: nothing was ever written there, and nobody can begin with anything but what will be there. */
  readonly taken: () => Promise<Taken | null>
  /** After everything was inserted: what is numbered from here on follows it. */
  readonly goOn: () => Promise<void>
}

/** By a ledger; or by a process that has numbers from before the copy, which others' rows would have after it. */
export type Taken = "ledger" | "numbers"

export interface Where {
  /** `file:…` or a path, or `postgres://…`. */
  readonly url: string
  /** PostgreSQL's schema. */
  readonly schema?: string
}

export const emptySql = "SELECT 1 WHERE EXISTS (SELECT 1 FROM tenants) OR EXISTS (SELECT 1 FROM inbox)"

/** Committed when `work` is done, else nothing of it is there. */
export type WithEnd = <A>(where: Where, use: "read" | "write", work: (end: End) => Promise<A>) => Promise<A>

export const isPostgresAt = ({ url }: Where): boolean => /^postgres(?:ql)?:/i.test(url)

/** What keeps either database from it is told as that. */
export const reached = <A>(work: () => Promise<A>): Effect.Effect<A, LedgerUnavailable> =>
  Effect.catchDefect(Effect.promise(work), (defect) => {
    const reason = obstacle(defect) ?? obstacleOf(defect)
    return reason === null ? Effect.die(defect) : Effect.fail(reason)
  })

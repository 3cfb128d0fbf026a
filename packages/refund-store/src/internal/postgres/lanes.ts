/**
 * Lanes: what may be decided on by one transaction at a time, whatever process it is of. They are the database's advisory
 * locks, kept to the end of the transaction. Locks of rows would not do: what is locked may not be there yet, and a
 * transaction gets its number with the first of them, while the feed needs an order's entries to have growing ones.
 */
import { createHash } from "node:crypto"
import type { Scope } from "refund-core/ports/LedgerStore"
import { list } from "./lists.ts"
import type { Connection } from "./pool.ts"

/** What is locked first comes first, in every transaction: so no two wait for each other. */
const classes = { order: 0n, settings: 0n, chosen: 1n, account: 2n } as const
type Class = keyof typeof classes

const chosenLane = (tenant: string, id: string): string => JSON.stringify(["chosen", tenant, id])

interface InLane {
  readonly scope: Scope
  readonly lane: string | null
}

/** What is locked before anything is read: its order or settings, and the id that its caller chose. Accounts come later. */
const firstLanesOf = ({ lane, scope }: InLane): ReadonlyArray<string> => {
  const chosen = scope.once?.chosen ?? null
  return [
    ...(lane === null || "customer" in scope.at ? [] : [lane]),
    ...(chosen === null ? [] : [chosenLane(scope.tenant, chosen)])
  ]
}

export const firstLanes = (all: ReadonlyArray<InLane>): ReadonlySet<string> => new Set(all.flatMap(firstLanesOf))

export const isIn = (lanes: ReadonlySet<string>, one: InLane): boolean =>
  lanes.size > 0 && firstLanesOf(one).some((lane) => lanes.has(lane))

const lockSql = "SELECT count(pg_advisory_xact_lock(v.key)) FROM unnest($1::int8[]) AS v (key)"
const tryLockSql = "SELECT v.key::text FROM unnest($1::int8[]) AS v (key) WHERE NOT pg_try_advisory_xact_lock(v.key)"
const below62 = 2n ** 62n - 1n

/** Locks are the whole database's: those of another ledger in it, in another schema, are not these. */
export const keyOf = (ledger: string, lane: string): bigint => {
  const digest = createHash("sha256").update(`${ledger} ${lane}`).digest().readBigUInt64BE()
  const kind = lane.slice(2, lane.indexOf('"', 2)) as Class
  return BigInt.asIntN(64, (classes[kind] << 62n) | (digest & below62))
}

/** One statement, one after the other in one order. Waits for whoever has one of them. */
export const lock = async (connection: Connection, ledger: string, lanes: Iterable<string>): Promise<void> => {
  const keys = BigInt64Array.from([...lanes].map((lane) => keyOf(ledger, lane))).sort()
  if (keys.length > 0) await connection.ask(lockSql, list("int8", [...keys]))
}

/** Waits for nobody. Answers those that another transaction has, or waits for. */
export const tryLock = async (
  connection: Connection,
  ledger: string,
  lanes: Iterable<string>
): Promise<ReadonlySet<string>> => {
  const byKey = new Map([...lanes].map((lane) => [keyOf(ledger, lane), lane]))
  if (byKey.size === 0) return new Set()
  const { rows } = await connection.ask<readonly [string]>(tryLockSql, list("int8", [...byKey.keys()]))
  return new Set(rows.flatMap(([key]) => byKey.get(BigInt(key)) ?? []))
}

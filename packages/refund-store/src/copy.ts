/** A ledger is copied to another place: all of it, into an empty one, and then both are verified. */
import { Context, Effect, Layer, Schema } from "effect"
import type { TenantId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type End, isPostgresAt, reached, type Taken, type Where, type WithEnd } from "./internal/copy/end.ts"
import { withPostgres } from "./internal/copy/postgresEnd.ts"
import { withSqlite } from "./internal/copy/sqliteEnd.ts"
import { first, heads, keyOf, pageSize, type Row, type Table, tables } from "./internal/copy/tables.ts"
import * as PostgresLedger from "./PostgresLedger.ts"
import * as SqliteLedger from "./SqliteLedger.ts"

export type { Where }

/** Nothing was copied; or all of it was, and one of the two ledgers is not in order. */
export class CopyRefused extends Schema.TaggedError<CopyRefused>()("CopyRefused", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

export interface Copied {
  /** Rows, by table. */
  readonly rows: Readonly<Record<string, number>>
  readonly tenants: number
  readonly orders: number
  readonly entries: number
}

export type Progress =
  | { readonly _tag: "copying"; readonly table: string; readonly rows: number }
  | { readonly _tag: "verifying"; readonly tenant: string; readonly entries: number }

/**
 * One state of the ledger goes over in one transaction: where it breaks off, the other place is as empty as before, and the
 * copy can be begun again. What is written to the first ledger meanwhile, or later, is not in the copy.
 */
export const copyLedger = (
  from: Where,
  to: Where,
  onProgress: (progress: Progress) => void = () => {}
): Effect.Effect<Copied, LedgerUnavailable | CopyRefused> =>
  Effect.gen(function* () {
    const done = yield* reached(() =>
      endOf(from)(from, "read", (source) => endOf(to)(to, "write", (target) => copied(source, target, onProgress)))
    )
    if (typeof done === "string") return yield* new CopyRefused({ detail: refusals[done] })
    const { rows, tenants } = done
    const verified = yield* verifiedBoth(from, to, tenants, onProgress)
    return { rows, tenants: tenants.length, ...verified }
  }).pipe(Effect.scoped)

const endOf = (where: Where): WithEnd => (isPostgresAt(where) ? withPostgres : withSqlite)

const refusals: Readonly<Record<Taken, string>> = {
  ledger: "a ledger is copied to where none is: there is one",
  numbers: `a ledger is copied to where no process has drawn numbers: one has, and would give them to other refunds than the copy's.
Stop whoever has that ledger open and copy again; where nobody has (it was killed), copy to another schema`
}

interface All {
  readonly rows: Readonly<Record<string, number>>
  readonly tenants: ReadonlyArray<TenantId>
}

const copied = async (source: End, target: End, onProgress: (progress: Progress) => void): Promise<All | Taken> => {
  const taken = await target.taken()
  if (taken !== null) return taken
  const tenants: Array<TenantId> = []
  const counts: Record<string, number> = {}
  for (const table of tables) {
    let rows = 0
    for await (const page of pagesOf(source, table)) {
      await target.insert(table, page)
      rows += page.length
      onProgress({ _tag: "copying", table: table.name, rows })
      const id = Object.keys(table.columns).indexOf("id")
      if (table.name === "tenants") tenants.push(...page.map((row) => row[id] as TenantId))
    }
    counts[table.name] = rows
  }
  await target.goOn()
  for (const table of heads) await compare(source, target, table)
  return { rows: counts, tenants }
}

async function* pagesOf(end: End, table: Table): AsyncIterable<ReadonlyArray<Row>> {
  let after = first(table)
  while (true) {
    const page = await end.page(table, after)
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    if (page.length < pageSize) return
    after = keyOf(table, last)
  }
}

const compare = async (source: End, target: End, table: Table): Promise<void> => {
  for await (const page of pagesOf(source, table)) {
    const [row] = page
    if (row === undefined) return
    const key = keyOf(table, row).map((value) => (typeof value === "number" ? value - 1 : value))
    const there = await target.page(table, key)
    if (JSON.stringify(there.slice(0, page.length)) !== JSON.stringify(page)) {
      throw new Error(`the heads of ${table.name} are others in the copy`)
    }
  }
}

const readerOf = (where: Where) =>
  Effect.map(
    Layer.build(
      isPostgresAt(where)
        ? PostgresLedger.layer({ ...where, readers: 1, writers: 1 })
        : SqliteLedger.layer({ file: where.url })
    ),
    (services) => Context.get(services, LedgerReader)
  )

const verifiedBoth = Effect.fnUntraced(function* (
  from: Where,
  to: Where,
  tenants: ReadonlyArray<TenantId>,
  onProgress: (progress: Progress) => void
) {
  const [source, target] = [yield* readerOf(from), yield* readerOf(to)]
  let [orders, entries] = [0, 0]
  for (const tenant of tenants) {
    const told = (done: { readonly entries: number }) =>
      onProgress({ _tag: "verifying", tenant, entries: entries + done.entries })
    const copy = yield* target.verify(tenant, told)
    const problem = copy.problem ?? (yield* source.verify(tenant)).problem
    if (problem !== null) {
      const detail = `the books of ${tenant} are not in order: ${problem.what}, in ${problem.chain} at ${problem.seq}`
      return yield* new CopyRefused({ detail })
    }
    orders += copy.orders
    entries += copy.entries
  }
  return { orders, entries }
})

/** Looks at facts in a transaction that only reads. */
import { Effect } from "effect"
import type { Facts, LedgerUnavailable, Scope } from "refund-core/ports/LedgerStore"
import type { Each } from "../ask.ts"
import type { TenantNumbers } from "../batch/load.ts"
import { look } from "../batch/look.ts"
import type { Places } from "../batch/places.ts"
import { answer } from "./answering.ts"
import { postgres } from "./dialect.ts"
import { obstacleOf } from "./failures.ts"
import { lateAfter, patiently, readAgain } from "./patience.ts"
import type { Connection, Pool } from "./pool.ts"
import { loads } from "./statements.ts"

export const beginLook = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

const nextNumber: Each = {
  statement: { sql: "SELECT next FROM numbers WHERE name = 'refunds'", columns: {} },
  rows: [[]]
}

const looked = async (connection: Connection, places: Places, tenants: TenantNumbers, scope: Scope): Promise<Facts> => {
  const begun = connection.tell(beginLook)
  const facts = await answer(connection, look({ loads, dialect: postgres, tenants }, places, nextNumber, scope))
  await Promise.all([begun, connection.tell("COMMIT")])
  return facts
}

export const makeLooks =
  (pool: Pool, places: Places, tenants: TenantNumbers, busyMilliseconds: number) =>
  (scope: Scope): Effect.Effect<Facts, LedgerUnavailable> =>
    asked(() =>
      patiently(lateAfter(busyMilliseconds), readAgain, () =>
        pool.use((connection) => looked(connection, places, tenants, scope))
      )
    )

/** What the database cannot do now is told as such; all else is a fault. */
export const asked = <A>(work: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, LedgerUnavailable> =>
  Effect.catchDefect(Effect.promise(work), (defect) => {
    const reason = obstacleOf(defect)
    return reason === null ? Effect.die(defect) : Effect.fail(reason)
  })

/** Facts for a preview or a look-up: the same as a decision's, of one committed state, without its lane. */
import { Effect } from "effect"
import type { Facts, LedgerUnavailable, Scope } from "refund-core/ports/LedgerStore"
import { booksOf, factsOf } from "./book.ts"
import { obstacleOf } from "./failures.ts"
import { load, type TenantNumbers } from "./load.ts"
import { lateAfter, patiently, readAgain } from "./patience.ts"
import type { Places } from "./places.ts"
import type { Connection, Pool } from "./pool.ts"

export const beginLook = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

const look = async (connection: Connection, places: Places, tenants: TenantNumbers, scope: Scope): Promise<Facts> => {
  const begun = connection.tell(beginLook)
  if (places.known(scope) === undefined) await places.find(connection, [scope])
  const wanted = { scope, order: places.known(scope) ?? null }
  const found = await load(connection, [wanted], tenants, true)
  await Promise.all([begun, connection.tell("COMMIT")])
  const loaded = factsOf(booksOf([wanted], found), wanted, found.nextNumber)
  if (loaded === null) throw new Error("not all that a look needs was read")
  return loaded.facts
}

export const makeLooks =
  (pool: Pool, places: Places, tenants: TenantNumbers, busyMilliseconds: number) =>
  (scope: Scope): Effect.Effect<Facts, LedgerUnavailable> =>
    asked(() =>
      patiently(lateAfter(busyMilliseconds), readAgain, () =>
        pool.use((connection) => look(connection, places, tenants, scope))
      )
    )

/** What the database cannot do now is told as such; all else is a fault. */
export const asked = <A>(work: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, LedgerUnavailable> =>
  Effect.catchDefect(Effect.promise(work), (defect) => {
    const reason = obstacleOf(defect)
    return reason === null ? Effect.die(defect) : Effect.fail(reason)
  })

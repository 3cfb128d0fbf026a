/** Facts for a preview or a look-up: the same as a decision's, of one committed state, without its lane. */
import type { Facts, Scope } from "refund-core/ports/LedgerStore"
import type { Asking, Each } from "../ask.ts"
import { booksOf, factsOf } from "./book.ts"
import { type Loading, load } from "./load.ts"
import type { Places } from "./places.ts"

/** `next`: the number that a new refund would have. */
export function* look(loading: Loading, places: Places, next: Each, scope: Scope): Asking<Facts> {
  if (places.known(scope) === undefined) yield* places.find(loading, [scope])
  const wanted = { scope, order: places.known(scope) ?? null }
  const { beside, found } = yield* load(loading, [wanted], [next])
  const [[nextNumber] = [0]] = beside[0] as ReadonlyArray<readonly [number]>
  const loaded = factsOf(booksOf(loading.dialect, [wanted], found), wanted, nextNumber)
  if (loaded === null) throw new Error("not all that a look needs was read")
  return loaded.facts
}

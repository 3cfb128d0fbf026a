/** The feed, read from the journal in the order that its entries are followed in. */
import { Effect } from "effect"
import type { TenantId } from "refund-core/Ids"
import { CursorGone, type Feed, type FeedPage } from "refund-core/ports/Feed"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type Asking, row, run } from "./ask.ts"
import type { Database } from "./database.ts"
import type { Known, Loader } from "./facts.ts"
import type { MessageDialect } from "./messageDialect.ts"
import type { Notice, Notices, Slice } from "./notices.ts"
import { beginning, cursorOf, type Position, readCursor, startOf } from "./position.ts"
import { nextTurn } from "./slices.ts"
import { tenantNumber } from "./tenants.ts"

/** Which copy of the ledger this is; another one after each `renew`. */
export function* epochOfCopy(): Asking<string> {
  return (yield* row<readonly [string]>("SELECT epoch FROM copy"))?.[0] ?? ""
}

export const renewCopy = ({ newEpoch }: MessageDialect): Asking<number> => run(`UPDATE copy SET epoch = ${newEpoch}`)

interface Found extends Slice {
  readonly next: string
}

export const makeFeed = (
  { read: ask }: Pick<Database, "read">,
  loader: Loader,
  notices: Notices
): (typeof Feed)["Service"] => {
  /** Where a cursor points to, if that is in this copy of the ledger: its entry is still the one that it was made at. */
  function* positionOf(epoch: string, cursor: string | null): Asking<Position | null> {
    if (cursor === null) return beginning
    const read = readCursor(cursor)
    if (read === null || read.epoch !== epoch) return null
    const { mark, place } = read
    if (place.entry === 0) return beginning
    const [xid, hash = ""] = (yield* notices.entry(place.entry)) ?? []
    return xid !== undefined && mark !== "" && hash.startsWith(mark) ? { xid, ...place } : null
  }

  function* slice(
    known: Known,
    tenant: TenantId,
    after: string | null,
    wanted: number,
    muted: boolean
  ): Asking<Found | CursorGone> {
    const epoch = yield* epochOfCopy()
    const from = yield* positionOf(epoch, after)
    if (from === null) return new CursorGone({ start: startOf(epoch) })
    const no = yield* tenantNumber(loader, known, tenant)
    const isWanted = ({ told }: Notice) => muted || !told.muted
    const found: Slice =
      no === null
        ? { found: [], reached: yield* notices.end(), isLast: true }
        : yield* notices.slice(epoch, [no], from, wanted, isWanted)
    const { reached } = found
    return { ...found, next: cursorOf(epoch, reached, yield* notices.hashOf(reached.entry)) }
  }

  const read = (
    tenant: TenantId,
    after: string | null,
    wanted: number,
    muted: boolean
  ): Effect.Effect<FeedPage, LedgerUnavailable | CursorGone> =>
    ask((known) => slice(known, tenant, after, wanted, muted)).pipe(
      Effect.flatMap((found) => ("found" in found ? Effect.succeed(found) : Effect.fail(found))),
      Effect.flatMap(({ found, isLast, next }) => {
        const events = found.map((notice) => notice.told)
        const left = wanted - events.length
        if (isLast || left <= 0) return Effect.succeed({ events, next })
        const rest = Effect.andThen(nextTurn, read(tenant, next, left, muted))
        return Effect.map(rest, (more) => ({ events: [...events, ...more.events], next: more.next }))
      })
    )

  return {
    read: (tenant, after, { limit, muted }) => read(tenant, after, Math.max(1, limit), muted),
    end: () =>
      ask(function* (): Asking<string> {
        const end = yield* notices.end()
        return cursorOf(yield* epochOfCopy(), end, yield* notices.hashOf(end.entry))
      })
  }
}

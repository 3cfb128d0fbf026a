/** The feed on SQLite: read from the journal by the numbers of its entries, which are given in the order of the commits. */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import type { TenantId } from "refund-core/Ids"
import { CursorGone, type Feed, type FeedPage } from "refund-core/ports/Feed"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type ReadInOne, row, tuples } from "./connection.ts"
import type { Notice, Notices, Slice } from "./notices.ts"
import { beginning, cursorOf, type Position, readCursor, startOf } from "./position.ts"
import { nextTurn, type Retried } from "./slices.ts"
import type { Tenants } from "./tenants.ts"

/** Which copy of the ledger the file is; another one after each `renew`. */
export class Copy {
  readonly #epoch
  readonly #renew

  constructor(db: DatabaseSync) {
    this.#epoch = tuples(db, "SELECT epoch FROM copy")
    this.#renew = db.prepare("UPDATE copy SET epoch = lower(hex(randomblob(8)))")
  }

  epoch(): string {
    return row<readonly [string]>(this.#epoch)?.[0] ?? ""
  }

  renew(): void {
    this.#renew.run()
  }
}

interface Found extends Slice {
  readonly next: string
}

export const makeFeed = (
  copy: Copy,
  notices: Notices,
  tenants: Tenants,
  readInOne: ReadInOne,
  retried: Retried
): (typeof Feed)["Service"] => {
  /** Where a cursor points to, if that is in this copy of the ledger: its entry is still the one that it was made at. */
  const positionOf = (epoch: string, cursor: string | null): Position | null => {
    if (cursor === null) return beginning
    const read = readCursor(cursor)
    if (read === null || read.epoch !== epoch) return null
    const { mark, position } = read
    if (position.entry === 0) return beginning
    return mark !== "" && notices.hashOf(position.entry).startsWith(mark) ? position : null
  }

  const slice = (tenant: TenantId, after: string | null, wanted: number, muted: boolean): Found | CursorGone => {
    const epoch = copy.epoch()
    const from = positionOf(epoch, after)
    if (from === null) return new CursorGone({ start: startOf(epoch) })
    const no = tenants.find(tenant)
    const isWanted = ({ told }: Notice) => muted || !told.muted
    const found: Slice =
      no === null
        ? { found: [], reached: notices.end(), isLast: true }
        : notices.slice(epoch, [no], from, wanted, isWanted)
    const { reached } = found
    return { ...found, next: cursorOf(epoch, reached, notices.hashOf(reached.entry)) }
  }

  const read = (
    tenant: TenantId,
    after: string | null,
    wanted: number,
    muted: boolean
  ): Effect.Effect<FeedPage, LedgerUnavailable | CursorGone> =>
    retried(() => readInOne(() => slice(tenant, after, wanted, muted))).pipe(
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
      retried(() =>
        readInOne(() => {
          const end = notices.end()
          return cursorOf(copy.epoch(), end, notices.hashOf(end.entry))
        })
      )
  }
}

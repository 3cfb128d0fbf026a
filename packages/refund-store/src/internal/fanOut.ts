/** Notes what each endpoint has to be told. The journal is read beforehand, so that only rows are written under locks. */
import { Effect } from "effect"
import { listens } from "refund-core/Notification"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type Asking, run } from "./ask.ts"
import type { Database } from "./database.ts"
import type { DeliveryRows } from "./deliveryRows.ts"
import type { Endpoints, Listener } from "./endpoints.ts"
import type { Loader } from "./facts.ts"
import { epochOfCopy } from "./feed.ts"
import type { Notice, Notices, Slice } from "./notices.ts"
import { isAfter, type Position } from "./position.ts"
import { nextTurn } from "./slices.ts"

/** What of the ledger deliveries are made with. */
export interface Beside {
  readonly database: Pick<Database, "read" | "write">
  readonly deliveries: DeliveryRows
  readonly notices: Notices
  readonly endpoints: Endpoints
  readonly loader: Loader
}

/** Listeners at one place of the journal: it is read once for all of them. */
interface Group {
  readonly from: Position
  readonly listeners: ReadonlyArray<Listener>
}

/** Where there was nothing for an endpoint over so many entries, that is written down; before, only remembered. */
const unwritten = 1_000

/** Whoever noted the same at the same time was first: then nothing is. */
const moveSql = "UPDATE endpoints SET entry = ?1, part = ?2 WHERE no = ?3 AND entry = ?4 AND part = ?5 AND since > 0"

interface Passed {
  readonly stored: Position
  readonly reached: Position
}

export const makeFanOut = (beside: Beside): ((limit: number) => Effect.Effect<number, LedgerUnavailable>) => {
  const { database, deliveries, endpoints, notices } = beside
  /** How far this process has read where nothing was found, by the endpoint's number. */
  const passed = new Map<number, Passed>()

  const placeOf = ({ entry, no, part, xid }: Listener): Position => {
    const known = passed.get(no)
    return known !== undefined && known.stored.entry === entry && known.stored.part === part
      ? known.reached
      : { xid, entry, part }
  }

  function* groups(): Asking<ReadonlyArray<Group>> {
    const end = yield* notices.end()
    const behind = (yield* endpoints.listeners()).filter((listener) => isAfter(end, placeOf(listener)))
    const byPlace = Map.groupBy(behind, (listener) => `${placeOf(listener).entry}.${placeOf(listener).part}`)
    return [...byPlace.values()].flatMap((listeners) =>
      listeners[0] === undefined ? [] : [{ from: placeOf(listeners[0]), listeners }]
    )
  }

  const hears = ({ endpoint, tenant }: Listener, notice: Notice): boolean =>
    tenant === notice.tenant && listens(endpoint.events, notice.told.type)

  function* read({ from, listeners }: Group, wanted: number): Asking<Slice> {
    const tenants = [...new Set(listeners.map((listener) => listener.tenant))]
    const heard = (notice: Notice) => !notice.told.muted && listeners.some((each) => hears(each, notice))
    return yield* notices.slice(yield* epochOfCopy(), tenants, from, wanted, heard)
  }

  /** At most so many, whoever of them it is that gets no further for that. */
  function* write(listeners: ReadonlyArray<Listener>, { found, reached }: Slice, atMost: number): Asking<number> {
    let noted = 0
    for (const listener of listeners) {
      const { entry, no, part } = listener
      const heard = found.filter((notice) => hears(listener, notice))
      const now = heard.slice(0, atMost - noted)
      const upTo = now.length < heard.length ? now.at(-1)?.upTo : reached
      if (upTo === undefined || (yield* run(moveSql, upTo.entry, upTo.part, no, entry, part)) === 0) continue
      for (const notice of now) yield* deliveries.note(no, notice.chain, notice.entry, notice.part)
      noted += now.length
    }
    return noted
  }

  /** Only those who have something to be told, or are far behind, cost a row. */
  const advance = (group: Group, slice: Slice, atMost: number): Effect.Effect<number, LedgerUnavailable> => {
    const { found, reached } = slice
    const isWritten = (listener: Listener) =>
      reached.entry - listener.entry > unwritten || found.some((notice) => hears(listener, notice))
    const written = new Set(group.listeners.filter(isWritten))
    for (const listener of group.listeners) {
      const { entry, no, part, xid } = listener
      if (written.has(listener)) passed.delete(no)
      else passed.set(no, { stored: { xid, entry, part }, reached })
    }
    return written.size === 0 ? Effect.succeed(0) : database.write(() => write([...written], slice, atMost))
  }

  return (limit) =>
    Effect.gen(function* () {
      if (!(yield* database.read(() => endpoints.isCurrent()))) yield* database.write(() => endpoints.keepUp())
      let noted = 0
      while (noted < limit) {
        const left = yield* database.read(groups)
        if (left.length === 0) return noted
        for (const [index, group] of left.entries()) {
          if (noted >= limit) return noted
          const share = Math.ceil((limit - noted) / (left.length - index))
          const slice = yield* database.read(() => read(group, share))
          noted += yield* advance(group, slice, share)
          yield* nextTurn
        }
      }
      return noted
    })
}

/** Notes what each endpoint has to be told. The journal is read beforehand, so that the write lock is held for rows alone. */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Exit } from "effect"
import { listens } from "refund-core/Notification"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { now } from "./clock.ts"
import type { ReadInOne } from "./connection.ts"
import type { Endpoints, Listener } from "./endpoints.ts"
import type { Copy } from "./feed.ts"
import type { Notice, Notices, Slice } from "./notices.ts"
import { isAfter, type Position } from "./position.ts"
import { nextTurn, type Retried } from "./slices.ts"
import type { Tenants } from "./tenants.ts"
import type { Writer } from "./writer.ts"

/** What of the ledger deliveries are made with. */
export interface Beside {
  readonly db: DatabaseSync
  readonly writer: Writer
  readonly copy: Copy
  readonly notices: Notices
  readonly endpoints: Endpoints
  readonly tenants: Tenants
  readonly readInOne: ReadInOne
  readonly retried: Retried
}

/** Listeners at one place of the journal: it is read once for all of them. */
interface Group {
  readonly from: Position
  readonly listeners: ReadonlyArray<Listener>
}

/** Where there was nothing for an endpoint over so many entries, that is written down; before, only remembered. */
const unwritten = 1_000

const statements = (db: DatabaseSync) => ({
  // Whoever noted the same at the same time was first: then nothing is.
  move: db.prepare(
    "UPDATE endpoints SET entry = ?1, part = ?2 WHERE no = ?3 AND entry = ?4 AND part = ?5 AND since > 0"
  ),
  // Behind another that waits in its chain it has to wait for its turn.
  note: db.prepare(
    `INSERT INTO deliveries (endpoint, chain, entry, part, state, tries, due_at, available_at)
     SELECT ?1, ?2, ?3, ?4, 'waiting', 0, ${now},
       CASE WHEN EXISTS (SELECT 1 FROM deliveries WHERE endpoint = ?1 AND chain = ?2 AND state = 'waiting')
         THEN NULL ELSE ${now} END`
  )
})

interface Passed {
  readonly stored: Position
  readonly reached: Position
}

export const makeFanOut = (beside: Beside): ((limit: number) => Effect.Effect<number, LedgerUnavailable>) => {
  const { copy, db, endpoints, notices, readInOne, retried, writer } = beside
  const sql = statements(db)
  /** How far this process has read where nothing was found, by the endpoint's number. */
  const passed = new Map<number, Passed>()

  const placeOf = ({ entry, no, part }: Listener): Position => {
    const known = passed.get(no)
    return known !== undefined && known.stored.entry === entry && known.stored.part === part
      ? known.reached
      : { entry, part }
  }

  const groups = (): ReadonlyArray<Group> => {
    const end = notices.end()
    const behind = endpoints.listeners().filter((listener) => isAfter(end, placeOf(listener)))
    const byPlace = Map.groupBy(behind, (listener) => `${placeOf(listener).entry}.${placeOf(listener).part}`)
    return [...byPlace.values()].flatMap((listeners) =>
      listeners[0] === undefined ? [] : [{ from: placeOf(listeners[0]), listeners }]
    )
  }

  const hears = ({ endpoint, tenant }: Listener, notice: Notice): boolean =>
    tenant === notice.tenant && listens(endpoint.events, notice.told.type)

  const read = ({ from, listeners }: Group, wanted: number): Slice => {
    const tenants = [...new Set(listeners.map((listener) => listener.tenant))]
    const heard = (notice: Notice) => !notice.told.muted && listeners.some((each) => hears(each, notice))
    return notices.slice(copy.epoch(), tenants, from, wanted, heard)
  }

  /** At most so many, whoever of them it is that gets no further for that. */
  const write = (listeners: ReadonlyArray<Listener>, { found, reached }: Slice, atMost: number): number => {
    let noted = 0
    for (const listener of listeners) {
      const { entry, no, part } = listener
      const heard = found.filter((notice) => hears(listener, notice))
      const now = heard.slice(0, atMost - noted)
      const upTo = now.length < heard.length ? now.at(-1)?.upTo : reached
      if (upTo === undefined || sql.move.run(upTo.entry, upTo.part, no, entry, part).changes === 0) continue
      for (const notice of now) sql.note.run(no, notice.chain, notice.entry, notice.part)
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
      const { entry, no, part } = listener
      if (written.has(listener)) passed.delete(no)
      else passed.set(no, { stored: { entry, part }, reached })
    }
    return written.size === 0 ? Effect.succeed(0) : writer.write(() => Exit.succeed(write([...written], slice, atMost)))
  }

  return (limit) =>
    Effect.gen(function* () {
      if (!(yield* retried(() => readInOne(() => endpoints.isCurrent())))) {
        yield* writer.write(() => Exit.succeed(endpoints.keepUp()))
      }
      let noted = 0
      while (noted < limit) {
        const left = yield* retried(() => readInOne(groups))
        if (left.length === 0) return noted
        for (const [index, group] of left.entries()) {
          if (noted >= limit) return noted
          const share = Math.ceil((limit - noted) / (left.length - index))
          const slice = yield* retried(() => readInOne(() => read(group, share)))
          noted += yield* advance(group, slice, share)
          yield* nextTurn
        }
      }
      return noted
    })
}

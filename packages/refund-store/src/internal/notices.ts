/** Notifications out of the journal, in the order they were committed: for the feed, and for deliveries. */
import type { DatabaseSync } from "node:sqlite"
import { Result } from "effect"
import type { Event } from "refund-core/Event"
import type { OrderId, RefundId } from "refund-core/Ids"
import { type ReadEntry, readEntry } from "refund-core/Journal"
import { type Notification, notifications } from "refund-core/Notification"
import type { Told } from "refund-core/ports/Feed"
import type { Refund } from "refund-core/Refund"
import { firstChain } from "./accountRows.ts"
import { row, rows, tuples, unavailable } from "./connection.ts"
import { cursorOf, isAfter, type Position, whole } from "./position.ts"
import { type RefundRow, refundColumns, toRefund } from "./refundRows.ts"

/** A notification and its place in the journal. */
export interface Notice extends Position {
  readonly tenant: number
  /** The number of its chain. */
  readonly chain: number
  /** What was read once this is: all of the entry, where it is the last that the entry tells. */
  readonly upTo: Position
  readonly told: Told
}

export interface Slice {
  readonly found: ReadonlyArray<Notice>
  readonly reached: Position
  /** Nothing comes after it, so far. */
  readonly isLast: boolean
}

const tenantOfChain = `CASE
  WHEN chain > ${firstChain} THEN (SELECT a.tenant FROM accounts a WHERE a.no = chain - ${firstChain})
  WHEN chain > 0 THEN (SELECT o.tenant FROM orders o WHERE o.no = chain)
  ELSE -chain END`
const entries = `SELECT no, ${tenantOfChain} AS tenant, chain, hash, text FROM journal`

type EntryRow = readonly [no: number, tenant: number, chain: number, hash: string, text: string]

/** Each finds its rows by a number or an index: `feed.test.ts` asks SQLite how. */
export const noticeSql = {
  entries: `SELECT * FROM (${entries}) WHERE no BETWEEN ?1 AND ?2
    AND tenant IN (SELECT value FROM json_each(?3)) ORDER BY no LIMIT ?4`,
  named: `${entries} WHERE no IN (SELECT value FROM json_each(?1))`,
  refunds: `SELECT ${refundColumns}, (SELECT o.id FROM orders o WHERE o.no = order_no) FROM refunds
    WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))`,
  last: "SELECT max(no) FROM journal",
  hash: "SELECT hash FROM journal WHERE no = ?1"
}

/** So many entries are read at once, a few milliseconds; so many of others may lie between them. */
const portion = 32
const fewest = 8
const window = 4_000

export class Notices {
  readonly #sql

  constructor(db: DatabaseSync) {
    this.#sql = {
      entries: tuples(db, noticeSql.entries),
      named: tuples(db, noticeSql.named),
      refunds: tuples(db, noticeSql.refunds),
      last: tuples(db, noticeSql.last),
      hash: tuples(db, noticeSql.hash)
    }
  }

  end(): Position {
    return { entry: row<readonly [number | null]>(this.#sql.last)?.[0] ?? 0, part: whole }
  }

  /** Empty: there is no entry of that number. */
  hashOf(entry: number): string {
    return row<readonly [string]>(this.#sql.hash, entry)?.[0] ?? ""
  }

  /** What these tenants' next entries after a position tell, at most as much as wanted. */
  slice(
    epoch: string,
    tenants: ReadonlyArray<number>,
    from: Position,
    wanted: number,
    isWanted: (notice: Notice) => boolean
  ): Slice {
    const end = this.end()
    const until = Math.min(end.entry, from.entry + window)
    const limit = Math.min(portion, Math.max(fewest, wanted))
    const first = from.part === whole ? from.entry + 1 : from.entry
    const read = rows<EntryRow>(this.#sql.entries, first, until, JSON.stringify(tenants), limit)
    const found = this.#noticesOf(epoch, read).filter((each) => isAfter(each, from) && isWanted(each))
    const readTo = read.length < limit ? until : (read.at(-1)?.[0] ?? until)
    const reached = found[wanted - 1]?.upTo ?? { entry: readTo, part: whole }
    return { found: found.slice(0, wanted), reached, isLast: !isAfter(end, reached) }
  }

  /** What is told at these places, by place. */
  at(epoch: string, places: ReadonlyArray<Position>): ReadonlyMap<string, Told> {
    const numbers = JSON.stringify([...new Set(places.map((place) => place.entry))])
    const found = this.#noticesOf(epoch, rows<EntryRow>(this.#sql.named, numbers))
    return new Map(found.map((notice) => [placeOf(notice), notice.told]))
  }

  #noticesOf(epoch: string, read: ReadonlyArray<EntryRow>): ReadonlyArray<Notice> {
    const known = read.map((each) => ({ each, entry: entryOf(each) }))
    const named = new Map<number, Set<string>>()
    for (const { each, entry } of known) {
      const ids = named.get(each[1]) ?? new Set()
      for (const event of entry.events) for (const id of refundIn(event)) ids.add(id)
      named.set(each[1], ids)
    }
    const refunds = new Map([...named].map(([tenant, ids]) => [tenant, this.#refunds(tenant, ids)]))
    return known.flatMap(({ each, entry }) => noticesIn(epoch, each, entry, (id) => refunds.get(each[1])?.get(id)))
  }

  #refunds(tenant: number, ids: ReadonlySet<string>): ReadonlyMap<RefundId, Refund> {
    if (ids.size === 0) return new Map()
    type Row = readonly [...RefundRow, orderId: OrderId]
    const found = rows<Row>(this.#sql.refunds, tenant, JSON.stringify([...ids])).map((each) => {
      return toRefund(each.slice(0, -1) as unknown as RefundRow, each[each.length - 1] as OrderId)
    })
    return new Map(found.map((refund) => [refund.id, refund]))
  }
}

export const placeOf = ({ entry, part }: Position): string => `${entry}.${part}`

const entryOf = ([no, , , , text]: EntryRow): ReadEntry => {
  const entry = readEntry(text)
  if (Result.isFailure(entry))
    throw unavailable(`entry number ${no} of the journal cannot be read: ${entry.failure}`, 30)
  return entry.success
}

const refundIn = (event: Event): ReadonlyArray<RefundId> => {
  if (event._tag === "RefundRequested") return [event.refund.id]
  return "refundId" in event ? [event.refundId] : []
}

/** Room for so many notifications of one event: that one more is made of it does not rename those of the others. */
const partsOfEvent = 16

const noticesIn = (
  epoch: string,
  [number, tenant, chain, hash]: EntryRow,
  entry: ReadEntry,
  refundOf: (id: RefundId) => Refund | undefined
): ReadonlyArray<Notice> => {
  const told = notifications(entry, refundOf)
  let before: Event | null = null
  let part = 0
  return told.map((notification: Notification, index): Notice => {
    part = notification.event === before ? part + 1 : entry.events.indexOf(notification.event) * partsOfEvent
    before = notification.event
    const upTo = { entry: number, part: index === told.length - 1 ? whole : part }
    return {
      tenant,
      chain,
      entry: number,
      part,
      upTo,
      told: {
        ...notification,
        id: `${hash.slice(0, 24)}-${part}`,
        cursor: cursorOf(epoch, upTo, hash),
        chain: entry.chain,
        seq: entry.seq
      }
    }
  })
}

/** Notifications out of the journal, in the order they were committed: for the feed, and for deliveries. */
import { Result } from "effect"
import type { Event } from "refund-core/Event"
import type { OrderId, RefundId } from "refund-core/Ids"
import { type ReadEntry, readEntry } from "refund-core/Journal"
import { type Notification, notifications } from "refund-core/Notification"
import type { Told } from "refund-core/ports/Feed"
import type { Refund } from "refund-core/Refund"
import { type Asking, row, rows } from "./ask.ts"
import { unavailable } from "./connection.ts"
import type { Dialect } from "./dialect.ts"
import type { MessageDialect } from "./messageDialect.ts"
import { beginning, cursorOf, isAfter, type Place, type Position, whole } from "./position.ts"
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

type EntryRow = readonly [no: number, tenant: number, chain: number, hash: string, text: string, xid: number]

/** So many entries are read at once, a few milliseconds; so many of others may lie between them. */
const portion = 32
const fewest = 8
const window = 4_000

/** Each finds its rows by a number or an index: `feed.test.ts` asks SQLite how. */
export const noticeSql = ({ numberIn, textIn }: Dialect, words: MessageDialect) => {
  const entries = `SELECT no, ${words.tenant} AS tenant, chain, hash, text, ${words.xid} AS written_in FROM journal`
  return {
    entries: `${entries} WHERE ${words.between} AND ${numberIn(`(${words.tenant})`, "?5")}
      ORDER BY ${words.inOrder} LIMIT ?6`,
    named: `${entries} WHERE ${numberIn("no", "?1")}`,
    refunds: `SELECT ${refundColumns}, (SELECT o.id FROM orders o WHERE o.no = order_no) FROM refunds
      WHERE tenant = ?1 AND ${textIn("id", "?2")}`,
    last: words.last,
    until: words.upTo(window),
    entry: `SELECT ${words.xid}, hash FROM journal WHERE no = ?1`
  }
}

export class Notices {
  readonly #sql

  constructor(dialect: Dialect, words: MessageDialect) {
    this.#sql = noticeSql(dialect, words)
  }

  *end(): Asking<Position> {
    const [xid, entry] = (yield* row<readonly [number, number | null]>(this.#sql.last)) ?? [0, null]
    return entry === null ? beginning : { xid, entry, part: whole }
  }

  /** An entry's transaction and hash. Undefined: there is none of that number. */
  entry(no: number): Asking<readonly [xid: number, hash: string] | undefined> {
    return row<readonly [number, string]>(this.#sql.entry, no)
  }

  /** Empty: there is no entry of that number. */
  *hashOf(entry: number): Asking<string> {
    return (yield* this.entry(entry))?.[1] ?? ""
  }

  /** What these tenants' next entries after a position tell, at most as much as wanted. */
  *slice(
    epoch: string,
    tenants: ReadonlyArray<number>,
    from: Position,
    wanted: number,
    isWanted: (notice: Notice) => boolean
  ): Asking<Slice> {
    const end = yield* this.end()
    if (!isAfter(end, from)) return { found: [], reached: from, isLast: true }
    const until = yield* this.#windowAfter(from)
    const limit = Math.min(portion, Math.max(fewest, wanted))
    const first = from.part === whole ? from.entry + 1 : from.entry
    const between = [from.xid, first, until.xid, until.entry]
    const read = yield* rows<EntryRow>(this.#sql.entries, ...between, JSON.stringify(tenants), limit)
    const found = (yield* this.#noticesOf(epoch, read)).filter((each) => isAfter(each, from) && isWanted(each))
    const last = read.length < limit ? undefined : read.at(-1)
    const readTo = last === undefined ? until : { xid: last[5], entry: last[0], part: whole }
    const reached = found[wanted - 1]?.upTo ?? readTo
    return { found: found.slice(0, wanted), reached, isLast: !isAfter(end, reached) }
  }

  /** Up to where it is looked through at once; the position's own entry, where none comes after it. */
  *#windowAfter({ entry, xid }: Position): Asking<Position> {
    const found = yield* row<readonly [number, number | null]>(this.#sql.until, xid, entry)
    return { xid: found?.[0] ?? xid, entry: found?.[1] ?? entry, part: whole }
  }

  /** What is told at these places, by place. */
  *at(epoch: string, places: ReadonlyArray<Place>): Asking<ReadonlyMap<string, Told>> {
    const numbers = JSON.stringify([...new Set(places.map((place) => place.entry))])
    const found = yield* this.#noticesOf(epoch, yield* rows<EntryRow>(this.#sql.named, numbers))
    return new Map(found.map((notice) => [placeOf(notice), notice.told]))
  }

  *#noticesOf(epoch: string, read: ReadonlyArray<EntryRow>): Asking<ReadonlyArray<Notice>> {
    const known = read.map((each) => ({ each, entry: entryOf(each) }))
    const named = new Map<number, Set<string>>()
    for (const { each, entry } of known) {
      const ids = named.get(each[1]) ?? new Set()
      for (const event of entry.events) for (const id of refundIn(event)) ids.add(id)
      named.set(each[1], ids)
    }
    const refunds = new Map<number, ReadonlyMap<RefundId, Refund>>()
    for (const [tenant, ids] of named) refunds.set(tenant, yield* this.#refunds(tenant, ids))
    return known.flatMap(({ each, entry }) => noticesIn(epoch, each, entry, (id) => refunds.get(each[1])?.get(id)))
  }

  *#refunds(tenant: number, ids: ReadonlySet<string>): Asking<ReadonlyMap<RefundId, Refund>> {
    if (ids.size === 0) return new Map()
    type Row = readonly [...RefundRow, orderId: OrderId]
    const read = yield* rows<Row>(this.#sql.refunds, tenant, JSON.stringify([...ids]))
    const found = read.map((each) => {
      return toRefund(each.slice(0, -1) as unknown as RefundRow, each[each.length - 1] as OrderId)
    })
    return new Map(found.map((refund) => [refund.id, refund]))
  }
}

export const placeOf = ({ entry, part }: Place): string => `${entry}.${part}`

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
  [number, tenant, chain, hash, , xid]: EntryRow,
  entry: ReadEntry,
  refundOf: (id: RefundId) => Refund | undefined
): ReadonlyArray<Notice> => {
  const told = notifications(entry, refundOf)
  let before: Event | null = null
  let part = 0
  return told.map((notification: Notification, index): Notice => {
    part = notification.event === before ? part + 1 : entry.events.indexOf(notification.event) * partsOfEvent
    before = notification.event
    const upTo = { xid, entry: number, part: index === told.length - 1 ? whole : part }
    return {
      tenant,
      chain,
      xid,
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

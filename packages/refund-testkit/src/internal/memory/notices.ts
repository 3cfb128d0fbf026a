/** Notifications out of a tenant's journal, in the order of its commits, each with its place. */
import { randomUUID } from "node:crypto"
import { Result } from "effect"
import type { TenantId } from "refund-core/Ids"
import { notifications } from "refund-core/Notification"
import type { Told } from "refund-core/ports/Feed"
import type { JournalEntry } from "refund-core/ports/LedgerReader"
import { type Books, refundsOf, tenantBooks } from "../books.ts"
import { readOnce } from "../entries.ts"

/** All entries before it were read, and of this one so many of the notifications that it makes. */
export interface Place {
  readonly entry: number
  readonly part: number
}

export interface Notice {
  readonly told: Told
  /** Where to read on from, after it. */
  readonly after: Place
}

export interface Notices {
  /** Of this copy of the ledger: cursors of another one are gone. */
  readonly epoch: string
  readonly end: (tenant: TenantId) => Place
  readonly from: (tenant: TenantId, place: Place) => ReadonlyArray<Notice>
}

export const start: Place = { entry: 0, part: 0 }

export const cursorOf = (epoch: string, { entry, part }: Place): string =>
  Buffer.from(`${epoch} ${entry} ${part}`).toString("base64url")

/** Null: it is none of this copy's. */
export const placeOf = (epoch: string, cursor: string, end: Place): Place | null => {
  const [, entry, part] = Buffer.from(cursor, "base64url").toString().split(" ")
  const place = { entry: Number(entry), part: Number(part) }
  return cursorOf(epoch, place) === cursor && place.entry <= end.entry ? place : null
}

export const makeNotices = (books: Books): Notices => {
  const epoch = randomUUID()
  const made = new WeakMap<JournalEntry, ReadonlyArray<Omit<Told, "cursor">>>()

  const toldIn = (tenant: TenantId, entry: JournalEntry): ReadonlyArray<Omit<Told, "cursor">> => {
    const read = readOnce(entry)
    if (Result.isFailure(read)) throw new Error(`an entry of ${entry.chain} cannot be read: ${read.failure}`)
    const kept = tenantBooks(books, tenant)
    const told = notifications(read.success, (id) => refundsOf(kept, id).find((refund) => refund.id === id))
    return told.map((notification, part) => ({
      ...notification,
      id: `${entry.hash.slice(0, 24)}-${part}`,
      chain: entry.chain,
      seq: entry.seq
    }))
  }

  return {
    epoch,
    end: (tenant) => ({ entry: tenantBooks(books, tenant).log.length, part: 0 }),
    from: (tenant, place) =>
      tenantBooks(books, tenant)
        .log.slice(place.entry)
        .flatMap((entry, index) => {
          const number = place.entry + index
          const told = made.get(entry) ?? toldIn(tenant, entry)
          made.set(entry, told)
          return told.slice(index === 0 ? place.part : 0).map((each): Notice => {
            const part = told.indexOf(each) + 1
            const after = part === told.length ? { entry: number + 1, part: 0 } : { entry: number, part }
            return { told: { ...each, cursor: cursorOf(epoch, after) }, after }
          })
        })
  }
}

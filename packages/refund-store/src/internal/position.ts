/** Places in the journal, finer than an entry; and cursors, which are such places for whoever reads from outside. */

/** As it is kept: of the entry itself what it tells up to and including the part. */
export interface Place {
  readonly entry: number
  readonly part: number
}

/**
 * Of all entries before it everything was read. Which those are, the entry's number alone does not say everywhere: where
 * many write at once, the number of its transaction comes first. The journal knows it, so it is kept nowhere else.
 */
export interface Position extends Place {
  readonly xid: number
}

/** The part that no entry has: all of it was read. */
export const whole = 2 ** 31 - 1

export const beginning: Position = { xid: 0, entry: 0, part: whole }

export const isAfter = (a: Position, b: Position): boolean =>
  (a.xid - b.xid || a.entry - b.entry || a.part - b.part) > 0

/** So much of an entry's hash is in a cursor: where another entry has come to that place, the cursor is of another copy. */
const markLength = 12

export const cursorOf = (epoch: string, { entry, part }: Place, hash: string): string =>
  Buffer.from([epoch, entry, part === whole ? "" : part, hash.slice(0, markLength)].join(".")).toString("base64url")

export const startOf = (epoch: string): string => cursorOf(epoch, beginning, "")

export interface ReadCursor {
  readonly epoch: string
  readonly place: Place
  /** How the hash of the place's entry begins. */
  readonly mark: string
}

const form = /^([0-9a-f]{16})\.(\d{1,15})\.(\d{0,9})\.([0-9a-f]*)$/

/** Null: it is no cursor. */
export const readCursor = (cursor: string): ReadCursor | null => {
  const [, epoch, entry, part, mark] = form.exec(Buffer.from(cursor, "base64url").toString()) ?? []
  if (epoch === undefined || mark === undefined) return null
  return { epoch, place: { entry: Number(entry), part: part === "" ? whole : Number(part) }, mark }
}

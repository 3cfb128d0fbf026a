/**
 * Who changed what, with what credential, from where, when and why: the journal's entries as an auditor wants them. Of keys
 * and webhooks it shows how the hashes of their secrets begin, so that changes of one are known as such, and no more.
 */
import { Event } from "./Event.ts"
import type { Instant } from "./Ids.ts"
import { type Home, settingsChain } from "./Journal.ts"
import type { JournalEntry } from "./ports/LedgerReader.ts"

/** The names of all events. */
export const eventNames: ReadonlySet<string> = new Set(Object.keys(Event.cases))

export interface AuditQuery {
  /** A principal. */
  readonly by?: string
  /** A credential: a key's id, a token's issuer, `file`. */
  readonly with?: string
  /** What was recorded from then on, and before then. */
  readonly from?: Instant
  readonly to?: Instant
  /** Only entries that have one of these events. */
  readonly kinds?: ReadonlySet<string>
  readonly about?: Home
}

export interface AuditEvent {
  readonly _tag: string
  readonly detail?: unknown
}

export interface Audited {
  readonly chain: string
  readonly seq: number
  readonly hash: string
  readonly at: Instant
  readonly by: string
  readonly with: string | null
  readonly from: string | null
  readonly requestId: string | null
  readonly door: string
  readonly why: string | null
  readonly events: ReadonlyArray<AuditEvent>
}

/** `next` is opaque, null at the end. A page may be empty, and others follow. */
export interface AuditPage {
  readonly entries: ReadonlyArray<Audited>
  readonly next: string | null
}

interface Written {
  readonly at: Instant
  readonly by: string
  readonly with?: string
  readonly from?: string
  readonly requestId?: string
  readonly door: string
  readonly events: ReadonlyArray<AuditEvent>
}

/** Those that are asked for. One that somebody has made unreadable is none of them: `verify` finds it. */
export const audited = (entries: ReadonlyArray<JournalEntry>, query: AuditQuery): ReadonlyArray<Audited> =>
  entries.flatMap((entry) => {
    const written = read(entry.text)
    return written !== null && isAskedFor(entry, written, query) ? [shown(entry, written)] : []
  })

const read = (text: string): Written | null => {
  try {
    const written = JSON.parse(text) as Written
    return Array.isArray(written.events) ? written : null
  } catch {
    return null
  }
}

const isAskedFor = ({ chain }: JournalEntry, written: Written, query: AuditQuery): boolean =>
  (query.by === undefined || query.by === written.by) &&
  (query.with === undefined || query.with === written.with) &&
  (query.from === undefined || written.at >= query.from) &&
  (query.to === undefined || written.at < query.to) &&
  (query.kinds === undefined || written.events.some(({ _tag }) => query.kinds?.has(_tag))) &&
  (query.about === undefined || query.about === homeOf(chain))

const homeOf = (chain: string): Home => {
  if (chain === settingsChain) return "settings"
  return chain.startsWith("credit:") ? "credit" : "order"
}

const shown = ({ chain, hash, seq }: JournalEntry, written: Written): Audited => ({
  chain,
  seq,
  hash,
  at: written.at,
  by: written.by,
  with: written.with ?? null,
  from: written.from ?? null,
  requestId: written.requestId ?? null,
  door: written.door,
  why: written.events.map(({ detail }) => detail).find((detail) => typeof detail === "string") ?? null,
  events: chain === settingsChain ? (withoutHashes(written.events) as ReadonlyArray<AuditEvent>) : written.events
})

const hashes: ReadonlySet<string> = new Set(["hash", "secretHashes"])
const shownLength = 12

const withoutHashes = (value: unknown, isHash = false): unknown => {
  if (Array.isArray(value)) return value.map((each) => withoutHashes(each, isHash))
  if (typeof value === "string") return isHash ? value.slice(0, shownLength) : value
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutHashes(each, hashes.has(name))]))
}

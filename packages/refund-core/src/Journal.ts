/**
 * A journal entry: the events of one decision, who and when, in one canonical text. An entry's hash is the SHA-256 of
 * the entry before it in its chain and its own text, so nothing can be changed, dropped or put in between unseen.
 */
import { Result, Schema } from "effect"
import { isCreditEvent } from "./Credit.ts"
import { canonical } from "./canonical.ts"
import { Event } from "./Event.ts"
import { Door } from "./Policy.ts"
import type { Stamp } from "./ports/LedgerStore.ts"
import { isSettingsEvent } from "./Settings.ts"
import { Via } from "./Via.ts"

export const Entry = Schema.Struct({
  /** Whose ledger it is; absent in entries from before it was written down. */
  tenant: Schema.optionalKey(Schema.String),
  /** `order:<id>`, `credit:<currency>:<customer>` or `settings`. */
  chain: Schema.String,
  /** 1, 2, 3 … within the chain. */
  seq: Schema.Int,
  at: Schema.Int,
  by: Schema.String,
  door: Door,
  ...Via,
  events: Schema.Array(Schema.Unknown)
})

/** In place of the text itself: its salted hash. Remove the text and the entry still verifies. */
export const textsHash = (texts: { readonly salt: string }, sha256: (text: string) => string): string =>
  sha256(canonical(texts))

export const orderChain = (orderId: string): string => `order:${orderId}`
export const creditChain = (customerId: string, currency: string): string => `credit:${currency}:${customerId}`
export const settingsChain = "settings"

export type Home = "order" | "credit" | "settings"

/** The chain that an event of a decision is kept in. */
export const home = (event: Event): Home => {
  if (isCreditEvent(event) || (event._tag === "Posted" && event.source.startsWith("credit:"))) return "credit"
  return isSettingsEvent(event) ? "settings" : "order"
}

/** A decision's events by the chain they are kept in: one entry each, none without events. */
export const byHome = (events: ReadonlyArray<Event>): ReadonlyArray<readonly [Home, ReadonlyArray<Event>]> => {
  const homes: ReadonlyArray<Home> = ["order", "credit", "settings"]
  return homes.flatMap((each) => {
    const kept = events.filter((event) => home(event) === each)
    return kept.length === 0 ? [] : [[each, kept] as const]
  })
}

/** The text that is hashed and kept. `sha256`: hex digest of a UTF-8 text, the store's. */
export const entryText = (
  tenant: string,
  chain: string,
  seq: number,
  stamp: Stamp,
  events: ReadonlyArray<Event>,
  sha256: (text: string) => string
): string =>
  canonical({
    tenant,
    chain,
    seq,
    at: stamp.at,
    by: stamp.by,
    door: stamp.door,
    with: stamp.with,
    from: stamp.from,
    requestId: stamp.requestId,
    events: events.map((event) =>
      "texts" in event && event.texts !== undefined ? { ...event, texts: textsHash(event.texts, sha256) } : event
    )
  })

/** What was hashed: the previous entry's hash (hex, "" for the first) and the text. */
export const chained = (previous: string, text: string): string => previous + text

const codec = Schema.toCodecJson(Event)
const decodeEvent = Schema.decodeUnknownResult(codec)
const decodeEntry = Schema.decodeUnknownResult(Entry)

export interface ReadEntry {
  /** Null where the entry does not say. */
  readonly tenant: string | null
  readonly chain: string
  readonly seq: number
  readonly stamp: Stamp
  readonly events: ReadonlyArray<Event>
  /** The texts' hash per event, where the event had texts; the events themselves come back without. */
  readonly hashes: ReadonlyArray<string | null>
}

/** Reads an entry back. Fails with what is wrong with it. */
export const readEntry = (text: string): Result.Result<ReadEntry, string> => {
  const parsed = parse(text)
  const entry = decodeEntry(parsed)
  if (Result.isFailure(entry)) return Result.fail(`not an entry: ${entry.failure.message}`)
  const events: Array<Event> = []
  const hashes: Array<string | null> = []
  for (const each of entry.success.events) {
    const { texts, ...rest } = each as { readonly texts?: unknown }
    const event = decodeEvent(rest)
    if (Result.isFailure(event)) return Result.fail(`not an event: ${event.failure.message}`)
    events.push(event.success)
    hashes.push(typeof texts === "string" ? texts : null)
  }
  const { chain, events: _, seq, tenant = null, ...stamp } = entry.success
  return Result.succeed({ tenant, chain, seq, stamp, events, hashes })
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

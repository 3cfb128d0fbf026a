/** Journal entries read back, each once: a law looks at all of them after every few commands. */
import { Result } from "effect"
import type { Event } from "refund-core/Event"
import { type ReadEntry, readEntry } from "refund-core/Journal"
import type { JournalEntry } from "refund-core/ports/LedgerReader"

const known = new WeakMap<JournalEntry, { readonly text: string; readonly read: ReturnType<typeof readEntry> }>()

/** Fails with what is wrong with it. */
export const readOnce = (entry: JournalEntry): Result.Result<ReadEntry, string> => {
  const before = known.get(entry)
  if (before !== undefined && before.text === entry.text) return before.read
  const read = readEntry(entry.text)
  known.set(entry, { text: entry.text, read })
  return read
}

/** Without those that cannot be read, which the law of the journal tells. */
export const readAll = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<ReadEntry> =>
  entries.flatMap((entry) => Result.getOrNull(readOnce(entry)) ?? [])

export const eventsIn = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<Event> =>
  readAll(entries).flatMap(({ events }) => events)

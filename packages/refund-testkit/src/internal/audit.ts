/** Every chain re-hashed, every state recomputed from its journal and compared with what is kept. */

import { isDeepStrictEqual } from "node:util"
import { Result } from "effect"
import { apply, noFacts } from "refund-core/apply"
import { creditMoved } from "refund-core/credit"
import { chained, orderChain, type ReadEntry, readEntry, settingsChain, textsHash } from "refund-core/Journal"
import type { JournalEntry, OrderView, VerifyReport } from "refund-core/ports/LedgerReader"
import type { Facts } from "refund-core/ports/LedgerStore"
import type { SettingsHead } from "refund-core/Settings"
import { type Credit, creditKey, sha256, type TenantBooks } from "./books.ts"

type Problem = NonNullable<VerifyReport["problem"]>

export interface Recomputed {
  readonly facts: Facts
  readonly entries: ReadonlyArray<ReadEntry>
}

/** Reads a chain back from its texts alone and applies it from nothing. */
export const recompute = (chain: string, kept: ReadonlyArray<JournalEntry>): Result.Result<Recomputed, Problem> => {
  const entries: Array<ReadEntry> = []
  let facts = noFacts
  let previous = ""
  for (const [index, entry] of kept.entries()) {
    const bad = (what: string) => Result.fail({ chain, seq: index + 1, what })
    if (entry.hash !== sha256(chained(previous, entry.text))) return bad("its hash is not that of its text")
    const read = readEntry(entry.text)
    if (Result.isFailure(read)) return bad(read.failure)
    if (read.success.chain !== chain || entry.chain !== chain) return bad("it belongs to another chain")
    if (read.success.seq !== index + 1 || entry.seq !== index + 1) return bad("an entry before it is missing")
    facts = apply(facts, read.success.events, read.success.stamp)
    entries.push(read.success)
    previous = entry.hash
  }
  return Result.succeed({ facts, entries })
}

export const audit = (tenant: TenantBooks): VerifyReport => {
  const kept = { settings: tenant.settings, orders: viewsOf(tenant) }
  const chains = new Map([
    [settingsChain, tenant.settingsEntries],
    ...[...tenant.orders.values()].map((order) => [orderChain(order.head.id), order.entries] as const)
  ])
  const credits = new Map<string, Credit>()
  let entries = 0
  const report = (problem: Problem | null): VerifyReport => ({
    ok: problem === null,
    orders: tenant.orders.size,
    entries,
    problem
  })
  for (const [chain, journal] of chains) {
    const found = recompute(chain, journal)
    if (Result.isFailure(found)) return report(found.failure)
    const what = chainDiffers(chain, kept, found.success)
    if (what !== null) return report({ chain, seq: journal.length, what })
    collectCredits(found.success, credits)
    entries += journal.length
  }
  const what = differs("store credit", byKey(tenant.credits), byKey(credits))
  return report(what === null ? null : { chain: "store credit", seq: 0, what })
}

const viewsOf = (tenant: TenantBooks): ReadonlyMap<string, Kept> =>
  new Map([...tenant.orders].map(([id, order]) => [id, { ...order, refunds: [...order.refunds.values()] }]))

/** An order as it is kept, whoever keeps it. */
type Kept = Pick<OrderView, "head" | "registration" | "texts" | "refunds">

const orderDiffers = (kept: Kept, { entries, facts }: Recomputed): string | null => {
  const figures =
    differs("figures", kept.head, facts.order) ?? differs("registration", kept.registration, facts.registration)
  if (figures !== null) return figures
  if (kept.refunds.length !== facts.refunds.size) {
    return "a refund is kept that the journal does not have, or the other way"
  }
  for (const refund of kept.refunds) {
    const recomputed = facts.refunds.get(refund.id)
    const what = differs(
      `refund ${refund.id}`,
      { ...refund, texts: null },
      recomputed && { ...recomputed, texts: null }
    )
    if (what !== null) return what
  }
  return textsDiffer(kept, entries)
}

/** What is kept of the chain's order, or of the settings, against what its journal gives. */
export const chainDiffers = (
  chain: string,
  kept: { readonly settings: SettingsHead; readonly orders: ReadonlyMap<string, Kept> },
  found: Recomputed
): string | null => {
  if (chain === settingsChain) return differs("settings", kept.settings, found.facts.settings)
  const order = [...kept.orders.values()].find(({ head }) => orderChain(head.id) === chain)
  if (order === undefined) return found.entries.length === 0 ? null : "the order is not kept"
  return orderDiffers(order, found)
}

/** A text that was removed is null and differs from nothing. */
const textsDiffer = (kept: Kept, entries: ReadonlyArray<ReadEntry>): string | null => {
  const refunds = new Map(kept.refunds.map((refund) => [refund.id, refund]))
  let orderHash: string | null = null
  for (const { events, hashes } of entries) {
    for (const [index, event] of events.entries()) {
      const hash = hashes[index] ?? null
      if (event._tag === "OrderRegistered" && hash !== null) orderHash = hash
      if (event._tag !== "RefundRequested") continue
      const texts = refunds.get(event.refund.id)?.texts ?? null
      if (texts !== null && textsHash(texts, sha256) !== hash)
        return `the texts of refund ${event.refund.id} were changed`
    }
  }
  if (kept.texts !== null && textsHash(kept.texts, sha256) !== orderHash) return "the order's texts were changed"
  return null
}

const collectCredits = ({ entries }: Recomputed, credits: Map<string, Credit>): void => {
  for (const { events } of entries) {
    for (const event of events) {
      const credit = creditMoved(event)
      if (credit === null) continue
      const { amount, currency, customerId } = credit
      const balance = (credits.get(creditKey(credit))?.balance ?? 0n) + amount
      credits.set(creditKey(credit), { customerId, currency, balance })
    }
  }
}

const byKey = <A>(map: ReadonlyMap<string, A>) => new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)))

const differs = (what: string, kept: unknown, recomputed: unknown): string | null =>
  isDeepStrictEqual(plain(kept), plain(recomputed)) ? null : `${what} kept is not what the journal gives`

/** Absent and undefined are alike: the journal drops both. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, plain(each)]))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, plain(each)]]))
  )
}

/** Every chain re-hashed, every state recomputed from its journal and compared with what is kept. */

import { isDeepStrictEqual } from "node:util"
import { Result } from "effect"
import { apply, noFacts } from "refund-core/apply"
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { CurrencyCode } from "refund-core/Currency"
import type { CustomerId } from "refund-core/Ids"
import { chained, creditChain, orderChain, type ReadEntry, settingsChain, textsHash } from "refund-core/Journal"
import type { JournalEntry, OrderView, VerifyReport } from "refund-core/ports/LedgerReader"
import type { Facts } from "refund-core/ports/LedgerStore"
import type { SettingsHead } from "refund-core/Settings"
import { sha256, type TenantBooks } from "./books.ts"
import { readOnce } from "./entries.ts"

type Problem = NonNullable<VerifyReport["problem"]>

export interface Recomputed {
  readonly facts: Facts
  readonly entries: ReadonlyArray<ReadEntry>
}

/** Reads a chain back from its texts alone and applies it from nothing. */
export const recompute = (
  tenant: string,
  chain: string,
  kept: ReadonlyArray<JournalEntry>
): Result.Result<Recomputed, Problem> => {
  const entries: Array<ReadEntry> = []
  let facts: Facts = { ...noFacts, credit: accountOf(chain) }
  let previous = ""
  for (const [index, entry] of kept.entries()) {
    const bad = (what: string) => Result.fail({ chain, seq: index + 1, what })
    if (entry.hash !== sha256(chained(previous, entry.text))) return bad("its hash is not that of its text")
    const read = readOnce(entry)
    if (Result.isFailure(read)) return bad(read.failure)
    if (read.success.tenant !== null && read.success.tenant !== tenant) return bad("it belongs to another tenant")
    if (read.success.chain !== chain || entry.chain !== chain) return bad("it belongs to another chain")
    if (read.success.seq !== index + 1 || entry.seq !== index + 1) return bad("an entry before it is missing")
    facts = apply(facts, read.success.events, read.success.stamp)
    entries.push(read.success)
    previous = entry.hash
  }
  return Result.succeed({ facts, entries })
}

/** Whose it is and in which currency, where the chain is a customer's account. */
const accountOf = (chain: string): CreditHead | null => {
  const [kind, currency, ...customer] = chain.split(":")
  if (kind !== "credit" || currency === undefined) return null
  return noCredit(customer.join(":") as CustomerId, currency as CurrencyCode)
}

export const audit = (tenant: TenantBooks): VerifyReport => {
  const accounts = [...tenant.credits.values()]
  const kept = { settings: tenant.settings, orders: viewsOf(tenant), credits: accounts.map(({ head }) => head) }
  const chains = new Map([
    [settingsChain, tenant.settingsEntries],
    ...[...tenant.orders.values()].map((order) => [orderChain(order.head.id), order.entries] as const),
    ...accounts.map(({ entries, head }) => [creditChain(head.customerId, head.currency), entries] as const)
  ])
  let entries = 0
  const report = (problem: Problem | null): VerifyReport => ({
    ok: problem === null,
    orders: tenant.orders.size,
    entries,
    problem
  })
  for (const [chain, journal] of chains) {
    const found = recompute(tenant.id, chain, journal)
    if (Result.isFailure(found)) return report(found.failure)
    const what = chainDiffers(chain, kept, found.success)
    if (what !== null) return report({ chain, seq: journal.length, what })
    entries += journal.length
  }
  return report(null)
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

/** What is kept of the chain's order or account, or of the settings, against what its journal gives. */
export const chainDiffers = (
  chain: string,
  kept: {
    readonly settings: SettingsHead
    readonly orders: ReadonlyMap<string, Kept>
    readonly credits: ReadonlyArray<CreditHead>
  },
  found: Recomputed
): string | null => {
  if (chain === settingsChain) return differs("settings", kept.settings, found.facts.settings)
  const { credit } = found.facts
  if (credit !== null) {
    const account = kept.credits.find((each) => creditChain(each.customerId, each.currency) === chain)
    return differs("store credit", account ?? { ...credit, lots: [], entries: 0 }, credit)
  }
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

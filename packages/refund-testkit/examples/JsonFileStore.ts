/**
 * A store of your own, whole: the ledger as one Map of rows and one file of JSON, in which each line is a commit. It is
 * for one process, and decides and writes without giving way. Put your database in place of `rows` and `save`.
 */
import { appendFileSync, readFileSync, statSync, truncateSync } from "node:fs"
import { Effect, Layer, Result } from "effect"
import { type CreditHead, noCredit } from "refund-core/Credit"
import type { OrderId, RefundId } from "refund-core/Ids"
import type { OrderHead, OrderTexts, Registration } from "refund-core/Order"
import { type Decision, type Facts, LedgerStore, LedgerUnavailable, type Scope } from "refund-core/ports/LedgerStore"
import { holds, isUnderWay, isUnsubmitted, type Refund } from "refund-core/Refund"
import { initialSettings, type SettingsHead } from "refund-core/Settings"

/** One row per id in a tenant. `open`: the order's refunds that are not over, oldest first. */
interface Rows {
  settings: SettingsHead
  order: { head: OrderHead; registration: Registration; texts: OrderTexts | null; open: ReadonlyArray<RefundId> }
  refund: Refund
  group: { order: OrderId; refunds: ReadonlyArray<RefundId>; content: string | null }
  capture: OrderId
  key: RefundId
  credit: CreditHead
}
type Kept = ReadonlyMap<string, unknown>
const nameOf = (kind: keyof Rows, tenant: string, id?: string | null) => JSON.stringify([kind, tenant, id])

const look = (rows: Kept, tenant: string) => {
  const get = <K extends keyof Rows>(kind: K, id?: string | null) =>
    rows.get(nameOf(kind, tenant, id)) as Rows[K] | undefined
  const refunds = (ids: ReadonlyArray<RefundId> = []) => ids.flatMap((id) => get("refund", id) ?? [])
  const group = (id?: string | null) => get("group", id) ?? get("group", get("refund", id)?.groupId)
  return { get, group, refunds }
}

const factsFor = (rows: Kept, { at, once, open = 0, registering, tenant, underWay = 0 }: Scope): Facts => {
  const { get, group, refunds } = look(rows, tenant)
  const asked = "refund" in at ? group(at.refund) : undefined
  const order = get("order", "order" in at ? at.order : "capture" in at ? get("capture", at.capture) : asked?.order)
  const opened = refunds(order?.open)
  const next = [...opened.filter(isUnsubmitted).slice(0, open), ...opened.filter(isUnderWay).slice(0, underWay)]
  const found = [...refunds(asked?.refunds), ...next]
  const costs = [...found.flatMap((refund) => refund.deductions), ...(order?.head.waiting ?? [])]
  const { currency, customerId } = "customer" in at ? { ...at, customerId: at.customer } : { ...order?.head }
  const owned = registering?.captures.filter((id) => get("capture", id)) ?? []
  const earlier = group(get("key", once?.key)) ?? group(once?.chosen)
  return {
    settings: get("settings") ?? initialSettings,
    order: order?.head ?? null,
    registration: (registering && order?.registration) ?? null,
    texts: (registering && order?.texts) ?? null,
    captureOwners: new Map(owned.map((id) => [id, get("capture", id)!])),
    refunds: new Map([...found, ...refunds(costs.map((cost) => cost.refundId))].map((each) => [each.id, each])),
    credit: customerId ? (get("credit", `${currency} ${customerId}`) ?? noCredit(customerId, currency!)) : null,
    earlier: earlier ? { sameContent: earlier.content === once?.content, refunds: refunds(earlier.refunds) } : null,
    // No row goes away and each refund is one, so a number past all of them was never given out.
    nextNumber: rows.size + 1
  }
}

/** The rows that a decision changes. It throws where one of them is another refund's. */
const changesOf = <A>(rows: Kept, { at, once, tenant }: Scope, facts: Facts, { after, events }: Decision<A>): Kept => {
  const { get, group } = look(rows, tenant)
  const changed = new Map<string, unknown>()
  const set = <K extends keyof Rows>(kind: K, id: string, row: Rows[K]) => changed.set(nameOf(kind, tenant, id), row)
  if (after.settings !== facts.settings) changed.set(nameOf("settings", tenant), after.settings)
  for (const [id, refund] of after.refunds) if (facts.refunds.get(id) !== refund) set("refund", id, refund)
  const made = events.flatMap((event) => (event._tag === "RefundRequested" ? [event.refund] : []))
  const ids = made.map((refund) => refund.id)
  for (const { groupId, id, orderId } of made) {
    if (group(id) ?? group(groupId)) throw new Error(`there is a refund ${id} already`)
    set("group", groupId, { order: orderId, refunds: ids, content: once?.content ?? null })
    if (typeof once?.key === "string") set("key", once.key, groupId)
  }
  const { credit, order } = after
  if (credit && credit !== facts.credit) set("credit", `${credit.currency} ${credit.customerId}`, credit)
  if ("settings" in at || order === null || events.length === 0) return changed
  const old = get("order", order.id)
  const open = [...(old?.open ?? []), ...ids].filter((id) => holds((after.refunds.get(id) ?? get("refund", id)!).state))
  const registration = (after.registration ?? old?.registration)!
  set("order", order.id, { head: order, registration, texts: after.texts ?? old?.texts ?? null, open })
  for (const { id } of order.captures) set("capture", id, order.id)
  return changed
}

/** JSON has no bigint: 12n is the text "12n", and a text that could be read so, or begins like this, gets a backslash. */
const isMarked = (value: unknown): value is string => typeof value === "string" && /^(\\|-?\d+n$)/.test(value)
const toJson = (_: string, it: unknown) => (typeof it === "bigint" ? `${it}n` : isMarked(it) ? `\\${it}` : it)
const fromJson = (_: string, it: unknown) =>
  !isMarked(it) ? it : it.startsWith("\\") ? it.slice(1) : BigInt(it.slice(0, -1))

export const layer = (path: string) =>
  Layer.sync(LedgerStore, () => {
    appendFileSync(path, "")
    // A last line without an end was being written when the process died, and was never answered.
    const lines = readFileSync(path, "utf8").split("\n").with(-1, "")
    truncateSync(path, Buffer.byteLength(lines.join("\n")))
    const rows = new Map<string, unknown>(lines.slice(0, -1).flatMap((line) => JSON.parse(line, fromJson)))
    const save = (changed: Kept) => {
      const { size } = statSync(path)
      try {
        if (changed.size > 0) appendFileSync(path, `${JSON.stringify([...changed], toJson)}\n`, { flush: true })
      } catch (cause) {
        truncateSync(path, size)
        return Effect.fail(new LedgerUnavailable({ detail: String(cause), retryAfterSeconds: 1 }))
      }
      for (const [name, row] of changed) rows.set(name, row)
      return Effect.void
    }
    return {
      read: (scope, tell) => Effect.sync(() => tell(factsFor(rows, scope))),
      transact: (scope, decide) =>
        Effect.gen(function* () {
          const facts = factsFor(rows, scope)
          const decided = decide(facts)
          if (Result.isFailure(decided)) return yield* Effect.fail(decided.failure)
          yield* save(changesOf(rows, scope, facts, decided.success))
          return decided.success.answer
        })
    }
  })

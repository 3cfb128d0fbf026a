/** What is due, in memory: rows that are leased for a while, by Effect's clock. */
import { Clock, Effect, Queue } from "effect"
import { expired, nextExpiry } from "refund-core/Credit"
import type { RefundId, TenantId } from "refund-core/Ids"
import type { Decision } from "refund-core/ports/LedgerStore"
import { type DueRefund, Outbox } from "refund-core/ports/Outbox"
import { paidByWorker, type Refund } from "refund-core/Refund"
import type { Books } from "../books.ts"

/** What a store does about it when a decision is committed. */
export type CommitDue = (
  tenant: TenantId,
  decision: Pick<Decision<unknown>, "due" | "stamp" | "after">,
  now: number
) => void

interface Row extends DueRefund {
  at: number
  leasedUntil: number
}

/** Nobody is called about what only waits for consent or for a refund to be taken from. */
const calledAbout = (refund: Refund | undefined): string | null =>
  refund !== undefined && paidByWorker(refund) && refund.state !== "pending_approval" ? refund.provider : null

export const makeOutbox = (
  books: Books,
  { leaseMilliseconds, worker }: { readonly leaseMilliseconds: number; readonly worker: boolean }
) =>
  Effect.gen(function* () {
    const rows = new Map<string, Row>()
    const fresh = yield* Queue.unbounded<DueRefund>()
    const nameOf = ({ refundId, tenant }: { readonly refundId: RefundId; readonly tenant: TenantId }): string =>
      JSON.stringify([tenant, refundId])

    const commit: CommitDue = (tenant, { after, due, stamp }, now) => {
      for (const { at, refundId } of due) {
        const name = nameOf({ tenant, refundId })
        if (at === null) {
          rows.delete(name)
          continue
        }
        const isOurs = worker && at <= stamp.at
        const provider = calledAbout(after.refunds.get(refundId))
        rows.set(name, { tenant, refundId, provider, at, leasedUntil: isOurs ? now + leaseMilliseconds : 0 })
        if (isOurs) Queue.offerUnsafe(fresh, { tenant, refundId, provider })
      }
    }

    const service = Outbox.of({
      fresh: Queue.take(fresh),
      take: (limit) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const due = [...rows.values()]
            .filter((row) => row.at <= now && row.leasedUntil <= now)
            .sort((a, b) => a.at - b.at)
            .slice(0, limit)
          for (const row of due) row.leasedUntil = now + leaseMilliseconds
          return due.map(({ provider, refundId, tenant }) => ({ tenant, refundId, provider }))
        }),
      postpone: (due, until) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const row = rows.get(nameOf(due))
          // Decided on since, or taken by another: then it is not ours to put off.
          if (row === undefined || row.leasedUntil <= now) return
          row.at = until
          row.leasedUntil = 0
        }),
      expired: (limit) =>
        Effect.map(Clock.currentTimeMillis, (now) =>
          [...books.tenants.values()]
            .flatMap(({ credits, id: tenant }) => [...credits.values()].map(({ head }) => ({ tenant, head })))
            .filter(({ head }) => expired(head, now) > 0n)
            .sort((a, b) => (nextExpiry(a.head) ?? 0) - (nextExpiry(b.head) ?? 0))
            .slice(0, limit)
            .map(({ head: { currency, customerId }, tenant }) => ({ tenant, customerId, currency }))
        ),
      release: (due) =>
        Effect.sync(() => {
          for (const each of due) {
            const row = rows.get(nameOf(each))
            if (row !== undefined) row.leasedUntil = 0
          }
        })
    })
    return { commit, service }
  })

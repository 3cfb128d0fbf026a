/** A provider tells of a chargeback: it is recorded at the order whose capture it is about. */
import { Effect } from "effect"
import type { Instant } from "refund-core/Ids"
import type { InboxEvent } from "refund-core/ports/Inbox"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { DisputeNews } from "refund-core/ports/ProviderNews"
import { Refunds } from "refund-core/Refunds"
import type { Rejected } from "refund-core/Violation"
import { ownCaller } from "./Access.ts"
import { captureOf } from "./captureOf.ts"
import { applied, comesBack, parked, sentenceOf, type Verdict } from "./Verdict.ts"

export const applyDispute = Effect.fnUntraced(function* (
  event: InboxEvent,
  about: DisputeNews,
  now: Instant
): Effect.fn.Return<Verdict, Rejected | LedgerUnavailable, Refunds | LedgerReader> {
  const { amount, currency, id, state } = about
  const { provider, tenant } = event
  const capture = yield* captureOf(event, [about.captureReference, ...(about.captureAliases ?? [])])
  if (capture === null) {
    return comesBack(event, now, `no capture of ${provider} is registered as ${about.captureReference}`)
  }
  const { captureId, orderId } = capture
  const refunds = yield* Refunds
  const by = `provider:${provider}`
  const { head } = yield* refunds.registered(ownCaller(tenant, by, "orders:read", now), { order: orderId })
  if (head.currency !== currency) return parked(`the dispute is in ${currency}, the order in ${head.currency}`)

  const caller = ownCaller(tenant, by, "disputes:write", now)
  const dispute = { id, captureId, amount, state, at: event.news.at }
  return yield* refunds.execute({ _tag: "RecordDispute", caller, orderId, dispute }).pipe(
    Effect.map(({ changed }) =>
      applied(changed ? `dispute ${id} of order ${orderId} is ${state}` : `dispute ${id} was ${state} already`)
    ),
    Effect.catchTag("Rejected", (rejection) =>
      Effect.succeed(
        isOlder(state, rejection)
          ? applied(`dispute ${id} was decided already: this is older`)
          : parked(sentenceOf(rejection))
      )
    )
  )
})

/** Told in the other order: what is decided is not opened again. */
const isOlder = (state: DisputeNews["state"], { violations }: Rejected): boolean =>
  state === "open" && violations.every((each) => each._tag === "DisputeConflict" && each.field === "state")

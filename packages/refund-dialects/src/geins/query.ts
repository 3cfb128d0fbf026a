/** Geins' "Query refunds": all refunds of the tenant, newest first, by date and status. */
import { Effect, Result, Schema } from "effect"
import type { OrderView, RefundPage } from "refund-core/ports/LedgerReader"
import type { Refund, RefundState } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { malformed } from "../malformed.ts"
import { needs, refuse } from "../refuse.ts"
import { orderForAnswer } from "../rendering.ts"
import { readDateTime } from "./dateTime.ts"
import { failure, withoutResource } from "./envelope.ts"
import { isProcessed } from "./marks.ts"
import { isGroup, refundOf } from "./refund.ts"
import { toInt32 } from "./rows.ts"
import { RefundQuery } from "./wire.ts"

const decode = Schema.decodeUnknownResult(RefundQuery, { errors: "all" })

/** Geins' answer has no pages: a query that finds more is refused, and can be narrowed. */
const maxFound = 1_000
const pageSize = 200

export const queryRefunds = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:read")
    const query = decode(request.body === undefined ? {} : request.body)
    if (Result.isFailure(query)) return yield* refuse(...malformed(query.failure))
    const Resource = yield* shown(request, yield* found(request, query.success))
    const answer: WireAnswer = { status: 200, body: { Resource, Message: "Refunds found", Details: [] } }
    return answer
  },
  Effect.catch((refused) => Effect.succeed(withoutResource(failure(refused))))
)

/** One refund of every group that matches. */
const found = Effect.fnUntraced(function* (request: WireRequest, query: RefundQuery) {
  const refunds = yield* Refunds
  const groups = new Map<string, Refund>()
  let cursor: string | null = null
  do {
    const page: RefundPage = yield* pageOf(refunds, request, query, cursor)
    for (const refund of page.refunds) {
      if (!groups.has(refund.groupId) && toInt32(refund.orderId) !== null && matches(refund, query)) {
        groups.set(refund.groupId, refund)
      }
    }
    if (groups.size > maxFound) {
      return yield* refuse({ _tag: "Malformed", path: "", expected: `a query that finds at most ${maxFound} refunds` })
    }
    cursor = page.next
  } while (cursor !== null)
  return [...groups.values()]
})

const pageOf = (refunds: Refunds["Service"], request: WireRequest, query: RefundQuery, cursor: string | null) =>
  refunds.list(
    request.caller,
    { ...bound("createdAfter", query.CreatedAfter), ...bound("createdBefore", query.CreatedBefore) },
    { limit: pageSize, cursor }
  )

const bound = (name: "createdAfter" | "createdBefore", text: string | null | undefined) => {
  const at = text == null ? null : readDateTime(text)
  return at === null ? {} : { [name]: at }
}

const shown = Effect.fnUntraced(function* (request: WireRequest, found: ReadonlyArray<Refund>) {
  const views = new Map<string, OrderView>()
  const resource: Array<unknown> = []
  for (const { groupId, orderId } of found) {
    const view: OrderView = views.get(orderId) ?? (yield* orderForAnswer(request.caller, { order: orderId }))
    views.set(orderId, view)
    const group = view.refunds.filter((refund) => refund.groupId === groupId)
    if (isGroup(group)) resource.push(refundOf(group, view))
  }
  return resource
})

// ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────

const matches = (refund: Refund, query: RefundQuery): boolean =>
  within(refund.approvedAt, query.ApprovedAfter, query.ApprovedBefore) &&
  within(refund.updatedAt, query.UpdatedAfter, query.UpdatedBefore) &&
  isIncluded(refund, query)

type Bound = string | null | undefined

/** From `after` on, and not at `before`. What has no such date is in no interval. */
const within = (at: number | null, after: Bound, before: Bound): boolean => {
  if (after == null && before == null) return true
  if (at === null) return false
  return (
    at >= (readDateTime(after ?? "") ?? Number.NEGATIVE_INFINITY) &&
    at < (readDateTime(before ?? "") ?? Number.POSITIVE_INFINITY)
  )
}

const all = 0

const isIncluded = (refund: Refund, { ExcludeStatuses, IncludeStatuses }: RefundQuery): boolean => {
  const status = statusOf(refund)
  const included = (IncludeStatuses ?? []).map(({ text }) => Number(text))
  const excluded = (ExcludeStatuses ?? []).map(({ text }) => Number(text))
  if (status !== null && excluded.includes(status)) return false
  return included.length === 0 || included.includes(all) || (status !== null && included.includes(status))
}

/** Null: only under All. */
const numbers: Record<RefundState, number | null> = {
  pending_approval: 6,
  approved: 7,
  submitting: 1,
  pending: 1,
  requires_action: 1,
  unknown: 5,
  in_review: 5,
  settled: 2,
  failed: null,
  denied: null,
  canceled: null,
  reversed: null
}

const settledManually = 3
const processed = 4

const statusOf = (refund: Refund): number | null => {
  if (isProcessed(refund)) return processed
  return refund.state === "settled" && refund.settledBy !== null ? settledManually : numbers[refund.state]
}

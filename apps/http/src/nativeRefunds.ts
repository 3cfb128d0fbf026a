/** Refunds: request, preview, look up, and what people decide about them. */
import { Effect } from "effect"
import { toDecision, toRefundId, type Verb, verbs } from "refund-api/DecisionBody"
import { chainsOf, storyOf } from "refund-api/JournalBody"
import { previewToJson } from "refund-api/OrderViewBody"
import { groupToJson, pageToJson } from "refund-api/RefundBody"
import { toListQuery } from "refund-api/RefundQuery"
import { toRequestRefund } from "refund-api/RefundRequest"
import type { RequestRefund } from "refund-core/Command"
import { may } from "refund-core/Permission"
import { Outcomes } from "refund-core/ports/Outcomes"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import { rejected } from "refund-core/Violation"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import { keyOf } from "refund-dialects/idempotencyKey"
import { isWaitedFor } from "refund-service/Outcomes"
import { ok, route, withDecoded } from "./nativeAnswers.ts"
import { orderIdOf } from "./nativeOrders.ts"

type Group = readonly [Refund, ...Array<Refund>]

const requestRefund = (request: WireRequest) =>
  Effect.flatMap(orderIdOf(request), (orderId) => {
    const idempotencyKey = keyOf(request) ?? null
    const decoded = toRequestRefund(request.body, { ...request, orderId, idempotencyKey, needsKey: true })
    return withDecoded(decoded, (command) => requested(request, command))
  })

const requested = Effect.fnUntraced(function* (request: WireRequest, command: RequestRefund) {
  const refunds = yield* Refunds
  const requested = yield* refunds.execute(command)
  const seconds = waitOf(request.headers["prefer"])
  if (seconds === 0) return requestedAnswer(requested, requested.refunds, {}, false)
  const group = yield* waited(request, requested, seconds)
  return requestedAnswer(requested, group, { "preference-applied": `wait=${seconds}` }, group.some(isWaitedFor))
})

/** The refund is committed: if waiting fails, the answer is what was committed. */
const waited = Effect.fnUntraced(function* ({ caller }: WireRequest, requested: Requested, seconds: number) {
  const outcomes = yield* Outcomes
  return yield* outcomes
    .wait(caller.tenant, requested.groupId, seconds * 1000)
    .pipe(Effect.catch(() => Effect.succeed(requested.refunds)))
})

const requestedAnswer = (
  { groupId, replayed }: Requested,
  group: ReadonlyArray<Refund>,
  headers: Readonly<Record<string, string>>,
  isOpen: boolean
): WireAnswer => ({
  status: isOpen ? 202 : replayed ? 200 : 201,
  headers: {
    ...headers,
    location: `/v1/refunds/${groupId}`,
    ...(replayed ? { "idempotent-replayed": "true" } : {})
  },
  body: groupToJson(group as Group)
})

const longestWait = 30

/** `Prefer: wait=N` among other preferences; no waiting where there is none. */
const waitOf = (prefer: string | undefined): number => {
  if (prefer === undefined) return 0
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d{1,4})"?\s*(?:,|;|$)/i.exec(prefer)?.[1]
  return seconds === undefined ? 0 : Math.min(Number(seconds), longestWait)
}

/** Answers 200 with every violation: what would happen is what was asked for. Only who may not ask is refused. */
const previewRefund = (request: WireRequest) =>
  Effect.flatMap(orderIdOf(request), (orderId) =>
    withDecoded(
      toRequestRefund(request.body, { ...request, orderId, idempotencyKey: null, needsKey: false }),
      previewed
    )
  )

const previewed = Effect.fnUntraced(function* (command: RequestRefund) {
  const refunds = yield* Refunds
  const preview = yield* refunds.preview(command)
  const [first] = preview.violations
  if (first?._tag === "NotPermitted" || first?._tag === "OrderNotFound") return yield* Effect.fail(rejected([first]))
  return ok(previewToJson(preview))
})

const listRefunds = ({ caller, query }: WireRequest) =>
  withDecoded(toListQuery(query), ({ filter, page }) =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      return ok(pageToJson(yield* refunds.list(caller, filter, page)))
    })
  )

/** By the id of a refund: that one. By the id of a group of several: all of them. */
const showRefund = ({ caller, params }: WireRequest) =>
  withDecoded(toRefundId(params["id"] ?? ""), (id) =>
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const group = yield* refunds.group(caller, { id })
      const shown = group.filter((refund) => refund.id === id)
      const body = groupToJson((shown.length > 0 ? shown : group) as Group)
      if (!may(caller.by, "reports:read")) return ok(body)
      const chains = yield* Effect.forEach(chainsOf(group as Group), (chain) => refunds.journal(caller, chain))
      return ok({ ...body, ...storyOf(chains, group) })
    })
  )

const decideOn =
  (verb: Verb) =>
  ({ body, caller, params }: WireRequest) =>
    withDecoded(toDecision(verb, params["id"] ?? "", body, caller), (command) =>
      Effect.gen(function* () {
        const refunds = yield* Refunds
        const group = yield* refunds.execute(command)
        const shown = group.filter((refund) => refund.id === command.refundId)
        return ok(groupToJson((shown.length > 0 ? shown : group) as Group))
      })
    )

export const refundRoutes = [
  route("POST", "/v1/orders/:orderId/refunds", requestRefund),
  route("POST", "/v1/orders/:orderId/refunds/preview", previewRefund),
  route("GET", "/v1/refunds", listRefunds),
  route("GET", "/v1/refunds/:id", showRefund),
  ...(Object.keys(verbs) as ReadonlyArray<Verb>).map((verb) => route("POST", `/v1/refunds/:id/${verb}`, decideOn(verb)))
]

/** The Moyasar Payment Gateway's "refund", answered by the ledger. Moyasar's order is ours; its transactions are captures and refunds. */
import { Effect, Result, Schema } from "effect"
import { type OrderId, RefundId } from "refund-core/Ids"
import { holds } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import { rejected } from "refund-core/Violation"
import { bearer } from "../bearer.ts"
import { committed, outcome } from "../committed.ts"
import type { Dialect, WireAnswer, WireRequest } from "../Dialect.ts"
import { keyFaults } from "../idempotencyKey.ts"
import { malformed } from "../malformed.ts"
import { misspelled } from "../misspelled.ts"
import { orderHead } from "../orderHead.ts"
import { plainRefund } from "../plainRefund.ts"
import { orderForAnswer } from "../rendering.ts"
import { failure, fault, stillProcessing } from "./errors.ts"
import { description } from "./openapi.ts"
import { orderOf } from "./order.ts"
import { RefundRequest } from "./wire.ts"

const refund = Effect.fnUntraced(
  function* (request: WireRequest) {
    const refunds = yield* Refunds
    const requested = yield* refunds.execute(yield* commandOf(request))
    return yield* answerOf(request, requested)
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

// ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const decode = Schema.decodeUnknownResult(RefundRequest, { errors: "all" })
const names = Object.keys(RefundRequest.fields)
const isUuid = Schema.is(RefundId)

/** An id that no order can have is looked up like any other, and not found. */
const orderIdOf = ({ params }: WireRequest): OrderId => (params["id"] ?? "") as OrderId

/**
 * An absent body is an empty one. As `transaction_id`, a capture of this order names what is refunded; any other UUID
 * names the refund itself, and is its key: the same one twice is one refund.
 */
const commandOf = Effect.fnUntraced(function* (request: WireRequest) {
  const order = orderIdOf(request)
  const decoded = decode(request.body === undefined ? {} : request.body)
  const faults = [
    ...(Result.isFailure(decoded) ? malformed(decoded.failure) : []),
    ...misspelled(request.body, names),
    ...keyFaults(request)
  ]
  if (faults.length > 0) yield* orderHead(request, order, faults)

  const { amount = null, transaction_id = null } = Result.getOrElse(decoded, (): RefundRequest => ({}))
  const asked = { at: { order }, amount: amount === null ? null : BigInt(amount) }
  if (transaction_id === null) return plainRefund(request, asked)

  const { captures } = yield* orderHead(request, order)
  const capture = captures.find((each) => each.id === transaction_id)
  if (capture !== undefined) return plainRefund(request, { ...asked, captureId: capture.id })
  const chosen = transaction_id.toLowerCase()
  if (isUuid(chosen)) return plainRefund(request, asked, chosen)
  return yield* Effect.fail(rejected([notATransaction]))
})

const notATransaction = {
  _tag: "Malformed",
  path: "transaction_id",
  expected: "a UUID, or the id of a capture of this order"
} as const

// ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Nothing that happens now undoes the refund: every answer says which it is. */
const answerOf = Effect.fnUntraced(function* (request: WireRequest, requested: Requested) {
  const headers = committed(requested)
  const [first] = yield* outcome(request, requested)
  const order = first?.orderId ?? orderIdOf(request)
  return yield* orderForAnswer(request.caller, { order }).pipe(
    Effect.map((view): WireAnswer => {
      const isOpen = view.refunds.some((each) => each.groupId === requested.groupId && holds(each.state))
      return requested.replayed && isOpen ? stillProcessing(headers) : { status: 200, headers, body: orderOf(view) }
    }),
    Effect.catch((unread) => {
      const told = failure(unread)
      return Effect.succeed({ ...told, headers: { ...told.headers, ...headers } })
    })
  )
})

export const moyasar: Dialect = {
  door: "moyasar",
  prefix: "/moyasar",
  numbers: "double",
  credential: bearer,
  routes: [{ method: "POST", path: "/v1/orders/:id/refund", handle: refund }],
  fault,
  failure,
  description
}

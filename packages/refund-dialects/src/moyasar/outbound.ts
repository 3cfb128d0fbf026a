/** Gives money back through the Moyasar Payment Gateway. The attempt's id is the refund's `transaction_id`, and its key. */
import { Effect, Result } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { type Api, baseOf, defaultTimeoutMilliseconds, type Reply, send } from "../internal/calling.ts"
import { instruct, isPlainId, type Outbound, type OutboundOptions } from "../internal/outbound.ts"
import { asked, declined, outcomeOf, unknown } from "../internal/outcomes.ts"
import { capabilities } from "./capabilities.ts"
import { isStillProcessing, said } from "./said.ts"
import type { RefundRequest } from "./wire.ts"

export interface MoyasarOptions extends OutboundOptions {
  readonly apiKey: string
}

/** A capture's reference is the id of Moyasar's order. */
export const make = (options: MoyasarOptions): Outbound => {
  const api: Api = {
    vendor: "Moyasar",
    base: baseOf(options.baseUrl),
    credential: { authorization: `Bearer ${options.apiKey}` },
    numbers: "double",
    timeoutMilliseconds: options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
  }
  const orderOf = (attempt: Attempt) =>
    instruct(options, attempt, (reference) => (isPlainId(reference) ? reference : null), "not_a_moyasar_order")

  const submit = (attempt: Attempt): Effect.Effect<Outcome> => {
    const order = orderOf(attempt)
    if (Result.isFailure(order)) return Effect.succeed(declined(order.failure))
    return Effect.map(refund(api, order.success, attempt), (reply) => heard(attempt, order.success, reply))
  }

  /** Moyasar has said that it has this transaction: the same id again is a question, and cannot pay. */
  const lookup = (attempt: Attempt): Effect.Effect<Outcome> => {
    const order = orderOf(attempt)
    if (attempt.reference !== attempt.id || Result.isFailure(order)) {
      return Effect.succeed(unknown("Moyasar is asked by the same transaction_id sent again, not by a lookup"))
    }
    return Effect.map(refund(api, order.success, attempt), (reply) =>
      reply._tag === "answer" && isStillProcessing(reply)
        ? { _tag: "pending", reference: attempt.id }
        : asked(heard(attempt, order.success, reply))
    )
  }

  return { provider: { submit, lookup }, capabilities }
}

const refund = (api: Api, orderId: string, { amount, id }: Attempt): Effect.Effect<Reply> => {
  const body: RefundRequest = { amount: Number(amount), transaction_id: id }
  return send(api, { method: "POST", path: `/v1/orders/${orderId}/refund`, body })
}

const heard = (attempt: Attempt, orderId: string, reply: Reply): Outcome =>
  outcomeOf("Moyasar", reply, (answer) => said(attempt, orderId, answer))

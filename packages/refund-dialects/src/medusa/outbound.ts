/** Gives money back through Medusa v1's admin API: "Refund Payment". */
import { Effect, Result } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { type Api, baseOf, defaultTimeoutMilliseconds, type Reply, send } from "../internal/calling.ts"
import {
  instruct,
  isPlainId,
  type Keyed,
  keyHeader,
  markOf,
  type Outbound,
  type OutboundOptions
} from "../internal/outbound.ts"
import { asked, declined, outcomeOf, unknown } from "../internal/outcomes.ts"
import { capabilities, keyedCapabilities } from "./capabilities.ts"
import { said } from "./said.ts"
import type { PostPaymentRefund, RefundReason } from "./wire.ts"

export interface MedusaOptions extends OutboundOptions, Keyed {
  readonly apiToken: string
  /** What Medusa is told as the refund's reason: one of its five; absent, `other`. */
  readonly reason?: RefundReason
}

/** A capture's reference is the id of Medusa's payment. */
export const make = (options: MedusaOptions): Outbound => {
  const { apiToken, honoursIdempotencyKey = false, reason = "other" } = options
  const api: Api = {
    vendor: "Medusa",
    base: baseOf(options.baseUrl),
    credential: { "x-medusa-access-token": apiToken },
    numbers: "double",
    timeoutMilliseconds: options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
  }
  const paymentOf = (attempt: Attempt) =>
    instruct(options, attempt, (reference) => (isPlainId(reference) ? reference : null), "not_a_medusa_payment")

  const submit = (attempt: Attempt): Effect.Effect<Outcome> => {
    const payment = paymentOf(attempt)
    if (Result.isFailure(payment)) return Effect.succeed(declined(payment.failure))
    return Effect.map(refund(api, payment.success, attempt, reason), (reply) => heard(attempt, payment.success, reply))
  }

  const lookup = (attempt: Attempt): Effect.Effect<Outcome> => {
    const payment = paymentOf(attempt)
    if (!honoursIdempotencyKey || attempt.reference === null || Result.isFailure(payment)) {
      return Effect.succeed(unknown("Medusa cannot be asked what became of a refund"))
    }
    return Effect.map(refund(api, payment.success, attempt, reason), (reply) =>
      asked(heard(attempt, payment.success, reply))
    )
  }

  return { provider: { submit, lookup }, capabilities: honoursIdempotencyKey ? keyedCapabilities : capabilities }
}

const refund = (api: Api, paymentId: string, attempt: Attempt, reason: RefundReason): Effect.Effect<Reply> => {
  const body: PostPaymentRefund = { amount: Number(attempt.amount), reason, note: markOf(attempt) }
  const path = `/admin/payments/${paymentId}/refund`
  return send(api, { method: "POST", path, headers: keyHeader(attempt), body })
}

const heard = (attempt: Attempt, paymentId: string, reply: Reply): Outcome =>
  outcomeOf("Medusa", reply, (answer) => said(attempt, paymentId, answer))

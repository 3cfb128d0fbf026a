/** Gives money back through Kibo's commerce API: "Create Refund". */
import { Effect, Result } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { type Api, baseOf, type Call, defaultTimeoutMilliseconds, send } from "../internal/calling.ts"
import {
  decimalOf,
  instruct,
  isPlainId,
  type Keyed,
  keyHeader,
  markOf,
  type Outbound,
  type OutboundOptions
} from "../internal/outbound.ts"
import { asked, declined, outcomeOf, unknown } from "../internal/outcomes.ts"
import { NumberText } from "../NumberText.ts"
import { capabilities, keyedCapabilities } from "./capabilities.ts"
import { inOrder, type KiboPayment, said } from "./said.ts"
import type { RefundRequest } from "./wire.ts"

export interface KiboOptions extends OutboundOptions, Keyed {
  /** The app's token; a function is asked before each call, as Kibo's tokens run out. */
  readonly accessToken: string | (() => Promise<string>)
}

interface Instruction {
  readonly payment: KiboPayment
  readonly amount: string
}

/** A capture's reference is `<order>/<payment>`: the ids that Kibo has for both. */
export const make = (options: KiboOptions): Outbound => {
  const { accessToken, honoursIdempotencyKey = false } = options
  const bearing = (token: string) => ({ authorization: `Bearer ${token}` })
  const api: Api = {
    vendor: "Kibo",
    base: baseOf(options.baseUrl),
    credential: typeof accessToken === "string" ? bearing(accessToken) : async () => bearing(await accessToken()),
    numbers: "text",
    timeoutMilliseconds: options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
  }

  const paid = (instruction: Instruction, attempt: Attempt): Effect.Effect<Outcome> =>
    Effect.map(send(api, refund(instruction, attempt)), (reply) =>
      outcomeOf(api.vendor, reply, (answer) => said(attempt, instruction.payment, answer))
    )

  const submit = (attempt: Attempt): Effect.Effect<Outcome> => {
    const instruction = instructionOf(options, attempt)
    return Result.isFailure(instruction)
      ? Effect.succeed(declined(instruction.failure))
      : paid(instruction.success, attempt)
  }

  const lookup = (attempt: Attempt): Effect.Effect<Outcome | null> => {
    const instruction = instructionOf(options, attempt)
    if (honoursIdempotencyKey) {
      if (attempt.reference !== null && Result.isSuccess(instruction)) {
        return Effect.map(paid(instruction.success, attempt), asked)
      }
      return Effect.succeed(unknown("it is asked by the same request sent again, not by a lookup"))
    }
    // What cannot be said was never sent.
    if (Result.isFailure(instruction)) return Effect.succeed(null)
    const { payment } = instruction.success
    return Effect.map(send(api, { method: "GET", path: `${orderPath(payment)}?${wanted}` }), (reply) =>
      reply._tag === "answer" ? inOrder(attempt, payment, reply) : unknown(reply.detail)
    )
  }

  return { provider: { submit, lookup }, capabilities: honoursIdempotencyKey ? keyedCapabilities : capabilities }
}

const instructionOf = (options: KiboOptions, attempt: Attempt): Result.Result<Instruction, string> =>
  Result.flatMap(instruct(options, attempt, paymentIn, "not_a_kibo_payment"), (payment) => {
    const amount = decimalOf(attempt)
    return amount === null ? Result.fail("amount_not_expressible") : Result.succeed({ payment, amount })
  })

const paymentIn = (reference: string): KiboPayment | null => {
  const [orderId = "", paymentId = "", ...more] = reference.split("/")
  return isPlainId(orderId) && isPlainId(paymentId) && more.length === 0 ? { orderId, paymentId } : null
}

const orderPath = ({ orderId }: KiboPayment): string => `/api/commerce/orders/${orderId}`
const wanted = "responseFields=id,currencyCode,refunds,payments(interactions)"

const refund = ({ amount, payment }: Instruction, attempt: Attempt): Call => {
  const body: RefundRequest = {
    orderId: payment.orderId,
    amount: new NumberText(amount),
    reason: markOf(attempt),
    payment: { id: payment.paymentId }
  }
  return { method: "POST", path: `${orderPath(payment)}/refunds`, headers: keyHeader(attempt), body }
}

/** Gives money back through Geins' Management API: "Creates refund". Geins records it; whoever pays there settles it later. */
import { Effect, Result } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { type Api, baseOf, type Call, defaultTimeoutMilliseconds, send } from "../internal/calling.ts"
import { decimalOf, instruct, keyHeader, markOf, type Outbound, type OutboundOptions } from "../internal/outbound.ts"
import { declined, outcomeOf, unknown } from "../internal/outcomes.ts"
import { NumberText } from "../NumberText.ts"
import { capabilities } from "./capabilities.ts"
import { inList, said } from "./said.ts"
import type { NewRefund } from "./wire.ts"

export interface GeinsOptions extends OutboundOptions {
  readonly username: string
  readonly password: string
  readonly apiKey: string
  /** Whom Geins names as the author of the refund. */
  readonly author?: string
}

interface Instruction {
  readonly orderId: string
  readonly amount: string
}

/** A capture's reference is the id of Geins' order. */
export const make = (options: GeinsOptions): Outbound => {
  const { apiKey, author, password, username } = options
  const basic = Buffer.from(`${username}:${password}`).toString("base64")
  const api: Api = {
    vendor: "Geins",
    base: baseOf(options.baseUrl),
    credential: { authorization: `Basic ${basic}`, "x-apikey": apiKey },
    numbers: "text",
    timeoutMilliseconds: options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
  }

  const submit = (attempt: Attempt): Effect.Effect<Outcome> => {
    const instruction = instructionOf(options, attempt)
    if (Result.isFailure(instruction)) return Effect.succeed(declined(instruction.failure))
    return Effect.map(send(api, refund(instruction.success, attempt, author)), (reply) =>
      outcomeOf(api.vendor, reply, (answer) => said(attempt, answer))
    )
  }

  const lookup = (attempt: Attempt): Effect.Effect<Outcome | null> => {
    const instruction = instructionOf(options, attempt)
    // What cannot be said was never sent.
    if (Result.isFailure(instruction)) return Effect.succeed(null)
    const { orderId } = instruction.success
    return Effect.map(send(api, { method: "GET", path: `/API/Order/${orderId}/Refund/List` }), (reply) =>
      reply._tag === "answer" ? inList(attempt, reply) : unknown(reply.detail)
    )
  }

  return { provider: { submit, lookup }, capabilities }
}

const instructionOf = (options: GeinsOptions, attempt: Attempt): Result.Result<Instruction, string> =>
  Result.flatMap(
    instruct(options, attempt, (reference) => (isOrderId(reference) ? reference : null), "not_a_geins_order"),
    (orderId) => {
      const amount = decimalOf(attempt)
      return amount === null ? Result.fail("amount_not_expressible") : Result.succeed({ orderId, amount })
    }
  )

/** int32. */
const isOrderId = (reference: string): boolean => /^[1-9]\d{0,9}$/.test(reference) && Number(reference) <= 2_147_483_647

/** Not settled, and with its event: that is what makes whoever pays at Geins pay. */
const refund = ({ amount, orderId }: Instruction, attempt: Attempt, author: string | undefined): Call => {
  const body: NewRefund = {
    RefundAmount: new NumberText(amount),
    RefundType: new NumberText("0"),
    Reference: markOf(attempt),
    ...(author === undefined ? {} : { Author: author })
  }
  return { method: "POST", path: `/API/Order/${orderId}/Refund`, headers: keyHeader(attempt), body }
}

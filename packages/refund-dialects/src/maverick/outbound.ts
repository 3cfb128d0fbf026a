/** Gives money back through Maverick's gateway: "Refund". */
import { Effect, Result } from "effect"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { type Api, baseOf, type Call, defaultTimeoutMilliseconds, type Reply, send } from "../internal/calling.ts"
import {
  decimalOf,
  instruct,
  type Keyed,
  keyHeader,
  type Outbound,
  type OutboundOptions
} from "../internal/outbound.ts"
import { asked, declined, outcomeOf, unknown } from "../internal/outcomes.ts"
import { NumberText } from "../NumberText.ts"
import { capabilitiesOf } from "./capabilities.ts"
import { inList, returnIn, said } from "./said.ts"
import type { RefundRequest } from "./wire.ts"

export interface MaverickOptions extends OutboundOptions, Keyed {
  readonly token: string
  /** Of all the payments that are refunded here; those of another terminal are another provider's. */
  readonly terminalId: number
  /**
   * The gateway was tried, and keeps the `externalId` that a refund is sent with: then a refund whose answer was lost is
   * found by it. Where it does not keep it, that would find nothing, and the refund would be taken for never made.
   */
  readonly keepsExternalId?: boolean
}

interface Instruction {
  readonly paymentId: string
  readonly amount: string
}

/** A capture's reference is the id of Maverick's payment. */
export const make = (options: MaverickOptions): Outbound => {
  const { keepsExternalId = false, terminalId } = options
  const api: Api = {
    vendor: "Maverick",
    base: baseOf(options.baseUrl),
    credential: { authorization: `Bearer ${options.token}` },
    numbers: "double",
    timeoutMilliseconds: options.timeoutMilliseconds ?? defaultTimeoutMilliseconds
  }

  const submit = (attempt: Attempt): Effect.Effect<Outcome> => {
    const instruction = instructionOf(options, attempt)
    if (Result.isFailure(instruction)) return Effect.succeed(declined(instruction.failure))
    const { paymentId } = instruction.success
    return Effect.map(send(api, refund(instruction.success, attempt, terminalId)), (reply) =>
      outcomeOf(api.vendor, reply, (answer) => said(attempt, paymentId, answer))
    )
  }

  const lookup = (attempt: Attempt): Effect.Effect<Outcome | null> => {
    const instruction = instructionOf(options, attempt)
    // What cannot be said was never sent.
    if (Result.isFailure(instruction)) return Effect.succeed(keepsExternalId ? null : unknown(instruction.failure))
    const { paymentId } = instruction.success
    if (attempt.reference !== null && isPaymentId(attempt.reference)) {
      return Effect.map(send(api, { method: "GET", path: `/payment/${attempt.reference}` }), (reply) =>
        heard(reply, (answer) => (answer.status === 200 ? returnIn(attempt, paymentId, answer.body) : null))
      )
    }
    if (!keepsExternalId) return Effect.succeed(unknown("Maverick finds a refund by its own id only"))
    return Effect.map(send(api, { method: "GET", path: listPath(attempt, terminalId) }), (reply) =>
      reply._tag === "answer" ? inList(attempt, paymentId, reply) : unknown(reply.detail)
    )
  }

  return { provider: { submit, lookup }, capabilities: capabilitiesOf(options) }
}

const instructionOf = (options: MaverickOptions, attempt: Attempt): Result.Result<Instruction, string> =>
  Result.flatMap(
    instruct(options, attempt, (reference) => (isPaymentId(reference) ? reference : null), "not_a_maverick_payment"),
    (paymentId) => {
      const amount = decimalOf(attempt)
      return amount === null ? Result.fail("amount_not_expressible") : Result.succeed({ paymentId, amount })
    }
  )

const isPaymentId = (reference: string): boolean =>
  /^[1-9]\d{0,15}$/.test(reference) && Number.isSafeInteger(Number(reference))

/** The amount is always said: without one, all that is left would be given back. */
const refund = ({ amount, paymentId }: Instruction, attempt: Attempt, terminalId: number): Call => {
  const body: RefundRequest & { readonly externalId: string } = {
    terminal: { id: new NumberText(String(terminalId)) },
    amount,
    externalId: attempt.id
  }
  return { method: "POST", path: `/payment/${paymentId}/refund`, headers: keyHeader(attempt), body }
}

const listPath = ({ id }: Attempt, terminalId: number): string =>
  `/payments?${new URLSearchParams({ "filter[externalId]": id, "filter[terminal.id]": String(terminalId) })}`

const heard = (reply: Reply, read: Parameters<typeof outcomeOf>[2]): Outcome =>
  asked(outcomeOf("Maverick", reply, read))

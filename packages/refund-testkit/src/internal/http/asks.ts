/** A history's moves, turned into calls against the orders as they are by then. */
import { randomUUID } from "node:crypto"
import type { Amount, HttpHistory, Move, OrderPlan, Pays } from "./histories.ts"
import { captureIdOf, type DecisionAsked, leftOf, type RequestAsked, type Step, type ToldRefund } from "./steps.ts"
import type { Call, Who } from "./wire.ts"

/** Of a capture: who is asked to pay it back. */
export interface Payer {
  readonly provider: string
  readonly reference?: string
}

export interface Ask {
  readonly what: RequestAsked | DecisionAsked
  readonly call: Call
}

/** What has been asked for in this history, and what is known by now. */
export interface Sofar extends Pick<Step, "told" | "before"> {
  readonly people: readonly [Who, Who]
  readonly requests: Array<Ask & { readonly what: RequestAsked }>
}

export const orderIdsOf = (history: HttpHistory): ReadonlyArray<readonly [string, OrderPlan]> => {
  const run = randomUUID()
  return history.orders.map((plan, index) => [`laws-${run}-${index + 1}`, plan])
}

export const registration = (
  who: Who,
  id: string,
  { captures, currency }: OrderPlan,
  payers: Record<Pays, Payer>
): Call => ({
  who,
  method: "PUT",
  path: `/v1/orders/${id}`,
  body: {
    currency,
    captures: captures.map(({ amount, pays }, index) => ({
      id: captureIdOf(id, index),
      amount,
      tender: "card",
      capturedAt: "2026-01-01T00:00:00Z",
      ...payers[pays]
    }))
  }
})

export const previewOf = ({ call }: Ask): Call => {
  const { idempotencyKey: _, ...rest } = call
  const { id: __, ...body } = call.body as Record<string, unknown>
  return { ...rest, path: `${call.path}/preview`, body }
}

/** Several are asked for at the same time. */
export const asksOf = (move: Move, sofar: Sofar): ReadonlyArray<Ask> => {
  switch (move.kind) {
    case "request":
      return [request(move, sofar)]
    case "together": {
      const one = request(move, sofar)
      const two = request({ ...move, who: move.who + 1 }, sofar)
      return move.target % 2 === 0 ? [one, two] : [one, two, one]
    }
    case "again":
    case "other": {
      const earlier = sofar.requests.at(-1 - (move.target % Math.max(1, sofar.requests.length)))
      if (earlier === undefined) return [request(move, sofar)]
      return [move.kind === "again" ? repeated(earlier, whoOf(move, sofar)) : otherwise(earlier)]
    }
    default:
      return [decision(move, move.kind, sofar) ?? request(move, sofar)]
  }
}

const whoOf = ({ who }: Move, { people }: Sofar): Who => people[who % 2 === 0 ? 0 : 1]

const request = (move: Move, sofar: Sofar): Ask & { readonly what: RequestAsked } => {
  const [orderId, plan] = [...sofar.told.plans][move.order] ?? ["laws-none", { currency: "USD", captures: [] }]
  const isNamed = move.capture > 0 || move.amount === "all"
  const captureId = isNamed ? captureIdOf(orderId, move.capture % Math.max(1, plan.captures.length)) : null
  const amount = amountOf(move.amount, plan, sofar, orderId, captureId)
  return asking(orderId, captureId, amount, whoOf(move, sofar), move)
}

const asking = (
  orderId: string,
  captureId: string | null,
  amount: number | "all",
  who: Who,
  { asksApproval, says }: Pick<Move, "asksApproval" | "says">
) => {
  const key = randomUUID()
  const path = `/v1/orders/${orderId}/refunds`
  const body = {
    amount,
    ...(captureId === null ? {} : { captureId }),
    ...(asksApproval ? { requiresApproval: true } : {}),
    ...(says === "id" ? { id: key } : {})
  }
  const call: Call = { who, method: "POST", path, body, ...(says === "key" ? { idempotencyKey: key } : {}) }
  const what: RequestAsked = {
    _tag: "request",
    orderId,
    captureId,
    amount,
    name: `${says} ${key}`,
    content: JSON.stringify([path, body]),
    foretold: null
  }
  return { what, call }
}

/** Half of nothing and one more than everything are asked for too. */
const amountOf = (
  amount: Amount,
  plan: OrderPlan,
  { before }: Sofar,
  orderId: string,
  captureId: string | null
): number | "all" => {
  if (amount === "all" || typeof amount === "number") return amount
  const order = before.get(orderId)
  const left = order === undefined ? 0 : leftOf(plan, order, captureId)
  if (amount === "over") return left + 1
  return amount === "left" ? left : Math.floor(left / 2)
}

/** Whoever repeats it: the key is the intent's name for all of the tenant. */
const repeated = (earlier: Ask & { readonly what: RequestAsked }, who: Who): Ask => ({
  what: { ...earlier.what, foretold: null },
  call: { ...earlier.call, who }
})

const otherwise = ({ call, what }: Ask & { readonly what: RequestAsked }): Ask => {
  const amount = what.amount === "all" ? 1 : what.amount + 1
  const body = { ...(call.body as object), amount }
  return {
    what: { ...what, amount, foretold: null, content: JSON.stringify([call.path, body]) },
    call: { ...call, body }
  }
}

const suits: Record<DecisionAsked["verb"], (state: string) => boolean> = {
  approve: (state) => state === "pending_approval",
  deny: (state) => state === "pending_approval",
  cancel: (state) => state === "pending_approval" || state === "approved" || state === "failed",
  settle: (state) => state === "approved"
}

const decision = (move: Move, verb: DecisionAsked["verb"], sofar: Sofar): Ask | null => {
  const refunds = [...sofar.before.values()].flatMap((order) => order.refunds)
  const from = move.target === 4 ? refunds : refunds.filter(({ state }) => suits[verb](state))
  const shown = from.at(-1 - (move.target % Math.max(1, from.length)))
  const target: ToldRefund | undefined = shown && sofar.told.refunds.get(shown.id)
  if (target === undefined) return null
  const call: Call = {
    who: whoOf(move, sofar),
    method: "POST",
    path: `/v1/refunds/${target.id}/${verb}`,
    body: { note: "as agreed" }
  }
  return { what: { _tag: "decision", verb, target }, call }
}

/** A history's moves, turned into calls against the orders as they are by then. */
import { randomUUID } from "node:crypto"
import type { Amount, HttpHistory, Move } from "./histories.ts"
import {
  type DecisionAsked,
  leftOf,
  type OutsideRefund,
  type RequestAsked,
  type SpendAsked,
  type Step,
  type Taken,
  type TakenCapture,
  type ToldRefund
} from "./steps.ts"
import type { Call, Who } from "./wire.ts"

/** Of a capture: who is asked to pay it back. */
export interface Payer {
  readonly provider: string
  readonly reference?: string
}

export interface Ask {
  readonly what: RequestAsked | DecisionAsked | SpendAsked
  readonly call: Call
}

/** What has been asked for in this history, and what is known by now. */
export interface Sofar extends Pick<Step, "told" | "before"> {
  readonly people: readonly [Who, Who]
  readonly requests: Array<Ask & { readonly what: RequestAsked }>
  /** What the customer can spend in a currency. */
  readonly spendable: (currency: string) => number
}

/** Both orders are one customer's, where the server keeps store credit. */
export const takenIn = (history: HttpHistory, keepsCredit: boolean): ReadonlyMap<string, Taken> => {
  const run = randomUUID()
  return new Map(
    history.orders.map(({ captures, currency }, index) => {
      const orderId = `laws-${run}-${index + 1}`
      const taken = captures.map((capture, at): TakenCapture => ({ id: `${orderId}-c${at + 1}`, ...capture }))
      return [orderId, { currency, customerId: keepsCredit ? `laws-${run}` : null, captures: taken }]
    })
  )
}

export const registration = (
  who: Who,
  id: string,
  { captures, currency, customerId }: Taken,
  payerOf: (capture: TakenCapture) => Payer
): Call => ({
  who,
  method: "PUT",
  path: `/v1/orders/${id}`,
  body: {
    currency,
    ...(customerId === null ? {} : { customerId }),
    captures: captures.map((capture) => ({
      id: capture.id,
      amount: capture.amount,
      tender: "card",
      capturedAt: "2026-01-01T00:00:00Z",
      ...payerOf(capture)
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
    case "spend":
      return [spend(move, sofar)]
    case "spendTogether":
      return [spend(move, sofar), spend({ ...move, who: move.who + 1 }, sofar)]
    case "spendAgain":
      return [spentBefore(move, sofar)]
    // Nobody tells of a refund where no capture is at such a provider's.
    case "tell":
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
  const [orderId, taken] = orderOf(move, sofar)
  const isNamed = (move.capture > 0 && !move.toCredit) || move.amount === "all"
  const captureId = (isNamed && taken.captures[move.capture % Math.max(1, taken.captures.length)]?.id) || null
  const order = sofar.before.get(orderId)
  const left = order === undefined ? 0 : leftOf(taken, order, captureId)
  return asking(orderId, captureId, amountOf(move.amount, left), whoOf(move, sofar), move)
}

const orderOf = (move: Move, { told }: Sofar): readonly [string, Taken] =>
  [...told.taken][move.order] ?? ["laws-none", { currency: "USD", customerId: null, captures: [] }]

const asking = (
  orderId: string,
  captureId: string | null,
  amount: number | "all",
  who: Who,
  { asksApproval, says, ...move }: Pick<Move, "asksApproval" | "says" | "amount" | "toCredit">
) => {
  const key = randomUUID()
  const path = `/v1/orders/${orderId}/refunds`
  // All that is left of a capture goes back to it.
  const toCredit = move.toCredit && amount !== "all"
  const body = {
    amount,
    ...(toCredit ? { destination: "store_credit" } : {}),
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
    toCredit,
    name: `${says} ${key}`,
    content: JSON.stringify([path, body]),
    foretold: null
  }
  return { what, call }
}

/** Half of nothing and one more than everything are asked for too. */
const amountOf = (amount: Amount, left: number): number | "all" => {
  if (amount === "all" || typeof amount === "number") return amount
  if (amount === "over") return left + 1
  return amount === "left" ? left : Math.floor(left / 2)
}

const spend = (move: Move, sofar: Sofar): Ask => {
  const [orderId, { currency, customerId }] = orderOf(move, sofar)
  const left = sofar.spendable(currency)
  const amount = amountOf(move.amount === "all" ? "left" : move.amount, left)
  const id = `${orderId}-k${randomUUID()}`
  const what = { _tag: "spend", id, customerId: customerId ?? "", orderId, amount: Number(amount), currency } as const
  return spending(what, whoOf(move, sofar))
}

const spending = (what: SpendAsked, who: Who): Ask => {
  const { amount, currency, customerId, id, orderId } = what
  const path = `/v1/customers/${customerId}/credit/spend`
  return { what, call: { who, method: "POST", path, body: { id, orderId, amount, currency } } }
}

/** The same, or another amount under its name. */
const spentBefore = (move: Move, sofar: Sofar): Ask => {
  const spends = [...sofar.told.spends.values()]
  const earlier = spends.at(-1 - (move.target % Math.max(1, spends.length)))
  if (earlier === undefined) return spend(move, sofar)
  const amount = move.capture > 1 ? earlier.amount + 1 : earlier.amount
  return spending({ ...earlier, amount }, whoOf(move, sofar))
}

/** What a provider tells of: a refund at its own desk, of any amount that it was paid. Null: no such capture is there. */
export const outsideRefund = (move: Move, sofar: Sofar): OutsideRefund | null => {
  const theirs = [...sofar.told.taken].flatMap(([orderId, { captures, currency }]) =>
    captures.flatMap((capture) => (capture.pays === "outside" ? [{ ...capture, orderId, currency }] : []))
  )
  const capture = theirs[(move.order + move.capture) % Math.max(1, theirs.length)]
  if (capture === undefined) return null
  const { amount: most, currency, id: captureId, orderId } = capture
  const wanted = typeof move.amount === "number" ? move.amount : move.amount === "half" ? Math.floor(most / 2) : most
  return { id: randomUUID(), orderId, captureId, amount: Math.min(most, Math.max(1, wanted)), currency }
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

/**
 * The ledger once more, small and slow: an order is the list of refunds that were asked for, every figure is summed up
 * from it when it is needed, and every limit is a comparison with such a sum. Beside a real ledger it says of each
 * command whether it may be accepted, and what the figures are then.
 *
 * Whether an order may be registered so is not its question: it is told of the orders as they are.
 */
import type { Command, RecordDispute, RequestRefund, SpendCredit } from "refund-core/Command"
import type { Registration } from "refund-core/Order"
import { may } from "refund-core/Permission"
import { dropEnded, spendCoins } from "./internal/model/credit.ts"
import { onRefund } from "./internal/model/lifecycle.ts"
import { recordExternal } from "./internal/model/outside.ts"
import { mayRequest, request } from "./internal/model/request.ts"
import type { Model, ModelOrder } from "./internal/model/state.ts"
import { contentOf } from "./laws.ts"

export { accountsOf } from "./internal/model/credit.ts"
export { emptyModel, figuresOf, type Model, type ModelOrder, type ModelRefund } from "./internal/model/state.ts"

/** Does what the command says and answers true, or does nothing and answers false. Null: it is not asked of a model. */
export const ask = (model: Model, command: Command): boolean | null => {
  switch (command._tag) {
    case "RequestRefund":
      return mayRequest(command) && requestOnce(model, command)
    case "RecordDispute":
      return may(command.caller.by, "disputes:write") && dispute(model, command)
    case "RecordExternal":
      return recordExternal(model, command)
    case "SpendCredit":
      return may(command.caller.by, "credit:write") && spend(model, command)
    case "ExpireCredit":
      if (may(command.caller.by, "worker")) dropEnded(model, command.currency, command.customerId, command.caller.now)
      return may(command.caller.by, "worker")
    case "SetPolicy":
      if (command.expected !== undefined) return null
      if (may(command.caller.by, "policy:manage")) model.overrides = command.overrides
      return may(command.caller.by, "policy:manage")
    case "RegisterOrder":
    case "AddCaptures":
    case "ReconcileRefund":
    case "ClosePeriod":
    case "SetProviders":
    case "CreateKey":
    case "RevokeKey":
    case "RotateKey":
    case "RedactOrder":
    case "RedactRefund":
    case "SetEndpoint":
    case "RemoveEndpoint":
      return null
    default:
      return onRefund(model, command)
  }
}

/** The order as it is registered now. */
export const registered = (model: Model, id: string, registration: Registration): void => {
  const known = model.orders.get(id)
  const subtotal = known?.subtotal ?? registration.subtotal ?? null
  if (known !== undefined) Object.assign(known, { registration, subtotal })
  else model.orders.set(id, { registration, subtotal, disputes: new Map(), refunds: [], taken: [], waiting: [] })
}

/** What a key or a chosen id was used for once, it stands for. */
const requestOnce = (model: Model, command: RequestRefund): boolean => {
  const { ids, once } = command
  const byKey = once.key === undefined ? undefined : model.keys.get(once.key)
  const earlier = byKey ?? (once.chosen && isTaken(model, ids.group) ? ids.group : undefined)
  if (earlier !== undefined) return model.contents.get(earlier) === contentOf(command)
  const order = orderAt(model, command)
  if (order === undefined || !request(model, order, command)) return false
  if (once.key !== undefined) model.keys.set(once.key, ids.group)
  model.contents.set(ids.group, contentOf(command))
  return true
}

const isTaken = (model: Model, id: string): boolean =>
  [...model.orders.values()].some(({ refunds }) => refunds.some((refund) => refund.id === id || refund.group === id))

const orderAt = (model: Model, { at }: RequestRefund): ModelOrder | undefined =>
  "order" in at
    ? model.orders.get(at.order)
    : [...model.orders.values()].find(({ registration }) => registration.captures.some(({ id }) => id === at.capture))

/** As a capture it is told of with the order. */
const spend = (model: Model, command: SpendCredit): boolean => {
  const { amount, caller, captureId, currency, customerId, orderId } = command
  const order = model.orders.get(orderId)
  if (order === undefined || order.registration.customerId !== customerId) return false
  if (order.registration.currency !== currency) return false
  const owner = [...model.orders].find(([, { registration }]) =>
    registration.captures.some(({ id }) => id === captureId)
  )
  if (owner !== undefined) {
    const known = owner[1].registration.captures.find(({ id }) => id === captureId)
    return owner[0] === orderId && known?.provider === "store_credit" && known.amount === amount
  }
  return spendCoins(model, currency, customerId, amount, caller.now)
}

const dispute = (model: Model, { dispute: asked, orderId }: RecordDispute): boolean => {
  const order = model.orders.get(orderId)
  const known = order?.disputes.get(asked.id)
  const isSame = known === undefined || (known.captureId === asked.captureId && known.amount === asked.amount)
  const isOpen = known === undefined || known.state === "open" || known.state === asked.state
  const isKnown = order?.registration.captures.some(({ id }) => id === asked.captureId) ?? false
  if (order === undefined || !isKnown || !isSame || !isOpen) return false
  order.disputes.set(asked.id, asked)
  return true
}

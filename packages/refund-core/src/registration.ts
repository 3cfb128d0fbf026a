/** Registering an order, and merging what is new into it: nothing that was taken or refunded is changed by it. */
import type { AddCaptures, RegisterOrder } from "./Command.ts"
import { canonical } from "./canonical.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { OrderId } from "./Ids.ts"
import { maxMinor } from "./Money.ts"
import {
  type Capture,
  type Charge,
  componentsOf,
  type OrderHead,
  type OrderTexts,
  partDiscount,
  partTax,
  type Registration
} from "./Order.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { creditProvider } from "./Refund.ts"
import type { Violation } from "./Violation.ts"

/** `created`: not known before. `changed`: something was new; the same content again changes nothing. */
export interface Registered {
  readonly created: boolean
  readonly changed: boolean
  readonly order: OrderHead
}

export const registerOrder = (command: RegisterOrder, facts: Facts): Decided<Registered> => {
  const missing = lacks(command.caller, "orders:write")
  if (missing !== null) return refuse(missing)
  return register(command, facts, command.order)
}

/** More money taken for an order that is registered. */
export const addCaptures = (command: AddCaptures, facts: Facts): Decided<Registered> => {
  const missing = lacks(command.caller, "orders:write")
  if (missing !== null) return refuse(missing)
  if (facts.registration === null) return refuse({ _tag: "OrderNotFound", orderId: command.orderId })
  const { currency } = facts.registration
  if (command.currency !== undefined && command.currency !== currency) {
    return refuse({ _tag: "CurrencyMismatch", registered: currency, requested: command.currency })
  }
  return register(command, facts, { currency, captures: command.captures })
}

const register = (command: RegisterOrder | AddCaptures, facts: Facts, asked: Registration): Decided<Registered> => {
  const { orderId } = command
  const merged = merge(facts.registration, asked)
  const violations = [
    ...repeated(asked),
    ...foreignCaptures(orderId, asked, facts),
    ...unspentCaptures(facts.registration, asked),
    ...(facts.registration === null ? [] : changedCaptures(facts.registration, asked)),
    ...(facts.order === null ? [] : changedOrder(facts.order, asked, merged)),
    ...doesNotAdd(merged)
  ]
  if (violations.length > 0) return refuse(...violations)

  const texts = command.texts === undefined ? facts.texts : mergeTexts(facts.texts, command.texts)
  const draft = new Draft(command.caller, facts)
  const sameOrder = facts.registration !== null && canonical(facts.registration) === canonical(merged)
  const sameTexts = canonical(facts.texts) === canonical(texts)
  if (!sameOrder || !sameTexts) {
    draft.add({ _tag: "OrderRegistered", orderId, order: merged, ...(sameTexts || texts === null ? {} : { texts }) })
  }
  const { order } = draft.after
  if (order === null) throw new Error("a registered order has a head")
  return draft.commit({ created: facts.registration === null, changed: draft.events.length > 0, order })
}

export const merge = (before: Registration | null, asked: Registration): Registration =>
  before === null
    ? asked
    : {
        ...before,
        ...asked,
        captures: byId(before.captures, asked.captures, (capture) => capture.id).map((capture) =>
          keepCapture(
            before.captures.find((each) => each.id === capture.id),
            capture
          )
        ),
        ...(asked.lines === undefined ? {} : { lines: byId(before.lines ?? [], asked.lines, (line) => line.id) }),
        ...(asked.fees === undefined ? {} : { fees: byId(before.fees ?? [], asked.fees, (fee) => fee.code) })
      }

const byId = <A>(before: ReadonlyArray<A>, asked: ReadonlyArray<A>, id: (each: A) => string): ReadonlyArray<A> => {
  const merged = new Map(before.map((each) => [id(each), each]))
  for (const each of asked) merged.set(id(each), each)
  return [...merged.values()]
}

/** What was known of a capture is not forgotten because a later message leaves it out. */
const keepCapture = (before: Capture | undefined, asked: Capture): Capture =>
  before === undefined
    ? asked
    : {
        ...asked,
        reference: asked.reference ?? before.reference,
        authorizedAmount: asked.authorizedAmount ?? before.authorizedAmount
      }

const mergeTexts = (before: OrderTexts | null, asked: OrderTexts): OrderTexts =>
  before === null
    ? asked
    : {
        salt: before.salt,
        lines: { ...before.lines, ...asked.lines },
        vendor: { ...before.vendor, ...asked.vendor },
        captures: { ...before.captures, ...asked.captures }
      }

const repeated = (asked: Registration): ReadonlyArray<Violation> => {
  const twice = (path: string, ids: ReadonlyArray<string>): ReadonlyArray<Violation> =>
    ids.flatMap((id, index) =>
      ids.indexOf(id) === index
        ? []
        : [{ _tag: "Malformed", path: `${path}.${index}`, expected: `an id other than ${id}, which is used above` }]
    )
  return [
    ...twice(
      "captures",
      asked.captures.map((capture) => capture.id)
    ),
    ...twice(
      "lines",
      (asked.lines ?? []).map((line) => line.id)
    ),
    ...twice(
      "fees",
      (asked.fees ?? []).map((fee) => fee.code)
    )
  ]
}

export const foreignCaptures = (
  orderId: OrderId,
  asked: Pick<Registration, "captures">,
  facts: Facts
): ReadonlyArray<Violation> =>
  asked.captures.flatMap(({ id }) => {
    const owner = facts.captureOwners.get(id)
    return owner === undefined || owner === orderId ? [] : [captureConflict(id, "order", owner, orderId)]
  })

/** Credit becomes a capture by being spent, not by being told of. */
const unspentCaptures = (before: Registration | null, asked: Registration): ReadonlyArray<Violation> =>
  asked.captures.flatMap(({ id, provider }, index) => {
    if (provider !== creditProvider || before?.captures.some((known) => known.id === id)) return []
    const expected = "another provider; store credit pays by being spent from the customer's account"
    return [{ _tag: "Malformed", path: `captures.${index}.provider`, expected }]
  })

/** A capture is never lowered or re-priced; one that is only authorized may still be captured, at another amount. */
const changedCaptures = (before: Registration, asked: Registration): ReadonlyArray<Violation> =>
  asked.captures.flatMap((capture) => {
    const known = before.captures.find((each) => each.id === capture.id)
    if (known === undefined) return []
    const differs = (field: string, was: unknown, is: unknown) =>
      was === is ? [] : [captureConflict(capture.id, field, String(was), String(is))]
    return [
      ...(known.capturedAt === null ? [] : differs("amount", known.amount, capture.amount)),
      ...(known.capturedAt === null ? [] : differs("capturedAt", known.capturedAt, capture.capturedAt)),
      ...differs("provider", known.provider, capture.provider),
      ...differs("tender", known.tender, capture.tender),
      ...(known.reference === null || capture.reference === null
        ? []
        : differs("reference", known.reference, capture.reference))
    ]
  })

const changedOrder = (head: OrderHead, asked: Registration, merged: Registration): ReadonlyArray<Violation> => {
  const kept = (field: string, was: unknown, is: unknown): ReadonlyArray<Violation> =>
    was === null || is === undefined || was === is
      ? []
      : [{ _tag: "OrderConflict", orderId: head.id, field, registered: String(was), requested: String(is) }]
  const now = new Map(componentsOf(merged).map((component) => [component.id, component]))
  const parts = head.components.filter((component) => component.refunded + component.held > 0n)
  return [
    ...kept("currency", head.currency, asked.currency),
    ...kept("subtotal", head.subtotal, asked.subtotal),
    ...(head.customerFixed ? kept("customerId", head.customerId, asked.customerId) : []),
    ...parts.flatMap((part) => kept(part.id, part.charged, now.get(part.id)?.charged ?? 0n)),
    ...parts.flatMap((part) => kept(`${part.id}.tax`, part.tax, now.get(part.id)?.tax ?? 0n))
  ]
}

export const captureConflict = (
  captureId: string,
  field: string,
  registered: string,
  requested: string
): Violation => ({
  _tag: "CaptureConflict",
  captureId,
  field,
  registered,
  requested
})

const sum = (amounts: ReadonlyArray<bigint>): bigint => amounts.reduce((total, amount) => total + amount, 0n)

export const doesNotAdd = (order: Registration): ReadonlyArray<Violation> => {
  const differs = (field: string, stated: bigint | undefined, computed: bigint | null): ReadonlyArray<Violation> =>
    stated === undefined || computed === null || stated === computed
      ? []
      : [{ _tag: "OrderDoesNotAdd", field, currency: order.currency, stated, computed }]
  return [
    ...tooMuch(order),
    ...tooLarge(order),
    ...differs("subtotal", order.subtotal, linesSubtotal(order)),
    ...differs("tax", order.tax, partTax(order)),
    ...differs("discounts", order.discounts, partDiscount(order)),
    ...differs("total", order.total, computedTotal(order))
  ]
}

/** Before tax, discounts, shipping and fees; null without lines. */
const linesSubtotal = (order: Registration): bigint | null =>
  order.lines === undefined
    ? null
    : sum(order.lines.map((line) => line.amount - ((order.taxIncluded ?? false) ? (line.tax ?? 0n) : 0n)))

/** Null where neither lines nor a subtotal say what the goods cost: then a total stands for itself. */
const computedTotal = (order: Registration): bigint | null => {
  if (order.lines === undefined && order.subtotal === undefined) return null
  const goods = order.lines === undefined ? (order.subtotal ?? 0n) : 0n
  const orderDiscount = partDiscount(order) === null ? (order.discounts ?? 0n) : 0n
  return goods + sum(componentsOf(order).map((component) => component.charged)) - orderDiscount
}

const tooMuch = (order: Registration): ReadonlyArray<Violation> => {
  const atMost = (path: string, stated: bigint | undefined, most: bigint): ReadonlyArray<Violation> =>
    (stated ?? 0n) <= most ? [] : [{ _tag: "Malformed", path, expected: `at most ${most}` }]
  const over = (path: string, part: Charge | undefined): ReadonlyArray<Violation> => {
    if (part === undefined) return []
    const { amount, discount = 0n, tax } = part
    const tooMuchTax =
      (order.taxIncluded ?? false) && discount <= amount ? atMost(`${path}.tax`, tax, amount - discount) : []
    return [...atMost(`${path}.discount`, discount, amount), ...tooMuchTax]
  }
  return [
    ...(order.lines ?? []).flatMap((line, index) => over(`lines.${index}`, line)),
    ...over("shipping", order.shipping),
    ...over("invoiceFee", order.invoiceFee),
    ...(order.fees ?? []).flatMap((fee, index) => over(`fees.${index}`, fee))
  ]
}

/** Every figure must fit a JSON number exactly. */
const tooLarge = (order: Registration): ReadonlyArray<Violation> => {
  const figures = [
    sum(order.captures.map((capture) => capture.amount)),
    // Some vendors' answers add these up.
    sum(order.captures.map((capture) => capture.authorizedAmount ?? capture.amount)),
    sum(componentsOf(order).map((each) => each.charged))
  ]
  return figures.some((figure) => figure > maxMinor)
    ? [{ _tag: "Malformed", path: "", expected: `figures of at most ${maxMinor} minor units in all` }]
    : []
}

/** The bodies of `PUT /v1/orders/{orderId}` and `POST …/captures`, and the commands they make. */
import { Result, Schema } from "effect"
import type { AddCaptures, Caller, RegisterOrder } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import type { CaptureId, CustomerId, OrderId } from "refund-core/Ids"
import type { Capture, Charge, Line, OrderTexts, Registration } from "refund-core/Order"
import { type Rejected, rejected } from "refund-core/Violation"
import { Minor } from "./Amount.ts"
import { KeptObject } from "./Kept.ts"
import { Currency, decoder, flag, freeText, identifier, optional, stated, wholeNumber } from "./Shape.ts"
import { Time } from "./Time.ts"

/** Per dialect, in that vendor's own words. Kept verbatim, and given back in that dialect's answers. */
export const VendorFields = Schema.Struct({
  kibo: optional(KeptObject),
  geins: optional(KeptObject),
  moyasar: optional(KeptObject),
  maverick: optional(KeptObject),
  medusa: optional(KeptObject)
})

const charge = { amount: Minor, tax: optional(Minor), discount: optional(Minor) }

export const CaptureBody = Schema.Struct({
  id: identifier,
  amount: Minor,
  provider: identifier,
  reference: optional(identifier),
  tender: identifier,
  authorizedAmount: optional(Minor),
  /** Null: only authorized. It must be said, since it decides whether the capture counts. */
  capturedAt: Schema.NullOr(Time).annotate({ message: "a time, or null where the money is only authorized" }),
  vendor: optional(VendorFields)
})

export const OrderBody = Schema.Struct({
  currency: Currency,
  customerId: optional(identifier),
  taxIncluded: optional(flag),
  lines: optional(
    Schema.Array(
      Schema.Struct({
        id: identifier,
        description: optional(freeText(1000)),
        quantity: optional(wholeNumber),
        ...charge
      })
    )
  ),
  shipping: optional(Schema.Struct(charge)),
  invoiceFee: optional(Schema.Struct(charge)),
  fees: optional(Schema.Array(Schema.Struct({ code: identifier, ...charge }))),
  subtotal: optional(Minor),
  tax: optional(Minor),
  discounts: optional(Minor),
  total: optional(Minor),
  captures: optional(Schema.Array(CaptureBody)),
  vendor: optional(VendorFields)
})
export type OrderJson = typeof OrderBody.Encoded

/** One more capture of an order. `currency`: the amount's, if it shall be checked; else it is the order's. */
export const AddedCapture = Schema.Struct({ ...CaptureBody.fields, currency: optional(Currency) })
export type CaptureJson = typeof AddedCapture.Encoded

const decodeOrder = decoder(OrderBody)
const decodeCapture = decoder(AddedCapture)

export interface OrderContext {
  readonly caller: Caller
  readonly orderId: OrderId
  readonly freshSalt: () => string
}

/** Fails with every fault of the form at once. */
export const toRegisterOrder = (body: unknown, context: OrderContext): Result.Result<RegisterOrder, Rejected> =>
  decodeOrder(body).pipe(
    Result.mapError(rejected),
    Result.map((order) => {
      const { caller, orderId } = context
      const texts = textsOf(order, order.captures ?? [], context.freshSalt)
      return {
        _tag: "RegisterOrder",
        caller,
        orderId,
        order: registration(order),
        ...(texts === null ? {} : { texts })
      }
    })
  )

/** Fails with every fault of the form at once. */
export const toAddCaptures = (body: unknown, context: OrderContext): Result.Result<AddCaptures, Rejected> =>
  decodeCapture(body).pipe(
    Result.mapError(rejected),
    Result.map((capture) => {
      const { caller, orderId } = context
      const texts = textsOf({}, [capture], context.freshSalt)
      return {
        _tag: "AddCaptures",
        caller,
        orderId,
        captures: [toCapture(capture)],
        ...(isStated(capture.currency) ? { currency: capture.currency as CurrencyCode } : {}),
        ...(texts === null ? {} : { texts })
      }
    })
  )

type Order = typeof OrderBody.Type
type OneCapture = typeof CaptureBody.Type

const registration = (order: Order): Registration => {
  const { captures, currency, customerId, fees, invoiceFee, lines, shipping, vendor: _, ...figures } = order
  return {
    ...stated(figures),
    currency: currency as CurrencyCode,
    ...(isStated(customerId) ? { customerId: customerId as CustomerId } : {}),
    ...(isStated(lines) ? { lines: lines.map(toLine) } : {}),
    ...(isStated(shipping) ? { shipping: toCharge(shipping) } : {}),
    ...(isStated(invoiceFee) ? { invoiceFee: toCharge(invoiceFee) } : {}),
    ...(isStated(fees) ? { fees: fees.map((fee) => ({ code: fee.code, ...toCharge(fee) })) } : {}),
    captures: (captures ?? []).map(toCapture)
  }
}

const isStated = <A>(value: A): value is NonNullable<A> => value !== undefined && value !== null

type ChargeBody = NonNullable<Order["shipping"]>

const toCharge = ({ amount, discount, tax }: ChargeBody): Charge => ({ amount, ...stated({ tax, discount }) })

const toLine = ({ id, quantity, ...line }: NonNullable<Order["lines"]>[number]): Line => ({
  id,
  ...stated({ quantity }),
  ...toCharge(line)
})

const toCapture = (capture: OneCapture): Capture => ({
  id: capture.id as CaptureId,
  amount: capture.amount,
  provider: capture.provider,
  reference: capture.reference ?? null,
  tender: capture.tender,
  authorizedAmount: capture.authorizedAmount ?? null,
  capturedAt: capture.capturedAt
})

/** Null where the body has no text at all: then what is kept stays. */
const textsOf = (
  order: Pick<Order, "lines" | "vendor">,
  captures: ReadonlyArray<OneCapture>,
  freshSalt: () => string
): OrderTexts | null => {
  const described = (order.lines ?? []).flatMap(({ description, id }) =>
    isStated(description) ? [[id, description] as const] : []
  )
  const vendors = captures.flatMap(({ id, vendor }) => (isStated(vendor) ? [[id, stated(vendor)] as const] : []))
  if (described.length === 0 && vendors.length === 0 && !isStated(order.vendor)) return null
  return {
    salt: freshSalt(),
    lines: Object.fromEntries(described),
    vendor: stated(order.vendor ?? {}),
    captures: Object.fromEntries(vendors)
  }
}

/** What Stripe refuses to pay. */
import { type Answer, missing, refusal } from "./answers.ts"
import type { Books, Payment } from "./books.ts"
import type { Fields } from "./description.ts"

export const referenceIn = (fields: Fields): string => String(fields["charge"] ?? fields["payment_intent"])

/** What its description does not say, but Stripe does; no key remembers it. */
export const invalid = (books: Books, fields: Fields): Answer | null => {
  // https://github.com/stripe/stripe-node/issues/1804: described, and refused.
  if ("currency" in fields) {
    return refusal(400, {
      code: "parameter_unknown",
      message: "Received unknown parameter: currency",
      param: "currency"
    })
  }
  if ("charge" in fields === "payment_intent" in fields) {
    return refusal(400, { code: "parameter_missing", message: "One of charge or payment_intent" })
  }
  const payment = books.payment(referenceIn(fields))
  const name = "charge" in fields ? "charge" : "payment_intent"
  return payment === undefined
    ? missing(name, referenceIn(fields), name)
    : unwritable(payment, Number(fields["amount"]))
}

const multiples: Readonly<Record<string, number>> = { isk: 100, ugx: 100, bhd: 10, jod: 10, kwd: 10, omr: 10, tnd: 10 }

/** https://docs.stripe.com/currencies#special-cases and #three-decimal. */
const unwritable = ({ currency }: Payment, amount: number): Answer | null =>
  amount > 0 && amount % (multiples[currency] ?? 1) === 0
    ? null
    : refusal(400, { code: "parameter_invalid_integer", message: `Invalid amount for ${currency}`, param: "amount" })

/** What is found once it has begun. */
export const refused = (books: Books, payment: Payment, amount: number, declines: boolean): Answer | null => {
  const { charge } = payment
  if (declines) {
    return refusal(400, { code: "charge_disputed", message: `Charge ${charge} has been charged back` })
  }
  const left = books.left(payment)
  if (left === 0) {
    return refusal(400, { code: "charge_already_refunded", message: `Charge ${charge} has already been refunded.` })
  }
  // Without a code: https://github.com/woocommerce/woocommerce-gateway-stripe/issues/435.
  if (amount <= left) return null
  return refusal(400, { message: `Refund amount (${amount}) is greater than charge amount (${left})`, param: "amount" })
}

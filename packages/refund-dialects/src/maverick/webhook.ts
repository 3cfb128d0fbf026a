/** Maverick's webhook of a payment: a refund is a payment of type Return. Signed by a hash over the secret and four fields. */
import { hash } from "node:crypto"
import type { Told } from "refund-core/ports/Feed"
import type { Refund } from "refund-core/Refund"
import type { WebhookForm } from "../WebhookForm.ts"
import { isReturn, returnOf, time } from "./payment.ts"

/** `refund`: it was given back. `updateStatus`: what was told of it is no longer so, or it never will be. */
const actions: Partial<Record<Told["type"], "refund" | "updateStatus">> = {
  "refund.settled": "refund",
  "refund.external": "refund",
  "refund.failed": "updateStatus",
  "refund.canceled": "updateStatus",
  "refund.reversed": "updateStatus"
}

const module = "payment"

export const webhook: WebhookForm = (told, { secrets }) => {
  const { at, id, muted, refund, type } = told
  const action = actions[type]
  const [secret] = secrets
  if (muted || refund === null || action === undefined || !isReturn(refund)) return null
  // The scheme has room for one signature: the newest secret's.
  if (secret === undefined) throw new Error("Maverick's form needs a secret to sign with")
  const date = time(at)
  return {
    isSigned: true,
    headers: { "webhook-signature": hash("sha512", `${secret}${id}${module}${action}${date}`) },
    body: JSON.stringify({ id, module, action, date, data: returnOf([asTold(told, refund)], {}) })
  }
}

/** As it was when that happened, whatever has happened to it since: every try tells the same. */
const asTold = ({ at, event, state }: Told, refund: Refund): Refund => ({
  ...refund,
  state: state ?? refund.state,
  detail: event._tag === "RefundDeclined" ? event.code : "detail" in event ? event.detail : null,
  updatedAt: at,
  texts: null
})

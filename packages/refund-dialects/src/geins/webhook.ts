/**
 * Geins' webhook of entity 8, `Refund`, action `create`: to whoever pays elsewhere it is the instruction to pay, so it is
 * sent as soon as the refund may be paid; where our worker pays, it tells that it was.
 */
import type { Told } from "refund-core/ports/Feed"
import { goesToCredit, paidByWorker, type Refund } from "refund-core/Refund"
import type { WebhookForm } from "../WebhookForm.ts"

export const webhook: WebhookForm = (told, { endpoint }) => {
  const { at, muted, refund, type } = told
  if (muted || refund === null || type !== tells(refund)) return null
  const said = fieldsOf(refund)
  return {
    url: filled(endpoint.url, said),
    headers: {
      // One for all refunds of a group, which is one refund to Geins: told twice, it is paid once.
      "x-idempotency-key": refund.groupId,
      "x-timestamp": new Date(at).toISOString()
    },
    body: JSON.stringify(said)
  }
}

/** Of store credit and return costs nobody has to pay anything. */
const tells = (refund: Refund): Told["type"] | null => {
  if (goesToCredit(refund) || refund.deducts) return null
  return paidByWorker(refund) ? "refund.settled" : "refund.created"
}

/** Geins' placeholders for refunds. Account, environment and channel are none of the ledger's. */
const fieldsOf = ({ groupId, provider }: Refund) => ({
  entity: "Refund",
  action: "create",
  account: "",
  environment: "",
  id: groupId,
  paymentName: provider ?? "",
  channelName: ""
})

const placeholder = /(?:\{|%7B){2}(\w+)(?:\}|%7D){2}/giu

/** A placeholder that is none of these is left as it is. */
const filled = (url: string, said: Readonly<Record<string, string>>): string =>
  url.replace(placeholder, (written, name: string) =>
    Object.hasOwn(said, name) ? encodeURIComponent(said[name] ?? "") : written
  )

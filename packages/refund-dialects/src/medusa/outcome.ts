/** How Medusa tells of a refund that was made here and did not go as it was asked. */
import { leastFinal } from "refund-core/Refund"
import type { Requested } from "refund-core/request"
import { message } from "refund-core/Violation"
import { committed } from "../committed.ts"
import type { WireAnswer } from "../Dialect.ts"
import type { keyFaults } from "../idempotencyKey.ts"
import { inFlight, notRefunded, stopped } from "./errors.ts"
import type { Group } from "./refund.ts"
import { refundRef } from "./refundRef.ts"

/** Null: it is settled, or will be told later. */
export const notTaken = (group: Group, requested: Requested, what: string): WireAnswer | null => {
  const headers = committed(requested)
  const state = leastFinal(group)
  switch (state) {
    case "failed":
    case "reversed":
      return notRefunded(headers, what)
    case "denied":
    case "canceled":
      return stopped(headers, refundRef(group[0].groupId), state)
    case "submitting":
      return requested.replayed ? inFlight(headers) : null
    default:
      return null
  }
}

export const keySentences = (faults: ReturnType<typeof keyFaults>): ReadonlyArray<string> =>
  faults.map((fault) => (fault._tag === "Malformed" ? `${fault.path} must be ${fault.expected}` : message(fault)))

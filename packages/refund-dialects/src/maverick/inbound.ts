/** Maverick's gateway, answered by the ledger: "Refund", and looking a payment up. A Maverick payment is a capture; a refund is a payment of type Return. */
import { Effect, Result } from "effect"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { bearer } from "../bearer.ts"
import { committed, outcome } from "../committed.ts"
import type { Dialect, WireAnswer, WireRequest } from "../Dialect.ts"
import { needs, refuse } from "../refuse.ts"
import { captureFields, fieldsOf, registeredForAnswer, type VendorFields } from "../rendering.ts"
import { declined, failure, fault } from "./errors.ts"
import { lookUp } from "./lookUp.ts"
import { description } from "./openapi.ts"
import { captureIdOf, type Group, returnOf, statusOf } from "./payment.ts"
import { commandOf, readRefundRequest } from "./refundRequest.ts"

const refund = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:request")
    const asked = readRefundRequest(request)
    if (Result.isFailure(asked)) return yield* refuse(...asked.failure)

    const captureId = captureIdOf(request)
    const { head, texts } = yield* registeredForAnswer(request.caller, { capture: captureId })
    const vendor = captureFields(texts, captureId, "maverick")
    const parent = { captureId, currency: head.currency, terminalId: terminalIdOf(vendor) }
    const command = commandOf(request, asked.success, parent)
    if (Result.isFailure(command)) return yield* refuse(...command.failure)

    const refunds = yield* Refunds
    const requested = yield* refunds.execute(command.success)
    return answerOf(yield* outcome(request, requested), vendor, committed(requested))
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

const terminalIdOf = (vendor: VendorFields): string | null => {
  const { id } = fieldsOf(vendor["terminal"])
  return typeof id === "number" || typeof id === "string" ? String(id) : null
}

const answerOf = (
  [first, ...more]: ReadonlyArray<Refund>,
  vendor: VendorFields,
  headers: NonNullable<WireAnswer["headers"]>
): WireAnswer => {
  if (first === undefined) throw new Error("a committed request made a refund")
  const group: Group = [first, ...more]
  if (statusOf(group) === "Decline") return declined(whyNot(group), headers)
  return { status: 200, headers, body: returnOf(group, vendor) }
}

/** What a person wrote on denying it is not the caller's to read. */
const whyNot = (group: Group): string => {
  const failed = group.find((each) => each.state === "failed")
  return failed === undefined ? `The refund was ${group[0].state}` : `The refund was declined: ${failed.detail}`
}

export const maverick: Dialect = {
  door: "maverick",
  prefix: "/maverick",
  numbers: "text",
  credential: bearer,
  routes: [
    { method: "POST", path: "/payment/:id/refund", handle: refund },
    { method: "GET", path: "/payment/:id", handle: lookUp }
  ],
  fault,
  failure,
  description
}

/** Maverick's gateway, answered by the ledger: "Refund", and looking payments up. A Maverick payment is a capture; a refund is a payment of type Return. */
import { Effect, Result } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { leastFinal, type Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import type { Rejected } from "refund-core/Violation"
import { bearer } from "../bearer.ts"
import { committed, outcome } from "../committed.ts"
import type { Dialect, WireAnswer, WireRequest } from "../Dialect.ts"
import { needs, refuse } from "../refuse.ts"
import { captureFields, fieldsOf, forAnswer, registeredForAnswer, type VendorFields } from "../rendering.ts"
import { declined, failure, fault, inFlight, refundOfRefund } from "./errors.ts"
import { listPayments } from "./list.ts"
import { lookUp } from "./lookUp.ts"
import { description } from "./openapi.ts"
import { captureIdOf, type Group, numberOfRefund, returnOf, statusOf } from "./payment.ts"
import { commandOf, readRefundRequest } from "./refundRequest.ts"

const refund = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:request")
    const asked = readRefundRequest(request)
    if (Result.isFailure(asked)) return yield* refuse(...asked.failure)

    const captureId = captureIdOf(request)
    const found = yield* Effect.result(registeredForAnswer(request.caller, { capture: captureId }))
    if (Result.isFailure(found)) return yield* notAPayment(request, captureId, found.failure)
    const { head, texts } = found.success
    const vendor = captureFields(texts, captureId, "maverick")
    const parent = { captureId, currency: head.currency, terminalId: terminalIdOf(vendor) }
    const command = commandOf(request, asked.success, parent)
    if (Result.isFailure(command)) return yield* refuse(...command.failure)

    const refunds = yield* Refunds
    const requested = yield* refunds.execute(command.success)
    return answerOf(yield* outcome(request, requested), vendor, requested)
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

/** Where the path names a refund, that says more than that there is no such payment. */
const notAPayment = Effect.fnUntraced(function* (
  { caller }: WireRequest,
  id: string,
  refused: Rejected | LedgerUnavailable
) {
  const number = refused._tag === "Rejected" ? numberOfRefund(id) : null
  if (number === null) return yield* Effect.fail(refused)
  const refunds = yield* Refunds
  yield* refunds.group(forAnswer(caller), { number }).pipe(Effect.mapError(() => refused))
  return refundOfRefund(id)
})

const terminalIdOf = (vendor: VendorFields): string | null => {
  const { id } = fieldsOf(vendor["terminal"])
  return typeof id === "number" || typeof id === "string" ? String(id) : null
}

const answerOf = ([first, ...more]: ReadonlyArray<Refund>, vendor: VendorFields, requested: Requested): WireAnswer => {
  if (first === undefined) throw new Error("a committed request made a refund")
  const headers = committed(requested)
  const group: Group = [first, ...more]
  if (requested.replayed && leastFinal(group) === "submitting") return inFlight(headers)
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
    { method: "GET", path: "/payment/:id", handle: lookUp },
    { method: "GET", path: "/payments", handle: listPayments }
  ],
  fault,
  failure,
  description
}

/** Maverick's `GET /payments?filter[…]=…`: how its clients find out, after a timeout, what became of a refund. */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import type { CaptureId } from "refund-core/Ids"
import type { RefundPage } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import type { Violation } from "refund-core/Violation"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { needs, refuse } from "../refuse.ts"
import { captureFields, fieldsOf, registeredForAnswer } from "../rendering.ts"
import { failure } from "./errors.ts"
import { paymentById } from "./lookUp.ts"
import { isReturn, returnOf, type Written } from "./payment.ts"
import type { Payment, PaymentList } from "./wire.ts"

/** The answer is one page: a filter that finds more is refused, and can be narrowed. */
const maxFound = 100

export const listPayments = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:read")
    const faults = filterFaults(request.query)
    if (faults.length > 0) return yield* refuse(...faults)
    const found = yield* matching(request)
    const body: PaymentList = {
      items: found,
      _meta: { totalCount: found.length, pageCount: found.length === 0 ? 0 : 1, currentPage: 1, perPage: maxFound }
    }
    return { status: 200, body } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

const byId = "filter[id]"
const byTerminal = "filter[terminal.id]"
const byExternalId = "filter[externalId]"
const filters = new Set([byId, byTerminal, byExternalId])

/** The gateway shows every payment where it does not understand a filter: whoever asks for one would take another's for it. */
const filterFaults = (query: WireRequest["query"]): ReadonlyArray<Violation> => {
  const names = Object.keys(query)
  const bad = names.filter((name) => !filters.has(name) || query[name] === "" || (query[name] ?? "").length > 255)
  if (bad.length > 0)
    return bad.map((name) => malformed(name.slice(0, 64), `one of ${[...filters].join(", ")}, with a value`))
  return names.includes(byId) || names.includes(byExternalId)
    ? []
    : [malformed("filter", `${byId} or ${byExternalId}, beside any other`)]
}

const malformed = (path: string, expected: string): Violation => ({ _tag: "Malformed", path, expected })

type Found = Written<Payment>

const matching = Effect.fnUntraced(function* ({ caller, query }: WireRequest) {
  const { [byExternalId]: externalId, [byId]: id, [byTerminal]: terminal } = query
  const found = yield* id === undefined ? byReference(caller, externalId ?? "") : one(caller, id)
  return found.filter(
    (payment) =>
      (externalId === undefined || payment.externalId === externalId) &&
      (terminal === undefined || String(fieldsOf(payment.terminal)["id"]) === terminal)
  )
})

/** None where there is no such payment. */
const one = (caller: Caller, id: string) =>
  paymentById(caller, id as CaptureId).pipe(
    Effect.map((payment): ReadonlyArray<Found> => [payment]),
    Effect.catchTag("Rejected", (rejected) =>
      rejected.violations[0]._tag === "CaptureNotFound" ? Effect.succeed([]) : Effect.fail(rejected)
    )
  )

const byReference = Effect.fnUntraced(function* (caller: Caller, reference: string) {
  const refunds = yield* Refunds
  const found: Array<Refund> = []
  let cursor: string | null = null
  do {
    const page: RefundPage = yield* refunds.list(caller, { reference }, { limit: maxFound, cursor })
    found.push(...page.refunds.filter(isReturn))
    if (found.length > maxFound) return yield* refuse(malformed("filter", `a filter that finds at most ${maxFound}`))
    cursor = page.next
  } while (cursor !== null)
  return yield* Effect.forEach(found, (refund) => shown(caller, refund))
})

const shown = Effect.fnUntraced(function* (caller: Caller, refund: Refund) {
  const { texts } = yield* registeredForAnswer(caller, { order: refund.orderId })
  const vendor = refund.captureId === null ? {} : captureFields(texts, refund.captureId, "maverick")
  const found: Found = returnOf([refund], vendor)
  return found
})

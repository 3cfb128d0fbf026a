/** What a Kibo client reads around a refund: the order it is of, the reasons there are; and its request for another e-mail. */
import { Effect, Result, Schema } from "effect"
import { RefundId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import type { WireAnswer, WireRequest } from "../Dialect.ts"
import { needs, refuse } from "../refuse.ts"
import { forAnswer } from "../rendering.ts"
import { failure } from "./errors.ts"
import { orderOf } from "./order.ts"
import { orderIdOf } from "./orderId.ts"
import { limited, readResponseFields } from "./responseFields.ts"
import type { RefundReasons } from "./wire.ts"

export const showOrder = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "orders:read")
    const fields = yield* fieldsOf(request)
    const view = yield* Refunds.use((refunds) => refunds.order(request.caller, { order: orderIdOf(request) }))
    return { status: 200, body: limited(orderOf(view), fields) } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

/** At Kibo each merchant has their own, and none are published. A refund takes any other reasonCode as well. */
const reasons: typeof RefundReasons.Type.items = [
  { reasonCode: "Damaged", name: "Damaged", needsMoreInfo: false },
  { reasonCode: "Defective", name: "Defective", needsMoreInfo: false },
  { reasonCode: "MissingParts", name: "Missing parts", needsMoreInfo: false },
  { reasonCode: "NotAsDescribed", name: "Not as described", needsMoreInfo: false },
  { reasonCode: "Late", name: "Late", needsMoreInfo: false },
  { reasonCode: "NoLongerWanted", name: "No longer wanted", needsMoreInfo: false },
  { reasonCode: "PriceAdjustment", name: "Price adjustment", needsMoreInfo: false },
  { reasonCode: "Other", name: "Other", needsMoreInfo: true }
]

/** The same for everybody who has a credential. */
export const listReasons = Effect.fnUntraced(
  function* (request: WireRequest) {
    const fields = yield* fieldsOf(request)
    const body: typeof RefundReasons.Type = { totalCount: reasons.length, items: reasons }
    return { status: 200, body: limited(body, fields) } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

/** The ledger sends no e-mail, so there is none to send again: a refund that is there is answered as Kibo answers. */
export const resendMail = Effect.fnUntraced(
  function* (request: WireRequest) {
    yield* needs(request, "refunds:request")
    yield* fieldsOf(request)
    const id = uuidOf(request.params["refundId"] ?? "")
    const refunds = isRefundId(id)
      ? yield* Refunds.use((refunds) => refunds.group(forAnswer(request.caller), { id }))
      : []
    if (refunds[0]?.orderId !== orderIdOf(request)) return yield* refuse({ _tag: "RefundNotFound", refundId: id })
    return { status: 200 } satisfies WireAnswer
  },
  Effect.catch((refused) => Effect.succeed(failure(refused)))
)

const isRefundId = Schema.is(RefundId)

const uuidOf = (hex: string): string =>
  hex
    .slice(0, 255)
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")

const fieldsOf = ({ query }: WireRequest) => {
  const fields = readResponseFields(query["responseFields"])
  return Result.isFailure(fields)
    ? refuse({ _tag: "Malformed", path: "responseFields", expected: fields.failure })
    : Effect.succeed(fields.success)
}

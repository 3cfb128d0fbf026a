/** Store credit: what a customer is owed, and how it pays for an order. */
import { Effect } from "effect"
import { creditToJson, spentToJson, toSpendCredit } from "refund-api/CreditBody"
import type { CreditHead } from "refund-core/Credit"
import { creditChain } from "refund-core/Journal"
import { may } from "refund-core/Permission"
import { Refunds } from "refund-core/Refunds"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

const showCredit = Effect.fnUntraced(function* ({ caller, params }: WireRequest) {
  const refunds = yield* Refunds
  const customerId = params["customerId"] ?? ""
  const mayRead = may(caller.by, "reports:read")
  const accounts = yield* Effect.forEach(
    yield* refunds.credit(caller, customerId),
    Effect.fnUntraced(function* (credit: CreditHead) {
      const journal = mayRead ? yield* refunds.journal(caller, creditChain(customerId, credit.currency)) : null
      return { credit, journal }
    })
  )
  return ok(creditToJson(customerId, accounts, caller.now))
})

/** 201 where it was spent by this request, 200 where it had been. */
const spendCredit = ({ body, caller, params }: WireRequest) =>
  withDecoded(
    toSpendCredit(body, { caller, customerId: params["customerId"] ?? "" }),
    Effect.fnUntraced(function* (command) {
      const refunds = yield* Refunds
      const spent = yield* refunds.execute(command)
      return { status: spent.changed ? 201 : 200, body: spentToJson(command, spent) } satisfies WireAnswer
    })
  )

export const creditRoutes = [
  route("GET", "/v1/customers/:customerId/credit", showCredit),
  route("POST", "/v1/customers/:customerId/credit/spend", spendCredit)
]

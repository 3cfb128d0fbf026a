/** Of a file: what a customer is owed, and how it pays for an order. */
import { Effect } from "effect"
import { CreditBody, creditToJson, SpentBody, spentToJson, toSpendCredit } from "refund-api/CreditBody"
import type { Caller } from "refund-core/Command"
import type { CreditHead } from "refund-core/Credit"
import { creditChain } from "refund-core/Journal"
import { may } from "refund-core/Permission"
import { Refunds } from "refund-core/Refunds"
import { reading } from "./reading.ts"

const readCredit = reading(CreditBody)
const readSpent = reading(SpentBody)

export const credit = Effect.fnUntraced(function* (caller: Caller, customerId: string) {
  const refunds = yield* Refunds
  const mayRead = may(caller.by, "reports:read")
  const accounts = yield* Effect.forEach(
    yield* refunds.credit(caller, customerId),
    Effect.fnUntraced(function* (account: CreditHead) {
      const journal = mayRead ? yield* refunds.journal(caller, creditChain(customerId, account.currency)) : null
      return { credit: account, journal }
    })
  )
  return readCredit(creditToJson(customerId, accounts, caller.now))
})

export const spendCredit = Effect.fnUntraced(function* (caller: Caller, customerId: string, body: unknown) {
  const refunds = yield* Refunds
  const command = yield* Effect.fromResult(toSpendCredit(body, { caller, customerId }))
  return readSpent(spentToJson(command, yield* refunds.execute(command)))
})

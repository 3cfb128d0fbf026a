/** Of a file: the tenant's policies, and the books. */
import { Effect } from "effect"
import { PolicyBody, type PolicyUpdateJson, policyToJson, toSetPolicy } from "refund-api/PolicyBody"
import type { Caller } from "refund-core/Command"
import { Refunds } from "refund-core/Refunds"
import { reading } from "./reading.ts"

const readPolicy = reading(PolicyBody)

export const policy = (caller: Caller) =>
  Refunds.use((refunds) => Effect.map(refunds.settings(caller), (settings) => readPolicy(policyToJson(settings))))

export const setPolicy = Effect.fnUntraced(function* (caller: Caller, body: PolicyUpdateJson) {
  const refunds = yield* Refunds
  const command = yield* Effect.fromResult(toSetPolicy(body, { caller, version: null }))
  return readPolicy(policyToJson(yield* refunds.execute(command)))
})

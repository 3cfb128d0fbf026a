/** Of a file: the tenant's policies, and the books. */
import { Effect } from "effect"
import { AuditBody, type AuditParametersJson, auditToJson, toAudit } from "refund-api/AuditBody"
import { JournalBody, type JournalQueryJson, journalToJson, toJournalChain } from "refund-api/JournalBody"
import { PolicyBody, type PolicyUpdateJson, policyToJson, toSetPolicy } from "refund-api/PolicyBody"
import type { Caller } from "refund-core/Command"
import { Refunds } from "refund-core/Refunds"
import { rejected } from "refund-core/Violation"
import { reading } from "./reading.ts"

const readPolicy = reading(PolicyBody)

export const policy = (caller: Caller) =>
  Refunds.use((refunds) => Effect.map(refunds.settings(caller), (settings) => readPolicy(policyToJson(settings))))

export const setPolicy = Effect.fnUntraced(function* (caller: Caller, body: PolicyUpdateJson) {
  const refunds = yield* Refunds
  const command = yield* Effect.fromResult(toSetPolicy(body, { caller, version: null }))
  return readPolicy(policyToJson(yield* refunds.execute(command)))
})

const readAudit = reading(AuditBody)

export const audit = Effect.fnUntraced(function* (caller: Caller, parameters: AuditParametersJson) {
  const refunds = yield* Refunds
  const { page, query } = yield* Effect.fromResult(toAudit(parameters))
  return readAudit(auditToJson(yield* refunds.audit(caller, query, page)))
})

const readJournal = reading(JournalBody)

/** An order that is there has an entry: it was registered. A customer's account may have none yet. */
export const chain = Effect.fnUntraced(function* (caller: Caller, query: JournalQueryJson) {
  const refunds = yield* Refunds
  const entries = yield* refunds.journal(caller, yield* Effect.fromResult(toJournalChain(query)))
  if (entries.length === 0 && query.order !== undefined) {
    return yield* Effect.fail(rejected([{ _tag: "OrderNotFound", orderId: query.order }]))
  }
  return readJournal(journalToJson(entries))
})

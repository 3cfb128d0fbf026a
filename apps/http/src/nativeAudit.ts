/** Who changed what. */
import { Effect } from "effect"
import { auditToJson, toAudit } from "refund-api/AuditBody"
import { Refunds } from "refund-core/Refunds"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

export const auditRoutes = [
  route("GET", "/v1/audit", ({ caller, query }) =>
    withDecoded(toAudit(query), ({ page, query }) =>
      Refunds.use((refunds) => Effect.map(refunds.audit(caller, query, page), (found) => ok(auditToJson(found))))
    )
  )
]

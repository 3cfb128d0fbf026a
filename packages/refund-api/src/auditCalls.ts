/** The audit. */
import { AuditBody, AuditParameters } from "./AuditBody.ts"
import type { Calls } from "./Call.ts"

export const auditCalls: Calls = {
  "GET /v1/audit": {
    summary: "Who changed what, with what credential, from where, when and why",
    about: "Books",
    permission: "audit:read",
    query: AuditParameters,
    answers: { 200: { description: "Oldest first; a page may be empty, and others follow.", schema: AuditBody } },
    refusals: [],
    example: { query: { about: "settings", kind: "KeyCreated,KeyRevoked" } }
  }
}

/** The tenant's policies, the books, and the server itself. */
import { Schema } from "effect"
import { type Calls, ifMatch, version } from "./Call.ts"
import { EntriesQuery, JournalBody, JournalPageBody, JournalQuery } from "./JournalBody.ts"
import { VerifyBody } from "./LedgerBody.ts"
import { ClosedPeriod, PolicyBody, PolicyUpdate } from "./PolicyBody.ts"

const kind = { code: Schema.String, status: Schema.Int, slug: Schema.String, title: Schema.String }
const anyJson = Schema.Record(Schema.String, Schema.Unknown)

export const ledgerCalls: Calls = {
  "GET /v1/policy": {
    summary: "The tenant's policies, per door",
    about: "Settings",
    permission: "policy:manage",
    answers: { 200: { description: "What differs, and what applies.", schema: PolicyBody, headers: version } },
    refusals: [],
    example: {}
  },
  "PUT /v1/policy": {
    summary: "Set all that differs from a door's defaults",
    about: "Settings",
    permission: "policy:manage",
    headers: ifMatch,
    body: PolicyUpdate,
    answers: { 200: { description: "What applies from now on.", schema: PolicyBody, headers: version } },
    refusals: ["VersionConflict"],
    example: { body: { overrides: { native: { approval: { rule: "above", amount: 500_000 } } } } }
  },
  "PUT /v1/policy/closed-period": {
    summary: "Close the books before a time, for good",
    about: "Settings",
    permission: "policy:manage",
    body: ClosedPeriod,
    answers: { 200: { description: "Closed.", schema: PolicyBody, headers: version } },
    refusals: [],
    example: { body: { before: "2026-10-01T00:00:00Z" } }
  },
  "GET /metrics": {
    summary: "Figures of the process and of what is open, in the form that Prometheus reads",
    about: "The server",
    permission: "reports:read",
    answers: { 200: { description: "As text.", schema: Schema.String, mediaTypes: ["text/plain"] } },
    refusals: [],
    example: {}
  },
  "GET /v1/journal": {
    summary: "The journal of an order, or of a customer's account in one currency",
    about: "Books",
    permission: "reports:read",
    query: JournalQuery,
    answers: { 200: { description: "Every entry as it was hashed, and its postings.", schema: JournalBody } },
    refusals: ["OrderNotFound"],
    example: { query: { order: "B-2002" } }
  },
  "GET /v1/journal/entries": {
    summary: "The journal of all chains, oldest first, page by page",
    about: "Books",
    permission: "reports:read",
    query: EntriesQuery,
    answers: { 200: { description: "Entries as they were hashed, and their postings.", schema: JournalPageBody } },
    refusals: [],
    example: { query: { limit: "10" } }
  },
  "GET /v1/journal/verify": {
    summary: "Every chain hashed again, every state recomputed and compared",
    about: "Books",
    permission: "reports:read",
    answers: { 200: { description: "Whether all holds, or what does not.", schema: VerifyBody } },
    refusals: [],
    example: {}
  }
}

const Signs = Schema.Struct({
  status: Schema.String,
  ledger: Schema.Literals(["readable", "cannot be read", "not asked"]),
  worker: Schema.Literals(["on", "off", "hangs"]),
  pausedProviders: Schema.Array(Schema.String)
})

/** What is asked without a credential. */
export const serverCalls: Calls = {
  "POST /webhooks/:provider": {
    summary: "What a provider tells; its signature over the bytes is its credential",
    about: "The server",
    body: Schema.Unknown,
    answers: {
      200: { description: "Kept. `new` ones had not been told before.", schema: Schema.Struct({ new: Schema.Int }) }
    },
    refusals: ["WebhookRefused", "UnknownProvider", "TooLarge", "Broken", "Unavailable"],
    example: { params: { provider: "simulator" }, body: {} }
  },
  "POST /webhooks/:tenant/:provider": {
    summary: "The same of one of several tenants",
    about: "The server",
    body: Schema.Unknown,
    answers: {
      200: { description: "Kept. `new` ones had not been told before.", schema: Schema.Struct({ new: Schema.Int }) }
    },
    refusals: ["WebhookRefused", "UnknownProvider", "TooLarge", "Broken", "Unavailable"],
    example: { params: { tenant: "default", provider: "simulator" }, body: {} }
  },
  "GET /problems": {
    summary: "Every kind of problem",
    about: "The server",
    answers: {
      200: {
        description: "All of them.",
        schema: Schema.Struct({ problems: Schema.Array(Schema.Struct(kind)) }),
        mediaTypes: ["application/json", "text/html"]
      }
    },
    refusals: [],
    example: {}
  },
  "GET /problems/:slug": {
    summary: "What a problem's `type` means, and what to do next; a page for a browser",
    about: "The server",
    answers: {
      200: {
        description: "One kind of problem.",
        schema: Schema.Struct({
          ...kind,
          meaning: Schema.String,
          next: Schema.String,
          example: anyJson
        }),
        mediaTypes: ["application/json", "text/html"]
      }
    },
    refusals: ["NoRoute"],
    example: { params: { slug: "exceeds-captured" } }
  },
  "GET /openapi.json": {
    summary: "This description",
    about: "The server",
    answers: { 200: { description: "OpenAPI 3.1.", schema: anyJson } },
    refusals: [],
    example: {}
  },
  "GET /openapi/:dialect.json": {
    summary: "What a dialect answers",
    about: "The server",
    answers: { 200: { description: "OpenAPI 3.1.", schema: anyJson } },
    refusals: ["NoRoute"],
    example: { params: { dialect: "kibo" } }
  },
  "GET /docs": {
    summary: "This description as a page",
    about: "The server",
    answers: { 200: { description: "A page.", schema: Schema.String, mediaTypes: ["text/html"] } },
    refusals: [],
    example: {}
  },
  "GET /docs/:dialect": {
    summary: "What a dialect answers, as a page",
    about: "The server",
    answers: { 200: { description: "A page.", schema: Schema.String, mediaTypes: ["text/html"] } },
    refusals: ["NoRoute"],
    example: { params: { dialect: "kibo" } }
  },
  "GET /healthz": {
    summary: "Whether the process is alive",
    about: "The server",
    answers: { 200: { description: "It is.", schema: Schema.Struct({ status: Schema.Literal("ok") }) } },
    refusals: [],
    example: {}
  },
  "GET /readyz": {
    summary: "Whether requests may be sent here",
    about: "The server",
    answers: {
      200: { description: "They may.", schema: Signs },
      503: { description: "They had better go elsewhere; `status` says why.", schema: Signs }
    },
    refusals: [],
    example: {}
  }
}

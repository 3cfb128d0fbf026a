/** A tenant's accounts at providers. */
import { type Calls, ifMatch, version } from "./Call.ts"
import { ProvidersBody, ProvidersUpdate } from "./ProviderBody.ts"

export const providerCalls: Calls = {
  "GET /v1/providers": {
    summary: "The tenant's accounts at its providers, and those that it may choose",
    about: "Settings",
    permission: "providers:manage",
    answers: { 200: { description: "By their names; no credentials.", schema: ProvidersBody, headers: version } },
    refusals: [],
    example: {}
  },
  "PUT /v1/providers": {
    summary: "Choose the accounts that the next attempts go to",
    about: "Settings",
    permission: "providers:manage",
    headers: ifMatch,
    body: ProvidersUpdate,
    answers: { 200: { description: "What applies from now on.", schema: ProvidersBody, headers: version } },
    refusals: ["VersionConflict"],
    example: { body: { providers: {} } }
  }
}

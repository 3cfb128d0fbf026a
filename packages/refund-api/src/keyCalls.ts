/** API keys, and who may make them. */
import type { Calls } from "./Call.ts"
import { KeyBody, KeyRotation, KeysBody, NewKey } from "./KeyBody.ts"

const about = "Settings"
const permission = "keys:manage"
const params = { id: "key_0191f5a744d374308739" }

export const keyCalls: Calls = {
  "GET /v1/keys": {
    summary: "Who has a key, what each may do, and when it was last used",
    about,
    permission,
    answers: { 200: { description: "All of the tenant's, without a secret.", schema: KeysBody } },
    refusals: [],
    example: {}
  },
  "POST /v1/keys": {
    summary: "Make a key, which may do no more than its maker",
    about,
    permission,
    body: NewKey,
    answers: {
      201: { description: "With its secret, this once.", schema: KeyBody, headers: { Location: "Where the key is." } }
    },
    refusals: [],
    example: { body: { name: "till", roles: ["requester"] } }
  },
  "POST /v1/keys/:id/rotate": {
    summary: "Give a key a new secret, beside the one before it for a while",
    about,
    permission,
    body: KeyRotation,
    bodyOptional: true,
    answers: { 200: { description: "With the new secret, this once.", schema: KeyBody } },
    refusals: ["KeyNotFound"],
    example: { params, body: { overlapSeconds: 3600 } }
  },
  "DELETE /v1/keys/:id": {
    summary: "Revoke a key, with all its secrets",
    about,
    permission,
    answers: { 204: { description: "Revoked." } },
    refusals: ["KeyNotFound", "LastManagingKey"],
    example: { params }
  }
}

/** API keys of the tenant: made, listed, rotated, revoked. */
import { Effect } from "effect"
import { keysToJson, keyToJson, noKey, toKeyWish, toRotation } from "refund-api/KeyBody"
import type { WireAnswer, WireRequest } from "refund-dialects/Dialect"
import * as Keys from "refund-service/Keys"
import { noContent, ok, problem, route, withDecoded } from "./nativeAnswers.ts"

const idOf = ({ params }: WireRequest): string => params["id"] ?? ""

const listKeys = ({ caller }: WireRequest) => Effect.map(Keys.list(caller), (keys) => ok(keysToJson(keys, caller.now)))

/** The secret is in this answer, and nowhere after. */
const createKey = ({ body, caller }: WireRequest) =>
  withDecoded(toKeyWish(body), (wish) =>
    Effect.map(Keys.create(caller, wish), ({ kept, secret }): WireAnswer => {
      const made = keyToJson(kept, caller.now, secret)
      return { status: 201, headers: { location: `/v1/keys/${made.id}`, ...unkept }, body: made }
    })
  )

const rotateKey = (request: WireRequest) =>
  withDecoded(toRotation(request.body), (rotation) =>
    Effect.map(Keys.rotate(request.caller, idOf(request), rotation), (made) =>
      made === null ? problem(noKey(idOf(request))) : ok(keyToJson(made.kept, request.caller.now, made.secret), unkept)
    )
  )

const revokeKey = (request: WireRequest) =>
  Effect.map(Keys.revoke(request.caller, idOf(request)), (revoked) =>
    revoked ? noContent : problem(noKey(idOf(request)))
  )

/** No cache on the way keeps a secret. */
const unkept = { "cache-control": "no-store" }

export const keyRoutes = [
  route("GET", "/v1/keys", listKeys),
  route("POST", "/v1/keys", createKey),
  route("POST", "/v1/keys/:id/rotate", rotateKey),
  route("DELETE", "/v1/keys/:id", revokeKey)
]

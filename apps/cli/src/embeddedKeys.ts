/** API keys of a file. */
import { Effect } from "effect"
import { KeyBody, KeysBody, keysToJson, keyToJson, noKey, toKeyWish, toRotation } from "refund-api/KeyBody"
import type { Caller } from "refund-core/Command"
import * as Keys from "refund-service/Keys"
import { Refused } from "./failures.ts"
import { reading } from "./reading.ts"

const readKey = reading(KeyBody)
const readKeys = reading(KeysBody)

const none = (id: string) => Effect.fail(new Refused({ problem: noKey(id) }))

export const keys = (caller: Caller) => Effect.map(Keys.list(caller), (all) => readKeys(keysToJson(all, caller.now)))

export const createKey = Effect.fnUntraced(function* (caller: Caller, body: unknown) {
  const { kept, secret } = yield* Keys.create(caller, yield* Effect.fromResult(toKeyWish(body)))
  return readKey(keyToJson(kept, caller.now, secret))
})

export const rotateKey = Effect.fnUntraced(function* (caller: Caller, id: string, body: unknown) {
  const made = yield* Keys.rotate(caller, id, yield* Effect.fromResult(toRotation(body)))
  return made === null ? yield* none(id) : readKey(keyToJson(made.kept, caller.now, made.secret))
})

export const revokeKey = Effect.fnUntraced(function* (caller: Caller, id: string) {
  if (!(yield* Keys.revoke(caller, id))) return yield* none(id)
})

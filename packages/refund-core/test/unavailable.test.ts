/** What is not there, or not to be had now, is said in a sentence. */
import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { PrincipalId } from "../src/Ids.ts"
import { CursorGone } from "../src/ports/Feed.ts"
import { LedgerUnavailable } from "../src/ports/LedgerStore.ts"
import { WebhookRefused } from "../src/ports/ProviderNews.ts"
import { type ApiKey, isExpired, keyIdOf } from "../src/Settings.ts"

describe("what stops a call", () => {
  it("is a ledger that does not answer now: what is wrong, and when to ask again", () => {
    const gone = new LedgerUnavailable({ detail: "the database does not answer", retryAfterSeconds: 5 })
    deepStrictEqual(
      [gone._tag, gone.message, gone.retryAfterSeconds],
      ["LedgerUnavailable", "the database does not answer", 5]
    )
  })

  it("is a cursor of another ledger: begin again, and where", () => {
    const gone = new CursorGone({ start: "0" })
    deepStrictEqual(
      [gone._tag, gone.message, gone.start],
      ["CursorGone", "the cursor is not of this ledger; begin again", "0"]
    )
  })

  it("is news that nobody signed", () => {
    const refused = new WebhookRefused({ detail: "the signature is not of this secret" })
    deepStrictEqual([refused._tag, refused.message], ["WebhookRefused", "the signature is not of this secret"])
  })
})

describe("a key", () => {
  const key: ApiKey = { name: PrincipalId.make("shop"), permissions: [], hash: "0123456789abcdef" }

  it("goes by its id; one from before there were ids, by how its hash begins", () => {
    strictEqual(keyIdOf(key), "key_0123456789ab")
    strictEqual(keyIdOf({ ...key, id: "key_1" }), "key_1")
  })

  it("is good until it expires, and for good where it does not", () => {
    deepStrictEqual(
      [99, 100, 101].map((now) => isExpired({ ...key, expiresAt: 100 }, now)),
      [false, true, true]
    )
    strictEqual(isExpired(key, 100), false)
  })
})

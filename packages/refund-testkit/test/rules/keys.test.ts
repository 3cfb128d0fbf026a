import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Permission } from "refund-core/Permission"
import { granted, permissions, roleNames, roles } from "refund-core/Permission"
import { type ApiKey, keyIdOf } from "refund-core/Settings"
import { caller, noon } from "refund-testkit/build"
import { apiKey, createKey, revokeKey, rotateKey } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const root = apiKey("root")
const shop: ApiKey = { ...apiKey("shop", ["refunds:request"]), id: "key_shop", prefix: "rk_shop" }
const clerk = (...may: ReadonlyArray<Permission | "*">) => caller({ id: "clerk", permissions: ["keys:manage", ...may] })
const hour = 3_600_000

describe("a key", () => {
  it("grants no more than its maker may do", () => {
    given()
      .when(createKey(shop, { caller: clerk() }))
      .thenRejected({ _tag: "NotPermitted", permission: "refunds:request" })
    given()
      .when(createKey(shop, { caller: clerk("refunds:request") }))
      .thenAnswered({ keys: [shop] })
    given()
      .when(createKey(root, { caller: clerk(...permissions) }))
      .thenRejected({ _tag: "NotPermitted", permission: "*" })
  })

  it("of the configuration replaces one with the same secret and other permissions, and leaves one that is the same", () => {
    const lowered: ApiKey = { ...apiKey("shop", ["refunds:read"]), hash: shop.hash }
    given(createKey(shop))
      .when({ ...createKey(lowered), replaces: true })
      .thenAnswered({ version: 3, keys: [lowered] })
    given(createKey(shop))
      .when({ ...createKey(apiKey("shop", ["refunds:request"])), replaces: true })
      .thenNothing()
  })

  it("that is the last to manage keys is not revoked: the others could not be managed any more", () => {
    const last = { _tag: "LastManagingKey", keyId: keyIdOf(root), name: "root" } as const
    given(createKey(root), createKey(shop)).when(revokeKey(root.hash)).thenRejected(last)
    const ended: ApiKey = { ...apiKey("ended"), expiresAt: noon }
    given(createKey(root), createKey(ended)).when(revokeKey(root.hash)).thenRejected(last)
    given(createKey(root), createKey(ended))
      .when(revokeKey(ended.hash))
      .thenAnswered({ keys: [root] })
    const other = apiKey("other", ["keys:manage"])
    given(createKey(root), createKey(other), createKey(shop))
      .when(revokeKey(root.hash))
      .thenAnswered({ keys: [other, shop] })
    given(createKey(root), createKey(shop))
      .when({ ...revokeKey(""), which: { id: "key_shop" } })
      .thenAnswered({ keys: [root] })
  })
})

describe("a key that is rotated", () => {
  const oldUntil = noon + hour
  const next: ApiKey = {
    ...shop,
    hash: "hash of the next key_shop",
    prefix: "rk_next",
    createdAt: noon,
    createdBy: caller().by.id
  }

  it("keeps its name, its id and what it may do; its old secret is good for as long as was said", () => {
    given(createKey(shop))
      .when(rotateKey("key_shop", { oldUntil }))
      .thenHappened({ _tag: "KeyRotated", version: 2, hash: shop.hash, until: oldUntil, key: next })
      .thenAnswered({ keys: [{ ...shop, expiresAt: oldUntil }, next] })
  })

  it("leaves the others as they are", () => {
    const { after } = given(createKey(root), createKey(shop)).when(rotateKey("key_shop", { oldUntil })).decision()
    deepStrictEqual(after.settings.keys, [root, { ...shop, expiresAt: oldUntil }, next])
  })

  it("without an overlap has one secret", () => {
    given(createKey(shop))
      .when(rotateKey("key_shop", { oldUntil: noon }))
      .thenAnswered({ version: 3, keys: [next] })
  })

  it("has at most two secrets: the one before the last ends", () => {
    const third = rotateKey("key_shop", { oldUntil, hash: "third" })
    given(createKey(shop), rotateKey("key_shop", { oldUntil }))
      .when(third)
      .thenAnswered({
        keys: [
          { ...next, expiresAt: oldUntil },
          { ...next, hash: "third" }
        ]
      })
  })

  it("expires when it would have, or when its owner says; its old secret never later than before", () => {
    const ending: ApiKey = { ...shop, expiresAt: noon + 60_000 }
    given(createKey(ending))
      .when(rotateKey("key_shop", { oldUntil }))
      .thenAnswered({ keys: [ending, { ...next, expiresAt: noon + 60_000 }] })
    given(createKey(ending))
      .when(rotateKey("key_shop", { oldUntil, expiresAt: null }))
      .thenAnswered({ keys: [ending, next] })
    const made = (expiresAt?: number | null) =>
      given(createKey(ending))
        .when(rotateKey("key_shop", { oldUntil, ...(expiresAt === undefined ? {} : { expiresAt }) }))
        .decision()
        .after.settings.keys.at(-1)
    deepStrictEqual(made(null), next)
    deepStrictEqual(made(noon + hour), { ...next, expiresAt: noon + hour })
    deepStrictEqual(made(), { ...next, expiresAt: noon + 60_000 })
    given(createKey({ ...shop, expiresAt: noon }))
      .when(rotateKey("key_shop", { oldUntil }))
      .thenRejected({ _tag: "Malformed", path: "expiresAt", expected: "a time to come" })
  })

  it("is one of which the asker may do all: its new secret is theirs", () => {
    given(createKey(root))
      .when(rotateKey(keyIdOf(root), { caller: clerk() }))
      .thenRejected({ _tag: "NotPermitted", permission: "*" })
    given(createKey(shop))
      .when(rotateKey("key_shop", { caller: caller({ permissions: ["refunds:request"] }) }))
      .thenRejected({ _tag: "NotPermitted", permission: "keys:manage" })
  })

  it("and revoked has no secret any more; one that is not there changes nothing", () => {
    given(createKey(shop), rotateKey("key_shop", { oldUntil }))
      .when({ ...revokeKey(""), which: { id: "key_shop" } })
      .thenAnswered({ version: 4, keys: [] })
    given(createKey(shop)).when(rotateKey("key_none")).thenNothing()
  })
})

describe("a role", () => {
  it("is a set of permissions, none of them twice; together they are in one order, and everything is everything", () => {
    deepStrictEqual(granted(["viewer"], ["refunds:over", "orders:read"]), [
      "orders:read",
      "refunds:read",
      "refunds:over"
    ])
    deepStrictEqual(granted(["viewer", "admin"]), ["*"])
    for (const name of roleNames) deepStrictEqual(new Set(granted([name])), new Set(roles[name]))
  })
})

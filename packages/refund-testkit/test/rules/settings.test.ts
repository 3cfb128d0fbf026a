import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import { apply } from "refund-core/apply"
import { approver, caller, capture, noon, order, policy, register, request, setPolicy } from "refund-testkit/build"
import { apiKey, closePeriod, createKey, endpoint, revokeKey, setEndpoint } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const shop = apiKey("shop", ["refunds:read"])
const erp = apiKey("erp", ["refunds:request"])
const asker = caller({ permissions: ["refunds:request"] })

describe("a policy", () => {
  it("is set by who may manage it, and every setting of it is a version", () => {
    given()
      .when(policy({ fourEyes: false }, { caller: asker }))
      .thenRejected({ _tag: "NotPermitted", permission: "policy:manage" })
    given()
      .when(policy({ fourEyes: false }))
      .thenHappened({ _tag: "PolicySet", version: 1, overrides: { native: { fourEyes: false } } })
      .thenAnswered({ version: 1, overrides: { native: { fourEyes: false } }, keys: [] })
    given(policy({}), policy({})).when(policy({})).thenAnswered({ version: 3 })
  })

  it("replaces the one before, whole", () => {
    given(setPolicy({ kibo: { fourEyes: false } }))
      .when(setPolicy({ native: { requireCapture: true } }))
      .thenAnswered({ overrides: { native: { requireCapture: true } } })
  })

  it("read at another version than it has now is not overwritten", () => {
    given(policy({}))
      .when(policy({}, { expected: 0 }))
      .thenRejected({ _tag: "VersionConflict", expected: 0, actual: 1 })
    given(policy({}))
      .when(policy({}, { expected: 1 }))
      .thenAnswered({ version: 2 })
  })
})

describe("a key", () => {
  it("is made beside the others, and each change is a version of the settings", () => {
    given(createKey(shop))
      .when(createKey(erp))
      .thenHappened({ _tag: "KeyCreated", version: 2, key: erp })
      .thenAnswered({ version: 2, keys: [shop, erp] })
  })

  it("that is there already stays as it is", () => {
    given(createKey(shop), createKey(erp))
      .when(createKey({ ...erp, permissions: ["*"] }))
      .thenNothing()
      .thenAnswered({ version: 2, keys: [shop, erp] })
  })

  it("that is to be the first is made only where there is none", () => {
    given()
      .when(createKey(shop, { onlyFirst: true }))
      .thenAnswered({ version: 1, keys: [shop] })
    given(createKey(shop))
      .when(createKey(erp, { onlyFirst: true }))
      .thenNothing()
      .thenAnswered({ keys: [shop] })
  })

  it("revoked is gone, the others stay", () => {
    given(createKey(shop), createKey(erp))
      .when(revokeKey(shop.hash))
      .thenHappened({ _tag: "KeyRevoked", version: 3, hash: shop.hash })
      .thenAnswered({ version: 3, keys: [erp] })
  })

  it("that nobody knows need not be revoked", () => {
    given(createKey(shop))
      .when(revokeKey(erp.hash))
      .thenNothing()
      .thenAnswered({ version: 1, keys: [shop] })
    given().when(revokeKey(erp.hash)).thenNothing()
  })

  it("is made and revoked by who may manage keys", () => {
    const missing = { _tag: "NotPermitted", permission: "keys:manage" } as const
    given()
      .when(createKey(shop, { caller: asker }))
      .thenRejected(missing)
    given(createKey(shop))
      .when(revokeKey(shop.hash, { caller: asker }))
      .thenRejected(missing)
  })
})

describe("the settings", () => {
  it("are no part of an order's journal, and an order's journal grows by what happens to it", () => {
    const bought = register(order({ captures: [capture("c-1", 100n)] }))
    given(bought, policy({}), createKey(shop), revokeKey(shop.hash))
      .when(request({ amount: 1n }))
      .thenOrder({ entries: 2 })
    given(bought).when(bought).thenNothing().thenOrder({ entries: 1 })
    const { after } = given(bought).when(policy({})).decision()
    deepStrictEqual(after.settings.version, 1)
  })

  it("are the tenant's own", () => {
    given(createKey(shop))
      .when(createKey(erp, { caller: caller({ tenant: "globex" }), onlyFirst: true }))
      .thenAnswered({ version: 1, keys: [erp] })
    given(policy({ approval: { rule: "always" } }))
      .when(policy({}, { caller: approver({ tenant: "globex" }), expected: 0 }))
      .thenAnswered({ version: 1 })
  })
})

describe("what a tenant sets", () => {
  it("grows by one version with each change, closed books too", () => {
    given(policy({}))
      .when(closePeriod(noon - 5))
      .thenHappened({ _tag: "PeriodClosed", version: 2, before: noon - 5 })
      .thenAnswered({ version: 2, closedBefore: noon - 5 })
    given(closePeriod(noon - 5))
      .when(closePeriod(noon - 5))
      .thenNothing()
      .thenAnswered({ version: 1 })
  })

  it("again as it is changes nothing, whichever of several endpoints it is", () => {
    const [shop, books] = [endpoint("shop"), endpoint("books")]
    for (const again of [shop, books]) {
      given(setEndpoint(shop), setEndpoint(books)).when(setEndpoint(again)).thenNothing().thenAnswered({ version: 2 })
    }
  })

  it("is no entry in the journal of an order", () => {
    const { after, stamp } = given().when(register(order())).decision()
    const set = apply(after, [{ _tag: "PolicySet", version: 1, overrides: {} }], stamp)
    deepStrictEqual([set.settings.version, set.order?.entries], [1, 1])
  })
})

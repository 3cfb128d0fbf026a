import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { RefundId } from "refund-core/Ids"
import { externalId } from "../src/externalId.ts"

describe("the id of a refund made at the provider's desk", () => {
  it("is a UUID, and the same whenever it is told, here and in every later version", () => {
    const id = externalId("stripe", "re_1")
    assert.strictEqual(id, "4037973b-e46e-84da-a020-63d5b3981e55")
    assert.isTrue(Schema.is(RefundId)(id))
    assert.match(id, /^.{14}8.{4}[89ab]/)
  })

  it("is another for another provider or name, whatever is in them", () => {
    const names = [
      ["stripe", "re_1"],
      ["stripe", "re_2"],
      ["adyen", "re_1"],
      ['stripe","re', "_1"],
      ["striper", "e_1"]
    ] as const
    assert.strictEqual(
      new Set(names.map(([provider, reference]) => externalId(provider, reference))).size,
      names.length
    )
  })
})

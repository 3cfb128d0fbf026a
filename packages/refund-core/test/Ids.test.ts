import { describe, it } from "@effect/vitest"
import { assertTrue, strictEqual } from "@effect/vitest/utils"
import { Schema } from "effect"
import { OrderId, partId, RefundId } from "refund-core/Ids"

const seed = RefundId.make("0191f5a7-44d3-7430-8739-2d808214ffff")

describe("the ids of a group's refunds", () => {
  it("count up from the seed in its last two bytes, round the corner too", () => {
    strictEqual(partId(seed, 0), seed)
    strictEqual(partId(seed, 1), "0191f5a7-44d3-7430-8739-2d8082140000")
  })

  it("are ids, each another", () => {
    const ids = Array.from({ length: 300 }, (_, index) => partId(seed, index))
    strictEqual(new Set(ids).size, 300)
    assertTrue(ids.every((id) => Schema.is(RefundId)(id)))
  })
})

describe("an id", () => {
  it("is 1 to 255 characters, none of them a control character or half of one", () => {
    for (const id of ["A-1001", "注文 1", "x".repeat(255), "😀", "../etc"]) assertTrue(Schema.is(OrderId)(id))
    for (const id of ["", "x".repeat(256), "a\u0000", "a\n", "\ud800"]) assertTrue(!Schema.is(OrderId)(id))
  })
})

describe("a refund's id", () => {
  it("is a UUID in lower case, and nothing before or after it", () => {
    assertTrue(Schema.is(RefundId)(seed))
    for (const id of ["", seed.toUpperCase(), `x${seed}`, `${seed}x`, `${seed}\n`, seed.replaceAll("-", "")]) {
      assertTrue(!Schema.is(RefundId)(id))
    }
  })
})

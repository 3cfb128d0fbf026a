import { assert, describe, it } from "@effect/vitest"
import { reasonOf, redacted } from "../src/redacted.ts"

describe("what a log line may not say", () => {
  it("is a card number, however it is written", () => {
    for (const card of ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005"]) {
      assert.strictEqual(redacted(`declined for ${card}, ask the bank`), "declined for [card number], ask the bank")
    }
  })

  it("is a credential, by its header or by how it begins", () => {
    const said = redacted(
      "Authorization: Bearer abcdef123456 Basic YWRhOnNlY3JldA== sk_live_abc123DEF rk_9aBc-_d whsec_aGVsbG8="
    )
    assert.strictEqual(said, "Authorization: Bearer [secret] Basic [secret] [secret] [secret] [secret]")
  })

  it("is a secret that the process knows", () => {
    assert.strictEqual(redacted("key AQEhhmfuXNWTK0 is wrong", ["AQEhhmfuXNWTK0"]), "key [secret] is wrong")
  })

  it("leaves ids, times and amounts as they are", () => {
    const line = "refund 0191f5a7-44d3-7430-8739-2d80821416bf of order 20261101100000 at 1793620800000: 1999 USD"
    assert.strictEqual(redacted(line), line)
    // One of the few whose digits a card could have.
    const traced = '{"requestId":"da389082-1567-4243-bdda-ba23409a0fb4","status":201}'
    assert.strictEqual(redacted(traced), traced)
    assert.strictEqual(
      redacted("of da389082-1567-4243-bdda-ba23409a0fb4 4111 1111 1111 1111").slice(40),
      "[card number]"
    )
  })

  it("is cut off: what follows may be a whole body", () => {
    const said = reasonOf(new Error(`bad answer ${"x".repeat(1_000)}`))
    assert.match(said, /^Error: bad answer x+…$/)
    assert.isBelow(said.length, 310)
  })
})

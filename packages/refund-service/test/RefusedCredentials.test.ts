import { assert, describe, it } from "@effect/vitest"
import { makeRefusedCredentials } from "../src/RefusedCredentials.ts"

const second = 1_000

const trying = (requests = 2) => {
  let now = 0
  const { barred, refused } = makeRefusedCredentials({ requests, milliseconds: 10 * second }, () => now)
  return {
    barred: (address: string) => barred(address)?.retryAfterSeconds ?? null,
    refused,
    later: (milliseconds: number) => {
      now += milliseconds
    }
  }
}

describe("an address from which credentials are refused", () => {
  it("is barred after so many, told when to come again, and then let in", () => {
    const { barred, later, refused } = trying()
    refused("192.0.2.1")
    assert.isNull(barred("192.0.2.1"))
    refused("192.0.2.1")
    assert.strictEqual(barred("192.0.2.1"), 5)
    assert.isNull(barred("192.0.2.2"))
    later(5 * second)
    assert.isNull(barred("192.0.2.1"))
    refused("192.0.2.1")
    assert.strictEqual(barred("192.0.2.1"), 5)
  })

  it("is a whole network of IPv6, and one address of IPv4 however it is written", () => {
    const { barred, refused } = trying(1)
    refused("2001:db8::1")
    assert.strictEqual(barred("2001:db8:0:0:ffff::2"), 10)
    assert.strictEqual(barred("2001:0DB8:0::7"), 10)
    assert.isNull(barred("2001:db8:0:1::1"))
    refused("::ffff:192.0.2.1")
    assert.strictEqual(barred("192.0.2.1"), 10)
    assert.isNull(barred("::ffff:192.0.2.2"))
    refused("::1")
    assert.strictEqual(barred("::2"), 10)
    assert.isNull(barred("fe80::1%eth0"))
  })

  it("is never barred where no limit is set", () => {
    const { barred, refused } = makeRefusedCredentials(null)
    for (let turn = 0; turn < 1_000; turn++) refused("192.0.2.1")
    assert.isNull(barred("192.0.2.1"))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { newSecret } from "../src/Access.ts"
import { beginningOf, makeSecurityLog, type Refusal } from "../src/SecurityLog.ts"

const refusal: Refusal = {
  what: "permission",
  door: "geins",
  method: "POST",
  route: "/API/Order/:orderId/Refund",
  status: 400,
  tenant: "acme",
  by: "ada",
  with: "key_1",
  from: "203.0.113.7",
  requestId: "r-1"
}

const lines: Array<string> = []
const kept = Logger.layer([Logger.map(Logger.formatLogFmt, (line) => void lines.push(line))])

describe("the security log", () => {
  it.effect("says who was refused what, with which credential, from where and in which request", () =>
    Effect.gen(function* () {
      lines.length = 0
      yield* makeSecurityLog()(refusal)
      const [line = ""] = lines
      for (const [name, value] of Object.entries(refusal)) assert.include(line, `${name}=${value}`)
      assert.include(line, "channel=security")
      assert.include(line, "level=WARN")
    }).pipe(Effect.provide(kept))
  )

  it.effect("has a hundred lines in ten seconds at most, and says how many it left out", () =>
    Effect.gen(function* () {
      lines.length = 0
      const tell = makeSecurityLog()
      for (let turn = 0; turn < 5_000; turn++) yield* tell(refusal)
      assert.strictEqual(lines.length, 100)
      yield* TestClock.adjust("10 seconds")
      yield* tell(refusal)
      assert.strictEqual(lines.length, 102)
      assert.include(lines[100], "4900 more were refused")
      assert.include(lines[100], "leftOut=4900")
    }).pipe(Effect.provide(Layer.merge(kept, TestClock.layer())))
  )

  it("knows of a credential how it begins where it is one of ours, and nothing of others", () => {
    const secret = newSecret()
    assert.deepStrictEqual(beginningOf(secret), { with: `${secret.slice(0, 7)}…` })
    for (const other of ["admin-secret", "rk_short", "eyJhbGciOi.eyJ.sig", ""])
      assert.deepStrictEqual(beginningOf(other), {})
  })
})

import { describe, expect, it } from "@effect/vitest"
import { assertSuccess } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { WireFault } from "../src/Dialect.ts"
import { failure } from "../src/geins/envelope.ts"
import { geins } from "../src/geins/inbound.ts"
import { NewRefund } from "../src/geins/wire.ts"
import { parseJson } from "../src/Json.ts"
import { NumberText } from "../src/NumberText.ts"
import { basic, bodyOf } from "./support/geinsCreation.ts"

describe("Geins' wire", () => {
  it("writes a request as it reads one, digit by digit", () => {
    const asked = {
      OrderRowId: new NumberText("7"),
      RefundAmount: new NumberText("19.90"),
      Settled: true,
      Author: null
    }
    const text = JSON.stringify(Schema.encodeSync(NewRefund)(asked))
    expect(text).toBe('{"OrderRowId":7,"Author":null,"RefundAmount":19.90,"Settled":true}')
    assertSuccess(Result.map(parseJson(text, "text"), Schema.decodeUnknownSync(NewRefund)), asked)
  })
})

describe("Geins' credentials", () => {
  const key = "rk_secret:with:colons"

  it("are the key, in its header and as the password of Basic authentication", () => {
    expect(geins.credential({ authorization: basic("user", key), "x-apikey": key })).toBe(key)
    expect(geins.credential({ authorization: basic("", key), "x-apikey": key })).toBe(key)
  })

  it("are not there where one of the two is missing or they differ", () => {
    expect(geins.credential({})).toBeNull()
    expect(geins.credential({ "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: basic("user", key) })).toBeNull()
    expect(geins.credential({ authorization: basic("user", "other"), "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: `Bearer ${key}`, "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: "Basic !!!", "x-apikey": key })).toBeNull()
    expect(geins.credential({ authorization: basic("user", ""), "x-apikey": "" })).toBeNull()
  })
})

describe("what goes wrong before Geins' route", () => {
  const faults: ReadonlyArray<readonly [WireFault, number]> = [
    [{ _tag: "NoCredential" }, 401],
    [{ _tag: "BadCredential" }, 401],
    [{ _tag: "BadJson", detail: "The body is not JSON" }, 400],
    [{ _tag: "TooLarge", limitBytes: 262_144 }, 413],
    [{ _tag: "WrongMediaType", got: "text/xml" }, 415],
    [{ _tag: "NoRoute", path: "/API/Nothing" }, 404],
    [{ _tag: "WrongMethod", allowed: ["POST"] }, 405],
    [{ _tag: "Broken", requestId: "r-1" }, 500]
  ]

  it.each(faults)("is said in the envelope: %j", (wrong, status) => {
    const answer = geins.fault(wrong)
    expect(answer.status).toBe(status)
    const { Details, Message, Resource } = bodyOf(answer)
    expect(Resource).toBeNull()
    expect(Message).not.toBe("")
    expect(Details.length).toBe(1)
  })

  it("says when to come back where the ledger cannot commit", () => {
    const answer = failure(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 2 }))
    expect([answer.status, answer.headers?.["retry-after"]]).toEqual([503, "2"])
    expect(bodyOf(answer)).toEqual({ Resource: null, Message: "Service unavailable.", Details: ["The ledger is busy"] })
  })
})

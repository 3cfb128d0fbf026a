import { describe, expect, it } from "@effect/vitest"
import { assertFailure, assertSuccess } from "@effect/vitest/utils"
import { Result, Schema } from "effect"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { WireFault } from "../src/Dialect.ts"
import { parseJson } from "../src/Json.ts"
import { failure } from "../src/kibo/errors.ts"
import { kibo } from "../src/kibo/inbound.ts"
import { limited, readResponseFields } from "../src/kibo/responseFields.ts"
import { KiboError, RefundRequest } from "../src/kibo/wire.ts"
import { NumberText } from "../src/NumberText.ts"

describe("Kibo's wire", () => {
  it("writes a request as it reads one, digit by digit", () => {
    const asked = { amount: new NumberText("19.90"), payment: { id: "c-1" }, reason: null }
    const text = JSON.stringify(Schema.encodeSync(RefundRequest)(asked))
    expect(text).toContain('"amount":19.90')
    assertSuccess(Result.map(parseJson(text, "text"), Schema.decodeUnknownSync(RefundRequest)), asked)
  })
})

describe("Kibo's responseFields", () => {
  it("are names with what is wanted of them", () => {
    assertSuccess(
      readResponseFields("id,Payment(id)"),
      new Map([
        ["id", null],
        ["payment", new Map([["id", null]])]
      ])
    )
    assertSuccess(readResponseFields(undefined), null)
    assertSuccess(readResponseFields("  "), null)
    assertFailure(readResponseFields("id,,amount"), "a list of names such as id,payment(id,status)")
  })

  it("go through lists, and leave alone what has no fields", () => {
    const fields = Result.getOrThrow(readResponseFields("a(b),c(d)"))
    expect(limited({ a: [{ b: 1, x: 2 }, { b: { y: 3 } }, 4], c: null, d: 5 }, fields)).toEqual({
      a: [{ b: 1 }, { b: { y: 3 } }, 4],
      c: null
    })
  })

  it("may be nested as deep as they are long", () => {
    const deep = `${"a(".repeat(666)}a${")".repeat(666)}`
    expect(Result.isSuccess(readResponseFields(deep))).toBe(true)
  })
})

describe("Kibo's credential", () => {
  it("is the bearer token, or the app's claims", () => {
    expect(kibo.credential({ authorization: "Bearer k" })).toBe("k")
    expect(kibo.credential({ "x-vol-app-claims": "k" })).toBe("k")
    expect(kibo.credential({ authorization: "Bearer k", "x-vol-app-claims": "other" })).toBe("k")
  })

  it("is not there in any other form", () => {
    for (const headers of [{}, { authorization: "Basic k" }, { authorization: "Bearer" }, { "x-vol-app-claims": "" }]) {
      expect(kibo.credential(headers as Record<string, string>)).toBeNull()
    }
  })
})

describe("what goes wrong before Kibo's route", () => {
  const faults: ReadonlyArray<readonly [WireFault, number]> = [
    [{ _tag: "NoCredential" }, 401],
    [{ _tag: "BadCredential" }, 401],
    [{ _tag: "BadJson", detail: "The body is not JSON" }, 400],
    [{ _tag: "TooLarge", limitBytes: 262_144 }, 413],
    [{ _tag: "WrongMediaType", got: "" }, 415],
    [{ _tag: "NoRoute", path: "/api/nothing" }, 404],
    [{ _tag: "WrongMethod", allowed: ["POST"] }, 405],
    [{ _tag: "Broken", requestId: "r-1" }, 500]
  ]

  it.each(faults)("is said in JSON that Kibo's clients read: %j", (wrong, status) => {
    const answer = kibo.fault(wrong)
    expect(answer.status).toBe(status)
    const error = Schema.decodeUnknownSync(KiboError, { onExcessProperty: "error" })(answer.body)
    expect(error.message).not.toBe("")
  })

  it("says when to come back where the ledger cannot commit", () => {
    const answer = failure(new LedgerUnavailable({ detail: "The ledger is busy", retryAfterSeconds: 2 }))
    expect([answer.status, answer.headers?.["retry-after"]]).toEqual([503, "2"])
    expect(answer.body).toMatchObject({ errorCode: "SERVICE_UNAVAILABLE", message: "The ledger is busy" })
  })
})

import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { type Answer, callerOf, fresh } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
let before: { readonly entries: number; readonly figures: unknown }

const observed = async () => ({
  entries: (await server.journal()).entries,
  figures: (await call("GET", "/v1/orders/A-1001")).body as unknown
})
beforeAll(async () => {
  server = await startServer()
  call = callerOf(server)
  before = await observed()
})
/** Nothing in this file is a refund, so nothing of it may be left. */
afterAll(async () => {
  assert.deepStrictEqual(await observed(), before)
  assert.isTrue((await server.journal()).ok)
  await server.stop()
})

const path = "/v1/orders/A-1001/refunds"
const send = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  call("POST", path, { body, headers: { "idempotency-key": fresh("k"), ...headers } })
const isProblem = ({ body, headers, status }: Answer, expected: number, code: string, what: string) => {
  assert.deepStrictEqual([status, body.code, body.status], [expected, code, expected], what)
  assert.strictEqual(headers.get("content-type"), "application/problem+json; charset=utf-8")
  assert.isNotEmpty(body.detail)
}

describe("hostile requests", () => {
  it("amounts that are none are refused, however they are written", async () => {
    const malformed = [
      "1.999",
      "0.30000000000000004",
      '"1e2"',
      "1e400000000",
      "1e400",
      '"1,00"',
      '"١"',
      "9007199254740992",
      "9007199254740993",
      "9223372036854775808",
      '"0x10"',
      '" 1 "',
      "[]",
      "{}",
      "true",
      "1".repeat(50),
      '"19.99"',
      '""',
      '"NaN"',
      "100.00000000000000001",
      "9007199254740991.4",
      "1e-5",
      "[100]",
      '{"text":"100"}'
    ]
    for (const amount of malformed) {
      const answer = await send(`{"amount":${amount},"captureId":"882"}`)
      isProblem(answer, 400, "Malformed", amount)
      assert.strictEqual(answer.body.violations[0].path, "amount", amount)
    }
    for (const amount of ["0", "-1", "-0", "0.0", "-9007199254740991"]) {
      isProblem(await send(`{"amount":${amount}}`), 400, "AmountNotPositive", amount)
    }
    isProblem(await send('{"amount":null}'), 400, "AmountMissing", "null")
    isProblem(await send('{"captureId":"882"}'), 400, "AmountMissing", "absent")
    isProblem(await send('{"amount":9007199254740991}'), 422, "ExceedsCollected", "2^53 - 1")
    for (const amount of ["NaN", "Infinity", "0.1+0.2", "0x10", "01", "1,00", ".5", "5.", "+1", "undefined"]) {
      isProblem(await send(`{"amount":${amount}}`), 400, "BadJson", amount)
    }
  })

  it("an exponent costs nothing: the answer comes within two seconds", async () => {
    const times: Array<number> = []
    // The machine may stand still once; the number's cost would be there each time.
    for (let time = 0; time < 3; time++) {
      const since = Date.now()
      await send('{"amount":1e400000000}')
      await send('{"amount":1e-400000000}')
      times.push(Date.now() - since)
    }
    assert.isBelow(Math.min(...times), 2_000)
  })

  it("currencies other than the order's are refused", async () => {
    for (const [currency, status, code] of [
      ["usd", 400, "Malformed"],
      ["XXX", 400, "Malformed"],
      ["JPY", 422, "CurrencyMismatch"],
      [1, 400, "Malformed"]
    ] as const)
      isProblem(await send(JSON.stringify({ amount: 1, currency })), status, code, String(currency))
  })

  it("JSON that two readers could read differently is refused", async () => {
    const bad: ReadonlyArray<readonly [string, string | Uint8Array]> = [
      ["duplicate names", '{"amount":1,"amount":2}'],
      ["duplicate names in metadata", '{"amount":1,"metadata":{"a":1,"\\u0061":2}}'],
      ["depth", `{"amount":1,"metadata":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`],
      ["__proto__", '{"amount":1,"__proto__":{"settled":true}}'],
      ["nested __proto__", '{"amount":1,"metadata":{"__proto__":{"a":1}}}'],
      ["a byte order mark", "\ufeff{}"],
      ["NUL", '{"amount":1,"note":"a\\u0000b"}'],
      ["half a surrogate pair", '{"amount":1,"note":"\\ud800"}'],
      ["invalid UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
      ["UTF-16", new Uint8Array(Buffer.from('{"amount":1}', "utf16le"))],
      ["cut off", '{"amount":1'],
      ["more than one value", '{"amount":1}{"amount":2}'],
      ["comments", '{"amount":1/* all */}'],
      ["nothing but blanks", "   "]
    ]
    for (const [what, body] of bad) isProblem(await send(body), 400, "BadJson", what)
  })

  it("what is JSON but no request is refused with its path", async () => {
    for (const body of ["[]", "null", '"x"', "5", "true"]) isProblem(await send(body), 400, "Malformed", body)
    const wrong = await send(
      '{"amount":1,"captureId":882,"type":1,"settled":"yes","note":{},"constructor":1,"toString":2}'
    )
    isProblem(wrong, 400, "Malformed", "wrong types")
    assert.sameMembers(
      wrong.body.violations.map((violation: { readonly path: string }) => violation.path),
      ["captureId", "type", "settled", "note", "constructor", "toString"]
    )
    isProblem(await call("POST", path, { headers: { "idempotency-key": "k" } }), 400, "Malformed", "no body")
  })

  it("enums are their words and nothing else", async () => {
    for (const type of ["Default", "refund", 0, 2.0, -1, "2", false, ["default"]]) {
      isProblem(await send(JSON.stringify({ amount: 1, type })), 400, "Malformed", String(type))
    }
  })

  it("bodies that are too large are refused: 413", async () => {
    const large = `{"amount":1,"note":"${"x".repeat(1_000_000)}"}`
    isProblem(await send(large), 413, "TooLarge", "1 MB with a length")
    const chunks = new ReadableStream({
      start(controller) {
        for (let count = 0; count < 20; count++) controller.enqueue(new TextEncoder().encode("x".repeat(50_000)))
        controller.close()
      }
    })
    const response = await fetch(server.url + path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${server.adminKey}`,
        "content-type": "application/json",
        "idempotency-key": "k"
      },
      body: chunks,
      duplex: "half"
    } as RequestInit)
    assert.strictEqual(response.status, 413)
    const fits = await send(`{"amount":1,"note":"${"x".repeat(262_000)}"}`)
    isProblem(fits, 400, "Malformed", "large, but read")
    isProblem(await send(`{"amount":1,"note":"${"x".repeat(10_001)}"}`), 400, "Malformed", "a note of 10 kB and one")
  })

  it("bodies that do not say they are JSON are refused: 415", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json; charset=utf-16",
      "application/jsonx",
      ""
    ]) {
      isProblem(await send('{"amount":0}', { "content-type": type }), 415, "WrongMediaType", type)
    }
    for (const type of [
      "application/json;charset=UTF-8",
      'application/json; charset="utf-8"',
      "application/vnd.refund+json",
      "APPLICATION/JSON"
    ]) {
      isProblem(await send('{"amount":0}', { "content-type": type }), 400, "AmountNotPositive", type)
    }
  })

  it("missing credentials are told before anything is read", async () => {
    isProblem(await call("POST", path, { key: null, body: "not json" }), 401, "Unauthorized", "bad JSON")
    isProblem(await call("POST", path, { key: null, body: "x".repeat(1_000_000) }), 401, "Unauthorized", "1 MB")
    isProblem(await call("POST", path, { key: "wrong-secret", body: "not json" }), 401, "Unauthorized", "wrong key")
    isProblem(await call("POST", path, { key: "k".repeat(8_000), body: {} }), 401, "Unauthorized", "8 kB of key")
  })

  it("a request that breaks off leaves nothing behind, and the server goes on", async () => {
    const { hostname, port } = new URL(server.url)
    for (const text of [
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.adminKey}\r\ncontent-type: application/json\r\nidempotency-key: cut\r\ncontent-length: 100\r\n\r\n{"amount":1`,
      "GET / HTTP/9.9\r\n\r\n",
      "\0\0\0\0\r\n\r\n",
      `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () =>
          socket.write(text, () => setTimeout(() => socket.destroy(), 30))
        )
        socket.on("error", () => {})
        socket.on("close", () => resolve())
      })
    }
    assert.strictEqual((await call("GET", "/healthz", { key: null })).status, 200)
  })
})

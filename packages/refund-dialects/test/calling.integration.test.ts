/** One call over HTTP: sent once, bounded, and never called lost where nothing left (A37), nor not sent where it may have arrived. */
import type { ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { type Api, baseOf, type Reply, send } from "../src/internal/calling.ts"
import { json, type Responds, vendorServer } from "./support/vendorServer.ts"

const apiAt = (url: string, more: Partial<Api> = {}): Api => ({
  vendor: "Kibo",
  base: baseOf(url),
  credential: { authorization: "Bearer secret-token" },
  numbers: "text",
  // For what hangs; a resolver alone may take ten seconds to say that there is no such host.
  timeoutMilliseconds: 60_000,
  ...more
})

const call = { method: "POST", path: "/refunds", body: { amount: 1 } } as const

const answered = Effect.fnUntraced(function* (responds: Responds, more: Partial<Api> = {}) {
  const server = yield* vendorServer
  server.responding(responds)
  const reply = yield* send(apiAt(server.url, more), call)
  return { reply, sent: server.sent, server }
})

const detailOf = (reply: Reply): string => ("detail" in reply ? reply.detail : "")

describe("a call to a vendor", () => {
  it.live("is sent with its length, its type and the credential", () =>
    Effect.gen(function* () {
      const { reply, sent } = yield* answered(json(200, { id: 5 }, { "retry-after": "7", "refund-id": "r-1" }))
      assert.deepInclude(reply, { _tag: "answer", status: 200, retryAfter: 7_000, refundId: "r-1" })
      assert.strictEqual(sent.length, 1)
      const [{ body, headers, method, path } = { body: "", headers: {}, method: "", path: "" }] = sent
      assert.deepEqual([method, path, body], ["POST", "/refunds", '{"amount":1}'])
      assert.deepInclude(headers, {
        authorization: "Bearer secret-token",
        accept: "application/json",
        "content-type": "application/json",
        "content-length": "12"
      })
      assert.isUndefined(headers["transfer-encoding"])
    })
  )

  // `fetch` sends once more after a 421, where it still has the body.
  it.live.each([200, 400, 401, 408, 409, 421, 425, 429, 500, 502, 503, 504])(
    "is sent once when it is answered %i",
    (status) =>
      Effect.gen(function* () {
        const { reply, sent } = yield* answered(json(status, {}, { "www-authenticate": "Basic", "retry-after": "0" }))
        assert.deepInclude(reply, { _tag: "answer", status })
        assert.strictEqual(sent.length, 1)
      })
  )

  it.live.each([301, 302, 303, 307, 308])("is not sent on to where a %i points", (status) =>
    Effect.gen(function* () {
      const { reply, sent } = yield* answered(json(status, {}, { location: "/elsewhere" }))
      assert.deepInclude(reply, { _tag: "answer", status })
      assert.strictEqual(sent.length, 1)
    })
  )

  it.live.each<[what: string, Responds]>([
    ["is cut before an answer", (response) => response.destroy()],
    [
      "is cut within an answer",
      (response) => {
        response.writeHead(200, { "content-length": "100" }).write('{"id":')
        setTimeout(() => response.destroy(), 20)
      }
    ],
    ["is answered with what is no HTTP", (response) => response.socket?.end("hello\r\n\r\n")]
  ])("is lost, once, when it %s", ([, responds]) =>
    Effect.gen(function* () {
      const { reply, sent } = yield* answered(responds)
      assert.strictEqual(reply._tag, "lost")
      assert.match(detailOf(reply), /^the connection to Kibo broke off: ./)
      assert.strictEqual(sent.length, 1)
    })
  )

  it.live.each<[what: string, Responds]>([
    ["nothing comes", () => {}],
    ["an answer begins and does not end", (response) => response.writeHead(200).write('{"id":')]
  ])("is lost when %s in time, and lets go of the connection", ([, responds]) =>
    Effect.gen(function* () {
      const { reply, server } = yield* answered(responds, { timeoutMilliseconds: 100 })
      assert.deepEqual(reply, { _tag: "lost", detail: "Kibo did not answer within 0.1 s" })
      yield* gone(server)
    })
  )

  it.live("lets go of the connection when it is given up", () =>
    Effect.gen(function* () {
      const server = yield* vendorServer
      server.responding(() => {})
      const fiber = yield* Effect.forkChild(send(apiAt(server.url), call))
      yield* until(Effect.sync(() => server.sent.length === 1))
      yield* Fiber.interrupt(fiber)
      yield* gone(server)
    })
  )

  it.live.each<[what: string, Responds]>([
    ["without an end", (response) => flood(response.writeHead(200))],
    ["that were packed small", (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(packed)]
  ])("is lost when it is answered with more bytes than anybody needs, %s", ([, responds]) =>
    Effect.gen(function* () {
      const { reply } = yield* answered(responds)
      assert.deepEqual(reply, { _tag: "lost", detail: "Kibo answered with more than 8388608 bytes" })
    })
  )

  it.live.each(["<html>", "", '{"a":1,"a":2}', '{"a":', "\ufeff{}", `${"[".repeat(65)}${"]".repeat(65)}`])(
    "is answered with nothing that can be read in one way only: %j",
    (text) =>
      Effect.gen(function* () {
        const { reply } = yield* answered((response) => response.writeHead(200).end(text))
        assert.deepInclude(reply, { _tag: "answer", status: 200, body: undefined })
      })
  )

  it.live("was not sent where nobody listens, or there is no such host", () =>
    Effect.gen(function* () {
      const server = yield* vendorServer
      yield* Effect.promise(server.close)
      for (const url of [server.url, "http://no-such-host.invalid"]) {
        const reply = yield* send(apiAt(url), call)
        assert.strictEqual(reply._tag, "notSent", detailOf(reply))
        assert.match(detailOf(reply), /^no connection to Kibo: ./)
      }
    })
  )

  it.live("was not sent where the credential could not be had, and asks for it each time", () =>
    Effect.gen(function* () {
      const server = yield* vendorServer
      server.responding(json(200, {}))
      let asked = 0
      const credential = async () => ({ authorization: `Bearer ${++asked}` })
      yield* send(apiAt(server.url, { credential }), call)
      yield* send(apiAt(server.url, { credential }), call)
      assert.deepEqual(
        server.sent.map(({ headers }) => headers.authorization),
        ["Bearer 1", "Bearer 2"]
      )
      for (const failing of [() => Promise.reject(new Error("expired")), () => new Promise<never>(() => {})]) {
        const reply = yield* send(apiAt(server.url, { credential: failing, timeoutMilliseconds: 60 }), call)
        assert.strictEqual(reply._tag, "notSent")
        assert.match(detailOf(reply), /^there is no credential for Kibo: (expired|nothing in time)$/)
      }
      assert.strictEqual(server.sent.length, 2)
    })
  )

  it.live("never says its credential", () =>
    Effect.gen(function* () {
      for (const responds of [(response: { destroy: () => void }) => response.destroy(), json(500, {})]) {
        const { reply } = yield* answered(responds as Responds)
        assert.notInclude(JSON.stringify(reply), "secret-token")
      }
    })
  )
})

describe("an address", () => {
  it("may have a path, and loses the slash at its end", () => {
    assert.strictEqual(baseOf("https://ledger.example/kibo/"), "https://ledger.example/kibo")
  })

  it.each([
    "",
    "mgmtapi.geins.io",
    "ftp://a.example",
    "https://u:p@a.example",
    "https://a.example?x=1",
    "https://a.example#x"
  ])("%j is none, and that is said before anything is sent", (text) =>
    assert.throws(() => baseOf(text), "baseUrl must be an http or https address")
  )
})

const packed = gzipSync(Buffer.alloc(32 * 1024 * 1024, 0x20))

const flood = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(1024 * 1024, 0x20)
  while (!response.destroyed) if (!response.write(chunk)) return void response.once("drain", () => flood(response))
}

const until = (isSo: Effect.Effect<boolean>) =>
  Effect.repeat(Effect.delay(isSo, 5), { until: (so) => so, times: 1_000 })

const gone = (server: { readonly connections: () => Promise<number> }) =>
  Effect.gen(function* () {
    yield* until(Effect.map(Effect.promise(server.connections), (count) => count === 0))
    assert.strictEqual(yield* Effect.promise(server.connections), 0)
  })

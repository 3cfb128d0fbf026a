/** What is let in: how often who may ask, long addresses, slow clients, too many of them; and whose word is believed. */
import type { RequestListener } from "node:http"
import { connect } from "node:net"
import { afterEach, assert, describe, expect, it } from "vitest"
import type { Complaints } from "../../../packages/refund-dialects/test/support/judge.ts"
import { guardedServer, type Patience, refuseLongAddress } from "../src/guarding.ts"
import { geins } from "./dialects/hostile/geins.ts"
import { bearer } from "./dialects/hostile/HostileDoor.ts"
import { medusa } from "./dialects/hostile/medusa.ts"
import { callerOf, payment } from "./support/call.ts"
import { doorCalls } from "./support/doorCalls.ts"
import { judgesOf } from "./support/judged.ts"
import { startServer, type TestServer } from "./support/server.ts"

const open: Array<{ readonly stop: () => Promise<void> }> = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop()
})

const started = async (env: Readonly<Record<string, string>>): Promise<TestServer> => {
  const server = await startServer({ keys: "till:*:till-secret,desk:*:desk-secret", env })
  open.push(server)
  return server
}

const asked = async (server: TestServer, door: string, secret: string) => {
  const credentials = door === "geins" ? geins.credentials : door === "medusa" ? medusa.credentials : bearer
  const call = doorCalls.find((each) => each.door === door)
  const [method = "GET"] = (call?.route ?? "GET").split(" ")
  const path = call?.path ?? "/v1/refunds"
  const body = call?.body
  const response = await fetch(`${server.url}${door === "native" ? "" : `/${door}`}${path}`, {
    method,
    headers: { ...credentials(secret), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  const mediaType = response.headers.get("content-type")
  return {
    response,
    complaints: (judges: ReadonlyMap<string, Complaints>) =>
      judges.get(door)?.(
        { method, path, ...(body === undefined ? {} : { body }) },
        { status: response.status, mediaType, body: mediaType?.includes("json") ? JSON.parse(text) : text }
      )
  }
}

describe("how often a credential may ask", () => {
  it.each(["native", "kibo", "geins", "moyasar", "maverick", "medusa"])(
    "is said in the form of %s: 429, when to come again, what is left; nothing is changed",
    async (door) => {
      const server = await started({ REFUND_RATE_LIMIT: "2/3600" })
      const judges = await judgesOf(server.url)
      const first = await asked(server, door, "till-secret")
      const headers = (name: string) => first.response.headers.get(`ratelimit-${name}`)
      assert.deepStrictEqual([headers("limit"), headers("remaining")], ["2", "1"])
      await asked(server, door, "till-secret")
      const over = await asked(server, door, "till-secret")
      assert.strictEqual(over.response.status, 429)
      assert.match(over.response.headers.get("retry-after") ?? "", /^1[78]\d\d$/)
      assert.strictEqual(over.response.headers.get("ratelimit-remaining"), "0")
      assert.deepStrictEqual(over.complaints(judges), [])
      // Another key has a limit of its own.
      assert.notStrictEqual((await asked(server, door, "desk-secret")).response.status, 429)
    }
  )

  it("may be a tenant's for all of its keys together", async () => {
    const server = await started({ REFUND_RATE_LIMIT_TENANT: "3/3600" })
    const statuses: Array<number> = []
    for (const key of ["till-secret", "desk-secret", "till-secret", "desk-secret", "till-secret"]) {
      statuses.push((await asked(server, "native", key)).response.status)
    }
    assert.deepStrictEqual(statuses, [200, 200, 200, 429, 429])
  })

  it("is as often as it likes where nothing is set, and says nothing of it", async () => {
    const server = await started({})
    const { response } = await asked(server, "native", "till-secret")
    assert.isNull(response.headers.get("ratelimit-limit"))
  })
})

describe("what is too long", () => {
  it("is an address of more than 8 KiB: 414; headers of more than 16 KiB: 431", async () => {
    const server = await started({})
    const call = callerOf(server)
    const long = await call("GET", `/v1/refunds?reference=${"x".repeat(8_200)}`)
    assert.deepStrictEqual([long.status, long.body.code], [414, "UriTooLong"])
    const vendors = await fetch(`${server.url}/kibo/api/commerce/orders/${"x".repeat(8_200)}`)
    assert.deepStrictEqual(
      [vendors.status, ((await vendors.json()) as { readonly code: string }).code],
      [414, "UriTooLong"]
    )
    const headers = { "x-more": "x".repeat(17_000) }
    for (const path of ["/v1/refunds", "/kibo/api/commerce/orders/1"]) {
      const refused = await fetch(server.url + path, { headers })
      assert.deepStrictEqual([refused.status, await refused.text()], [431, ""])
    }
  })
})

describe("a page of another site", () => {
  it("is told nothing that its browser would let it read", async () => {
    const server = await started({})
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" }
    for (const method of ["GET", "OPTIONS"]) {
      const { headers: told } = await callerOf(server)(method, "/v1/refunds", { headers })
      assert.deepStrictEqual(
        [...told.keys()].filter((name) => name.startsWith("access-control")),
        []
      )
      assert.strictEqual(told.get("cross-origin-resource-policy"), "same-origin")
    }
  })
})

describe("where a request came from", () => {
  const addressOf = async (env: Readonly<Record<string, string>>) => {
    const call = callerOf(await started(env))
    const headers = { "x-forwarded-for": "198.51.100.9, 203.0.113.7" }
    await call("PUT", "/v1/orders/o-1", { headers, body: payment("o-1", 100) })
    const { body } = await call("GET", "/v1/journal?order=o-1")
    return body.entries[0].entry.from
  }

  it("is what the connection says, unless proxies are trusted: then what the outermost trusted one says", async () => {
    assert.strictEqual(await addressOf({}), "127.0.0.1")
    assert.strictEqual(await addressOf({ REFUND_TRUST_PROXY: "1" }), "203.0.113.7")
    assert.strictEqual(await addressOf({ REFUND_TRUST_PROXY: "loopback" }), "203.0.113.7")
    assert.strictEqual(await addressOf({ REFUND_TRUST_PROXY: "127.0.0.1/8,203.0.113.0/24" }), "198.51.100.9")
    assert.strictEqual(await addressOf({ REFUND_TRUST_PROXY: "10.0.0.0/8" }), "127.0.0.1")
  })
})

describe("a connection", () => {
  const listening = async (maxConnections: number, patience?: Patience) => {
    const answering: RequestListener = (request, response) =>
      void (refuseLongAddress(request, response) || response.end("ok"))
    const server = guardedServer(answering, { maxConnections }, patience)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    open.push({
      stop: async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    })
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("it listens on a port")
    return address.port
  }

  const told = (port: number, sent: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1")
      let text = ""
      socket.on("data", (chunk) => {
        text += chunk
      })
      socket.on("error", () => {})
      socket.on("close", () => resolve(text))
      socket.write(sent)
    })

  it("is not held by who never ends their headers, or their body: 408, and it is closed", async () => {
    const port = await listening(10, { headers: 200, request: 400, look: 50, unread: 60_000 })
    assert.match(await told(port, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "), /^HTTP\/1.1 408 /)
    const half = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    assert.match(await told(port, half), /HTTP\/1.1 (200|408) /)
  })

  it("is kept for longer than balancers keep theirs, 60 s", async () => {
    const answer = await fetch(`http://127.0.0.1:${await listening(10)}`)
    expect(answer.headers.get("keep-alive")).toMatch(/^timeout=75\b/)
  })

  it("beyond the most that are held at once is closed, and those that are there are answered", async () => {
    const port = await listening(1)
    const first = connect(port, "127.0.0.1")
    await new Promise<void>((resolve) => first.once("connect", () => resolve()))
    assert.strictEqual(await told(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "")
    const answered = new Promise<string>((resolve) => first.once("data", (chunk) => resolve(String(chunk))))
    first.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    expect(await answered).toMatch(/^HTTP\/1.1 200 /)
    first.destroy()
  })
})

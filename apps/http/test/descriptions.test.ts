import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { dialects } from "../src/dialects.ts"
import { callerOf } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe("the descriptions that a server publishes", () => {
  it("one for each dialect, to anybody, with the paths where they are answered", async () => {
    const call = callerOf(server)
    for (const { description, door, prefix } of dialects) {
      const { body, status } = await call("GET", `/openapi/${door}.json`, { key: null })
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body, { ...JSON.parse(JSON.stringify(description)), servers: [{ url: prefix }] })
      const [path = ""] = Object.keys(body.paths)
      const post = await call("POST", `${body.servers[0].url}${path.replaceAll(/\{\w+\}/g, "1")}`, { key: null })
      assert.strictEqual(post.status, 401, `${door} ${path}`)
    }
    assert.strictEqual((await call("GET", "/openapi/native.json")).body.code, "NoRoute")
  })

  it("of a dialect at the root: there", async () => {
    const atRoot = await startServer({ env: { REFUND_DIALECT_AT_ROOT: "medusa" } })
    try {
      const { body } = await callerOf(atRoot)("GET", "/openapi/medusa.json", { key: null })
      assert.deepStrictEqual(body.servers, [{ url: "/" }])
    } finally {
      await atRoot.stop()
    }
  })
})

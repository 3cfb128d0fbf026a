import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { refundProcess, refundStarted } from "./support/bundle.ts"
import { example } from "./support/orders.ts"
import { scratch } from "./support/refund.ts"

let drawn = 0
const freshFile = () => `file:${join(scratch, `shared-${++drawn}`, "refunds.db")}`

/** `refund serve` on a free port. */
const serving = async (database: string, env: Record<string, string> = {}) => {
  const served = await refundStarted(
    ["serve", "--port", "0", "--database", database],
    { REFUND_API_KEYS: "admin:*:admin-secret", LOG_LEVEL: "none", ...env },
    /http:\/\/127\.0\.0\.1:\d+/
  )
  return { ...served, url: served.match[0] }
}

describe("refund as a process", () => {
  it("prints results to standard output, words to people to standard error, and ends with its exit code", async () => {
    const env = { REFUND_DATABASE_URL: freshFile() }
    const { id, json } = example()
    const put = await refundProcess(["order", "put", "-"], { env, input: json })
    assert.deepStrictEqual(put, { code: 0, out: `Order ${id} registered\n`, err: "" })
    const rejected = await refundProcess(["request", id, "50"], { env })
    assert.deepStrictEqual([rejected.code, rejected.out], [1, ""])
    assert.include(rejected.err, "ExceedsCollected")
    const misused = await refundProcess(["request", id], { env })
    assert.deepStrictEqual([misused.code, misused.out], [2, ""])
    const unavailable = await refundProcess(["list", "--database", "/nowhere/refunds.db"])
    assert.deepStrictEqual([unavailable.code, unavailable.out], [3, ""])
  })

  it("serves until SIGTERM, and then ends with 0", async () => {
    const server = await serving(freshFile())
    const health = await fetch(`${server.url}/healthz`)
    assert.strictEqual(health.status, 200)
    server.signal("SIGTERM")
    assert.strictEqual(await server.ended, 0)
  })

  it("says why it cannot serve: 3 where the port is taken, 2 where the configuration is wrong", async () => {
    const server = await serving(freshFile())
    const port = new URL(server.url).port
    const second = await refundProcess(["serve", "--port", port, "--database", freshFile()])
    assert.strictEqual(second.code, 3)
    assert.include(second.err, `Port ${port}`)
    const wrong = await refundProcess(["serve", "--port", "http", "--database", freshFile()])
    assert.strictEqual(wrong.code, 2)
    assert.include(wrong.err, "PORT must be")
    server.signal("SIGTERM")
    await server.ended
  })
})

describe("a server and the command line on one file", () => {
  it("see each other's orders and refunds, and the server pays what the command line requests", async () => {
    const database = freshFile()
    const server = await serving(database)
    const { capture, id, json } = example()
    const onFile = { env: { REFUND_DATABASE_URL: database } }
    const overHttp = { env: { REFUND_API_KEY: "admin-secret" } }

    assert.strictEqual((await refundProcess(["order", "put", "-"], { ...onFile, input: json })).code, 0)
    const asked = await refundProcess(["request", id, "10", "--capture", capture, "--wait", "5", "--json"], onFile)
    assert.strictEqual(asked.code, 0, asked.err)
    assert.strictEqual(JSON.parse(asked.out).state, "settled")
    const seen = await refundProcess(["order", "show", id, "--json", "--url", server.url], overHttp)
    assert.deepInclude(JSON.parse(seen.out), { collected: 4920, refunded: 1000, refundable: 3920 })

    server.signal("SIGTERM")
    await server.ended
    const verified = await refundProcess(["verify"], onFile)
    assert.strictEqual(verified.code, 0, verified.out)
  })

  it("never give back more than was captured, whoever comes first", async () => {
    const database = freshFile()
    const server = await serving(database)
    const { capture, id, json } = example({ amount: 10_000, authorizedAmount: 10_000 })
    const bare = JSON.stringify({ id, currency: "USD", captures: JSON.parse(json).captures })
    const onFile = { env: { REFUND_DATABASE_URL: database } }
    await refundProcess(["order", "put", "-"], { ...onFile, input: bare })

    const overHttp = async (index: number) => {
      const answer = await fetch(`${server.url}/v1/orders/${id}/refunds`, {
        method: "POST",
        headers: {
          authorization: "Bearer admin-secret",
          "content-type": "application/json",
          "idempotency-key": `http-${index}`
        },
        body: JSON.stringify({ amount: 6_000, captureId: capture })
      })
      return answer.status === 201 ? "accepted" : "rejected"
    }
    const inShell = async () => {
      const { code } = await refundProcess(["request", id, "60", "--capture", capture], onFile)
      assert.oneOf(code, [0, 1])
      return code === 0 ? "accepted" : "rejected"
    }
    const ended = await Promise.all([0, 1, 2, 3].flatMap((index) => [inShell(), overHttp(index)]))
    assert.strictEqual(ended.filter((each) => each === "accepted").length, 1)

    server.signal("SIGTERM")
    await server.ended
    const shown = JSON.parse((await refundProcess(["order", "show", id, "--json"], onFile)).out)
    assert.strictEqual(shown.refunded + shown.held, 6_000)
    assert.strictEqual((await refundProcess(["verify"], onFile)).code, 0)
  })
})

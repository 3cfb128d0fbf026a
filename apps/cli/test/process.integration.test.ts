import { execFileSync, spawnSync } from "node:child_process"
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { bundle, refundProcess, refundStarted } from "./support/bundle.ts"
import { example } from "./support/orders.ts"
import { scratch } from "./support/refund.ts"

const hasPipes = spawnSync("mkfifo", ["--version"]).status === 0

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

  it.skipIf(!existsSync("/dev/full"))(
    "says that its output found no room: exit code 3, for it may have happened",
    async () => {
      const env = { PATH: process.env["PATH"] ?? "", REFUND_DATABASE_URL: freshFile() }
      const { id, json } = example()
      await refundProcess(["order", "put", "-"], { env, input: json })
      const full = openSync("/dev/full", "w")
      const onto = (out: number | "pipe", err: number | "pipe", ...args: ReadonlyArray<string>) =>
        spawnSync(process.execPath, [bundle, ...args], { env, stdio: ["ignore", out, err], encoding: "utf8" })
      const unseen = onto(full, "pipe", "request", id, "1")
      assert.deepStrictEqual([unseen.status, unseen.stderr.split("\n").length], [3, 2], unseen.stderr)
      assert.include(unseen.stderr, "standard output cannot be written: the disk is full (ENOSPC)")
      assert.strictEqual(onto("pipe", full, "shwo").status, 2)
      assert.strictEqual(onto("pipe", full, "request", id, "500").status, 1)
      closeSync(full)
    }
  )

  it.skipIf(!hasPipes)("reads what another program writes as it comes, and leaves nothing beside it", async () => {
    const env = { PATH: process.env["PATH"] ?? "", REFUND_DATABASE_URL: freshFile() }
    const { id, json } = example()
    const folder = join(scratch, `pipes-${++drawn}`)
    mkdirSync(folder)
    await refundProcess(["order", "put", "-"], { env, input: json })
    const [rows, checkpoint] = [join(folder, "rows.csv"), join(folder, "checkpoint")]
    writeFileSync(rows, `orderId,amount,currency,reference\n${id},1.00,USD,one\n${id},1x,USD,two\n`)
    const piped = (from: string, ...args: ReadonlyArray<string>) => {
      const pipe = join(folder, `pipe-${++drawn}`)
      execFileSync("mkfifo", [pipe])
      const script = 'cat "$1" > "$2" & shift 2; exec "$@"'
      const command = [process.execPath, bundle, ...args, pipe]
      return spawnSync("sh", ["-c", script, "sh", from, pipe, ...command], { env, encoding: "utf8", timeout: 60_000 })
    }
    const imported = piped(rows, "import")
    assert.strictEqual(imported.status, 1, imported.stderr)
    assert.include(imported.stdout, "2 rows: 1 made, 0 there already, 1 rejected")
    const named = spawnSync("sh", ["-c", 'exec "$@" < "$0"', rows, process.execPath, bundle, "import", "/dev/stdin"], {
      env,
      encoding: "utf8"
    })
    assert.include(named.stdout, "2 rows: 0 made, 1 there already, 1 rejected")
    assert.isFalse(existsSync("/dev/stdin.rejected.csv"))
    await refundProcess(["checkpoint", checkpoint], { env })
    const verified = piped(checkpoint, "verify", "--checkpoint")
    assert.deepStrictEqual([verified.status, verified.stderr], [0, ""])
    assert.deepStrictEqual(
      readdirSync(folder).filter((name) => /rejected|progress/.test(name)),
      []
    )
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

describe("refund worker", () => {
  it("pays what a server without one accepts, until SIGTERM", async () => {
    const database = freshFile()
    const server = await serving(database, { REFUND_WORKER: "off" })
    const env = { LOG_LEVEL: "none" }
    const worker = await refundStarted(["worker", "--database", database], env, /at work on file:.+ \(simulator\)/)
    const overHttp = { env: { REFUND_API_KEY: "admin-secret" } }
    const { capture, id, json } = example()
    const put = await refundProcess(["order", "put", "-", "--url", server.url], { ...overHttp, input: json })
    assert.strictEqual(put.code, 0, put.err)
    const ask = ["request", id, "10", "--capture", capture, "--wait", "30", "--json", "--url", server.url]
    const asked = await refundProcess(ask, overHttp)
    assert.strictEqual(JSON.parse(asked.out).state, "settled", asked.err)
    worker.signal("SIGTERM")
    assert.strictEqual(await worker.ended, 0)
    server.signal("SIGTERM")
    assert.strictEqual(await server.ended, 0)
  })

  it("says why it cannot work: 2 where the configuration is wrong, 3 where the file cannot be opened", async () => {
    const wrong = await refundProcess(["worker", "--database", freshFile()], { env: { REFUND_LEASE_SECONDS: "no" } })
    assert.deepStrictEqual([wrong.code, wrong.out], [2, ""])
    assert.include(wrong.err, "REFUND_LEASE_SECONDS")
    const nowhere = await refundProcess(["worker", "--database", "/dev/null/refunds.db"])
    assert.strictEqual(nowhere.code, 3)
    assert.include(nowhere.err, "could not start")
  })
})

describe("refund events --follow", () => {
  it("prints what was and what happens, a line each, on the file and against a server", async () => {
    const database = freshFile()
    const server = await serving(database)
    const { capture, id, json } = example()
    const onFile = { env: { REFUND_DATABASE_URL: database } }
    await refundProcess(["order", "put", "-"], { ...onFile, input: json })
    const before = await refundProcess(["request", id, "1", "--capture", capture, "--wait", "30", "--json"], onFile)
    const later = "01890000-0000-7000-8000-00000000000f"
    const both = new RegExp(`"refund.settled".*"id":"${JSON.parse(before.out).id}"[\\s\\S]+"id":"${later}"[^\n]+\n`)
    const follow = ["events", "--follow", "--types", "refund.settled", "--json"]
    const following = Promise.all([
      refundStarted(follow, onFile.env, both),
      refundStarted([...follow, "--url", server.url], { REFUND_API_KEY: "admin-secret" }, both)
    ])
    const ask = ["request", id, "1", "--capture", capture, "--id", later]
    assert.strictEqual((await refundProcess(ask, onFile)).code, 0)
    for (const { match, signal } of await following) {
      const lines = match[0].trim().split("\n")
      assert.deepStrictEqual(JSON.parse(`{"type":${lines[0]}`).type, "refund.settled")
      signal("SIGTERM")
    }
    server.signal("SIGTERM")
    await server.ended
    const cut = await refundProcess([...follow, "--url", server.url], { env: { REFUND_API_KEY: "admin-secret" } })
    assert.strictEqual(cut.code, 3)
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
    const asked = await refundProcess(["request", id, "10", "--capture", capture, "--wait", "30", "--json"], onFile)
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

import { execFile, spawnSync } from "node:child_process"
import { createServer } from "node:net"
import { promisify } from "node:util"
import { afterEach, assert, describe, it } from "vitest"
import { callerOf, payment } from "./support/call.ts"
import { loader, type Reply } from "./support/load.ts"
import { adminKey, killAll, ledgerFile, run, type ServerProcess, startProcess } from "./support/process.ts"

afterEach(killAll)

const onFile = async (test: (database: string) => Promise<void>) => {
  const { database, remove } = await ledgerFile()
  try {
    await test(database)
  } finally {
    await killAll()
    await remove()
  }
}

const one = (send: ReturnType<typeof loader>["send"], url: string, order: string, key: string) =>
  send("POST", `${url}/v1/orders/${order}/refunds`, { amount: 1 }, { "idempotency-key": key })
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const keyIn = (server: ServerProcess) => /admin key\s+(rk_\S+)/.exec(server.stdout())?.[1]
const hasCurl = spawnSync("curl", ["--version"]).status === 0

describe("starting", () => {
  it("makes a key once, registers an example once, and a second start finds everything as it was", () =>
    onFile(async (database) => {
      const env = { REFUND_DATABASE_URL: database, REFUND_API_KEYS: "" }
      const first = await startProcess(env)
      const key = keyIn(first)
      assert.match(key ?? "", /^rk_[A-Za-z0-9_-]{43}$/)
      const call = callerOf({ url: first.url, adminKey: key ?? "" })
      const body = { amount: 1999, captureId: "882" }
      const headers = { "idempotency-key": "k", prefer: "wait=30" }
      const made = await call("POST", "/v1/orders/A-1001/refunds", { body, headers })
      assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
      const order = (await call("GET", "/v1/orders/A-1001")).body
      first.signal("SIGTERM")
      assert.deepInclude(await first.exited, { code: 0, stderr: "" })

      const second = await startProcess(env)
      assert.isUndefined(keyIn(second))
      assert.notInclude(second.stdout(), key ?? "")
      const again = callerOf({ url: second.url, adminKey: key ?? "" })
      assert.deepStrictEqual((await again("GET", "/v1/orders/A-1001")).body, order)
      const replay = await again("POST", "/v1/orders/A-1001/refunds", { body, headers: { "idempotency-key": "k" } })
      assert.deepStrictEqual([replay.status, replay.body], [200, made.body])
      assert.deepInclude((await again("GET", "/v1/journal/verify")).body, { ok: true, orders: 1 })
    }))

  it.skipIf(!hasCurl)("prints a curl that makes a refund", () =>
    onFile(async (database) => {
      const server = await startProcess({ REFUND_DATABASE_URL: database, REFUND_API_KEYS: "" })
      // A slow machine is waited for.
      const command = server.stdout().slice(server.stdout().indexOf("curl -i")).replace("wait=5", "wait=30")
      const { stdout } = await promisify(execFile)("bash", ["-c", command])
      assert.match(stdout, /^HTTP\/1\.1 201 Created/)
      assert.match(stdout, /"amount":1999,.*"state":"settled"/)
    })
  )

  it("names what is wrong with its configuration, and does not start", async () => {
    const { exited } = run({ PORT: "eighty", REFUND_WORKER: "maybe", REFUND_DATABSE_URL: "file:x" })
    const { code, stderr } = await exited
    assert.strictEqual(code, 2)
    const lines = stderr.trim().split("\n")
    assert.strictEqual(lines.length, 3)
    for (const name of ["PORT", "REFUND_WORKER", "REFUND_DATABSE_URL"]) {
      assert.strictEqual(lines.filter((line) => line.startsWith(`${name} `)).length, 1, stderr)
    }
  })

  it("says so where its port is taken, or its file cannot be made", () =>
    onFile(async (database) => {
      const other = createServer().listen(0, "127.0.0.1")
      await new Promise((resolve) => other.once("listening", resolve))
      const { port } = other.address() as { readonly port: number }
      const taken = await run({ PORT: String(port), REFUND_DATABASE_URL: database }).exited
      other.close()
      assert.deepInclude(taken, {
        code: 1,
        stderr: `Port ${port} on 127.0.0.1 is taken by another process; set PORT to another one.\n`
      })
      const nowhere = await run({ REFUND_DATABASE_URL: "file:/dev/null/refunds.db" }).exited
      assert.strictEqual(nowhere.code, 1)
      assert.match(nowhere.stderr, /^The server could not start: .+\n$/)
    }))
})

describe("two tenants on one file", () => {
  it("have no secret in common: the second does not start, and says which key it is", () =>
    onFile(async (database) => {
      const first = await startProcess({ REFUND_DATABASE_URL: database })
      const keys = { REFUND_TENANT: "second", REFUND_API_KEYS: `till:*:${adminKey}` }
      const { code, stderr } = await run({ REFUND_DATABASE_URL: database, ...keys }).exited
      assert.deepStrictEqual(
        [code, stderr],
        [
          1,
          "The server could not start: REFUND_API_KEYS: another secret for key till: a key of another tenant has this one\n"
        ]
      )
      first.signal("SIGTERM")
      assert.strictEqual((await first.exited).code, 0)
    }))
})

describe("stopping", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} answers every request in flight, then ends within 5 s`, () =>
      onFile(async (database) => {
        // Nobody waits here until a lease runs out.
        const env = { REFUND_DATABASE_URL: database, REFUND_LEASE_SECONDS: "3600" }
        const server = await startProcess(env)
        const { close, send } = loader(adminKey)
        const order = "in-flight"
        await send("PUT", `${server.url}/v1/orders/${order}`, payment(order, 1_000, { reference: "sim_hang" }))
        const inFlight = Array.from({ length: 20 }, (_, index) =>
          send(
            "POST",
            `${server.url}/v1/orders/${order}/refunds`,
            { amount: 1 },
            {
              "idempotency-key": `k-${index}`,
              prefer: "wait=30"
            }
          )
        )
        const before = callerOf(server)
        const sent = async () => (await before("GET", "/v1/refunds?state=submitting&limit=200")).body.refunds.length
        while ((await sent()) < 20) await pause(50)
        const since = Date.now()
        server.signal(signal)
        const replies = await Promise.all(inFlight)
        assert.deepStrictEqual(
          replies.map((reply) => reply.status),
          replies.map(() => 202)
        )
        assert.deepInclude(await server.exited, { code: 0, stderr: "" })
        // Else it would wait as long as they do.
        assert.isBelow(Date.now() - since, 20_000)
        close()
        // What was cut off was handed back: the next server need not wait for a lease to run out to look it up.
        const later = callerOf(await startProcess(env))
        let shown = (await later("GET", `/v1/orders/${order}`)).body
        while (shown.held > 0) {
          await pause(100)
          shown = (await later("GET", `/v1/orders/${order}`)).body
        }
        assert.include(shown, { held: 0, refunded: 20, refundable: 980 })
      }))
  }
})

describe("a crash", () => {
  it("kill -9 under load loses nothing that was answered, and a repeat pays nothing twice", () =>
    onFile(async (database) => {
      const server = await startProcess({ REFUND_DATABASE_URL: database })
      const { close, send } = loader(adminKey)
      const order = "crash"
      await send("PUT", `${server.url}/v1/orders/${order}`, payment(order, 1_000_000))
      const asked: Array<string> = []
      const answered = new Map<string, string>()
      // Until it has no answer: so each has one request that nobody knows the end of.
      const client = async () => {
        for (;;) {
          const key = `k-${asked.length}`
          asked.push(key)
          const reply: Reply = await one(send, server.url, order, key).catch(() => ({ status: 0, text: "" }))
          if (reply.status === 0) return
          assert.strictEqual(reply.status, 201)
          answered.set(key, JSON.parse(reply.text).id)
        }
      }
      const clients = Promise.all(Array.from({ length: 32 }, client))
      await pause(1_500)
      while (answered.size <= 100) await pause(50)
      server.signal("SIGKILL")
      await clients
      close()
      await server.exited
      assert.isAbove(answered.size, 100)
      assert.isAbove(asked.length, answered.size)

      const next = await startProcess({ REFUND_DATABASE_URL: database })
      const after = loader(adminKey)
      for (const [key, id] of answered) {
        const replay = await one(after.send, next.url, order, key)
        assert.deepStrictEqual([replay.status, JSON.parse(replay.text).id], [200, id])
      }
      for (const key of asked) await one(after.send, next.url, order, key)
      const figures = JSON.parse((await after.send("GET", `${next.url}/v1/orders/${order}`)).text)
      assert.strictEqual(figures.held + figures.refunded, asked.length)
      assert.strictEqual(figures.refunds.length, asked.length)
      const verified = JSON.parse((await after.send("GET", `${next.url}/v1/journal/verify`)).text)
      assert.deepInclude(verified, { ok: true, problem: null })
      after.close()
    }))
})

describe("two servers on one file", () => {
  it("what one accepts without a worker, the other pays, and who waits at the first hears of it", () =>
    onFile(async (database) => {
      const door = await startProcess({ REFUND_DATABASE_URL: database, REFUND_WORKER: "off" })
      await startProcess({ REFUND_DATABASE_URL: database })
      const call = callerOf(door)
      await call("PUT", "/v1/orders/o-1", { body: payment("o-1", 100) })
      const made = await call("POST", "/v1/orders/o-1/refunds", {
        body: { amount: 40 },
        headers: { "idempotency-key": "k", prefer: "wait=30" }
      })
      assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
    }))
})

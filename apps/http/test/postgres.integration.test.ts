/** Servers on PostgreSQL: what is promised of a file is promised of a database, with as many servers as there are. */
import { randomUUID } from "node:crypto"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { callerOf, payment } from "./support/call.ts"
import { killAll, run, type ServerProcess, startProcess } from "./support/process.ts"
import { racing } from "./support/race.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const rounds = isDeep ? 200 : 15

/** A ledger of its own, in a schema of the run's database. */
const newLedger = async () => ({
  REFUND_DATABASE_URL: await sharedPostgres(),
  REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`
})

describe.skipIf(noPostgres !== null)("a server on PostgreSQL", { timeout: 180_000 }, () => {
  afterEach(killAll)

  it("takes a refund the whole way, tells of it, and a second start finds everything as it was", async () => {
    const env = { ...(await newLedger()), REFUND_API_KEYS: "" }
    const first = await startProcess(env)
    const key = /admin key\s+(rk_\S+)/.exec(first.stdout())?.[1] ?? ""
    const call = callerOf({ url: first.url, adminKey: key })
    const body = { amount: 1999, captureId: "882" }
    const headers = { "idempotency-key": "k", prefer: "wait=30" }
    const made = await call("POST", "/v1/orders/A-1001/refunds", { body, headers })
    assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
    let told: ReadonlyArray<string> = []
    // They are told when nothing older is under way on the server, which this run shares.
    while (told.length < 3) {
      told = (await call("GET", "/v1/events")).body.events.map(({ type }: { readonly type: string }) => type)
    }
    assert.deepStrictEqual(told, ["refund.created", "refund.submitted", "refund.settled"])
    const order = (await call("GET", "/v1/orders/A-1001")).body
    first.signal("SIGTERM")
    assert.deepInclude(await first.exited, { code: 0, stderr: "" })

    const second = await startProcess(env)
    assert.notInclude(second.stdout(), key)
    const again = callerOf({ url: second.url, adminKey: key })
    assert.deepStrictEqual((await again("GET", "/v1/orders/A-1001")).body, order)
    const replay = await again("POST", "/v1/orders/A-1001/refunds", { body, headers: { "idempotency-key": "k" } })
    assert.deepStrictEqual([replay.status, replay.body], [200, made.body])
    assert.deepInclude((await again("GET", "/v1/journal/verify")).body, { ok: true, orders: 1 })
  })

  it("what one accepts without a worker, another pays, and who waits at the first hears of it", async () => {
    const env = await newLedger()
    const door = await startProcess({ ...env, REFUND_WORKER: "off" })
    await startProcess(env)
    const call = callerOf(door)
    await call("PUT", "/v1/orders/o-1", { body: payment("o-1", 100) })
    const headers = { "idempotency-key": "k", prefer: "wait=30" }
    const made = await call("POST", "/v1/orders/o-1/refunds", { body: { amount: 40 }, headers })
    assert.deepStrictEqual([made.status, made.body.state], [201, "settled"])
  })

  it("says so where there is no database, and never its password", async () => {
    const url = new URL(await sharedPostgres())
    url.password = "a-secret-password"
    url.pathname = "/no_such_database"
    const { code, stderr } = await run({ REFUND_DATABASE_URL: url.href, LOG_LEVEL: "trace" }).exited
    assert.strictEqual(code, 1)
    assert.match(stderr, /The server could not start: .*no such database/)
    assert.notInclude(stderr, "a-secret-password")
  })
})

for (const count of isDeep ? [2, 4] : [4]) {
  describe.skipIf(noPostgres !== null)(`${count} servers that race on one PostgreSQL`, { timeout: 300_000 }, () => {
    const { allOrNothing, booksAreRight, close, race, sameKey } = racing()
    let servers: ReadonlyArray<ServerProcess> = []
    beforeAll(async () => {
      const env = await newLedger()
      servers = await Promise.all(Array.from({ length: count }, () => startProcess(env)))
    }, 120_000)
    afterAll(async () => {
      close()
      await killAll()
    })

    it(`50 of 60 on 100: exactly one is accepted, ${rounds} times (T01)`, async () => {
      const accepted = servers.map(() => 0)
      for (let round = 0; round < rounds; round++) {
        const winner = await race(servers, round)
        accepted[winner] = accepted[winner]! + 1
      }
      console.log(`accepted by ${count} servers on PostgreSQL: ${accepted.join(", ")} of ${rounds}`)
      await booksAreRight(servers[0]!)
    })

    it("1,000 of 1 on 500: exactly 500 are accepted (T02)", async () => {
      assert.strictEqual(await allOrNothing(servers), 500)
      await booksAreRight(servers[1]!)
    })

    it("20 with the same key: one refund, told to all", async () => {
      for (let round = 0; round < Math.min(rounds, 40); round++) await sameKey(servers, round)
      await booksAreRight(servers[0]!)
    })
  })
}

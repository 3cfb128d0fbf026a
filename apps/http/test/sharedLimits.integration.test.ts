/** Rate limits of servers that share a PostgreSQL database; and whoever tries one credential after another. */
import { randomUUID } from "node:crypto"
import { afterEach, assert, describe, it } from "vitest"
import { makePool } from "../../../packages/refund-store/src/internal/postgres/pool.ts"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { callerOf } from "./support/call.ts"
import { killAll, startProcess } from "./support/process.ts"
import { startServer, type TestServer } from "./support/server.ts"

const open: Array<TestServer> = []
afterEach(async () => {
  await killAll()
  for (const each of open.splice(0)) await each.stop()
})

const newLedger = async () => ({
  REFUND_DATABASE_URL: await sharedPostgres(),
  REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`,
  REFUND_API_KEYS: "till:*:till-secret,desk:*:desk-secret"
})

type Place = Awaited<ReturnType<typeof newLedger>>

/** Asks each server so often with each key, all at once, and counts what it answers. */
const storm = async (servers: ReadonlyArray<{ readonly url: string }>, keys: ReadonlyArray<string>, times: number) => {
  const statuses = await Promise.all(
    servers.flatMap(({ url }) =>
      keys.flatMap((key) =>
        Array.from({ length: times }, async () => {
          const call = callerOf({ url, adminKey: key })
          return (await call("GET", "/v1/refunds?limit=1")).status
        })
      )
    )
  )
  const counted = Map.groupBy(statuses, (status) => status)
  return { accepted: counted.get(200)?.length ?? 0, refused: counted.get(429)?.length ?? 0, all: statuses.length }
}

const tell = async ({ REFUND_DATABASE_SCHEMA: schema, REFUND_DATABASE_URL: url }: Place, sql: string) => {
  const pool = makePool({ url, schema, connections: 1, statementMilliseconds: 10_000, lockMilliseconds: 10_000 })
  await pool.use((connection) => connection.tell(sql)).finally(() => pool.close())
}

describe.skipIf(noPostgres !== null)("two servers on one PostgreSQL", () => {
  it("let in together exactly as many as the limit says, of a credential and of a tenant", async () => {
    const seen = async () => {
      const limits = { REFUND_RATE_LIMIT: "60/36000", REFUND_RATE_LIMIT_TENANT: "100/36000" }
      const env = { ...(await newLedger()), ...limits, LOG_LEVEL: "warn" }
      const servers = [await startProcess(env), await startProcess(env)]
      const ofOneKey = await storm(servers, ["till-secret"], 50)
      const ofAnother = await storm(servers, ["desk-secret", "till-secret"], 40)
      servers.push(await startProcess(env))
      const ofOneThatJoins = await storm(servers.slice(2), ["desk-secret"], 5)
      for (const server of servers) server.signal("SIGTERM")
      const logs = await Promise.all(servers.map(async ({ exited }) => (await exited).stderr))
      return { ofOneKey, ofAnother, ofOneThatJoins, isTogether: !logs.join().includes("counted by this process alone") }
    }
    let found = await seen()
    // Where the database stands still for a second they do not count together, and say so: that is not what this is about.
    while (!found.isTogether) found = await seen()
    assert.deepStrictEqual(found.ofOneKey, { accepted: 60, refused: 40, all: 100 })
    // 40 of the tenant's 100 are left, whichever key asks.
    assert.deepStrictEqual(found.ofAnother, { accepted: 40, refused: 120, all: 160 })
    // A server that joins has no more to give.
    assert.strictEqual(found.ofOneThatJoins.accepted, 0)
  })

  it("each count for themselves while their limits cannot be looked at, and together again afterwards", async () => {
    const env = { ...(await newLedger()), REFUND_RATE_LIMIT: "20/36000" }
    const servers = [await startProcess(env), await startProcess(env)]
    assert.strictEqual((await storm(servers, ["till-secret"], 5)).accepted, 10)
    await tell(env, "ALTER TABLE buckets RENAME TO elsewhere")
    const alone = await storm(servers, ["till-secret"], 30)
    // Each has as many as the limit says, less what it has counted alone before: where the database stood still, of those ten.
    assert.isAtMost(alone.accepted, 40)
    assert.isAtLeast(alone.accepted, 30)
    await tell(env, "ALTER TABLE elsewhere RENAME TO buckets")
    // What is left of the limit is together's: whoever is still alone has nothing to give.
    const left = 50 - alone.accepted
    let together = 0
    while (together < left) together += (await storm(servers, ["till-secret"], 30)).accepted
    together += (await storm(servers, ["till-secret"], 30)).accepted
    assert.strictEqual(together, left)
  })
})

describe("whoever tries one credential after another", () => {
  it("is told 429 after so many, also with a good one, until they have waited; others are let in", async () => {
    const env = { REFUND_RATE_LIMIT_REFUSED: "3/3600", REFUND_TRUST_PROXY: "loopback" }
    const server = await startServer({ keys: "till:*:till-secret", env })
    open.push(server)
    const from = (address: string, key: string | null) =>
      callerOf(server)("GET", "/v1/refunds", { key, headers: { "x-forwarded-for": address } })
    const guessed: Array<number> = []
    for (const key of ["guess-1", "guess-2", "guess-3", "guess-4"]) {
      guessed.push((await from("192.0.2.1", key)).status)
    }
    assert.deepStrictEqual(guessed, [401, 401, 401, 429])
    const good = await from("192.0.2.1", "till-secret")
    assert.deepStrictEqual([good.status, good.body.code], [429, "TooMany"])
    // What has passed since the guesses counts.
    assert.match(good.headers.get("retry-after") ?? "", /^1(?:200|1\d\d)$/)
    assert.strictEqual((await from("192.0.2.2", "till-secret")).status, 200)
    assert.strictEqual((await from("192.0.2.1", null)).status, 401)
  })

  it("is told 401 each time where nothing is set", async () => {
    const server = await startServer({ keys: "till:*:till-secret" })
    open.push(server)
    for (let turn = 0; turn < 20; turn++) {
      assert.strictEqual((await callerOf(server)("GET", "/v1/refunds", { key: `guess-${turn}` })).status, 401)
    }
  })
})

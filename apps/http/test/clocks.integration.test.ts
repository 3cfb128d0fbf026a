/**
 * T63: servers whose clocks are ten minutes ahead, ten minutes behind, and step back again and again, on one ledger. Nothing is
 * accepted beyond the limit or paid twice, whoever is asked; the books hold. A leap second is
 * such a step, of a second.
 */
import { randomUUID } from "node:crypto"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { callerOf, payment } from "./support/call.ts"
import { killAll, ledgerFile, type ServerProcess, startProcess } from "./support/process.ts"

const minutes = 60_000
const wrongClock = fileURLToPath(new URL("./support/wrongClock.mjs", import.meta.url))
const off = (milliseconds: number, steps = 0) => ({
  NODE_OPTIONS: `--import ${wrongClock}`,
  REFUND_TEST_CLOCK: String(milliseconds),
  REFUND_TEST_CLOCK_STEPS: String(steps)
})
const clocks = [off(10 * minutes), off(-10 * minutes), off(10 * minutes, 300), {}]

const files: Array<() => Promise<void>> = []
const onFile = async () => {
  const { database, remove } = await ledgerFile()
  files.push(remove)
  return { REFUND_DATABASE_URL: database }
}

const places: ReadonlyArray<readonly [string, () => Promise<Readonly<Record<string, string>>>]> = [
  ["a file", onFile],
  ...(noPostgres === null
    ? [
        [
          "PostgreSQL",
          async () => ({
            REFUND_DATABASE_URL: await sharedPostgres(),
            REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`
          })
        ] as const
      ]
    : [])
]

const rounds = 4

describe.each(places)("servers with wrong clocks on %s (T63)", { timeout: 120_000 }, (_, place) => {
  let servers: ReadonlyArray<ServerProcess> = []
  let calls: ReadonlyArray<ReturnType<typeof callerOf>> = []
  beforeAll(async () => {
    const env = await place()
    const started: Array<ServerProcess> = []
    for (const clock of clocks) started.push(await startProcess({ ...env, ...clock }))
    servers = started
    calls = servers.map((server) => callerOf(server))
  }, 120_000)
  afterAll(async () => {
    await killAll()
    for (const remove of files.splice(0)) await remove()
  })

  const at = (turn: number) => calls[turn % calls.length]!
  const entriesOf = async (order: string) => (await at(0)("GET", `/v1/journal?order=${order}`)).body.entries
  const eventsOf = async (order: string): Promise<ReadonlyArray<{ readonly _tag: string; readonly detail?: string }>> =>
    (await entriesOf(order)).flatMap(({ entry }: { readonly entry: { readonly events: unknown } }) => entry.events)

  it("have the clocks that they were given", async () => {
    const seen: Array<number> = []
    for (const [turn, call] of calls.entries()) {
      await call("PUT", `/v1/orders/clock-${turn}`, { body: payment(`clock-${turn}`, 100) })
      const [{ entry }] = await entriesOf(`clock-${turn}`)
      seen.push(Math.round((entry.at - Date.now()) / minutes) + 0)
    }
    assert.deepStrictEqual([seen[0], seen[1], seen[3]], [10, -10, 0])
  })

  it("accept 60 of 100 once, pay it once, and tell the same of it, whoever was asked first", async () => {
    for (let round = 0; round < rounds; round++) {
      const order = `race-${round}`
      await at(round)("PUT", `/v1/orders/${order}`, { body: payment(order, 100) })
      const answers = await Promise.all(
        calls.map((call, turn) =>
          call("POST", `/v1/orders/${order}/refunds`, {
            headers: { "idempotency-key": `${order}-${turn}`, prefer: "wait=30" },
            body: { amount: 60 }
          })
        )
      )
      const made = answers.filter(({ status }) => status === 201)
      assert.lengthOf(made, 1, JSON.stringify(answers.map(({ status }) => status)))
      assert.strictEqual(made[0]?.body.state, "settled")
      for (const call of calls) {
        const { body } = await call("GET", `/v1/orders/${order}`)
        assert.deepStrictEqual([body.refunded, body.held], [60, 0])
      }
      const tags = (await eventsOf(order)).map(({ _tag }) => _tag)
      assert.deepStrictEqual(
        tags.filter((tag) => tag === "AttemptStarted" || tag === "RefundSettled"),
        ["AttemptStarted", "RefundSettled"]
      )
    }
  })

  it("take one key for one refund, and no call in flight from each other: nobody takes up what another is at", async () => {
    const order = "late"
    await at(0)("PUT", `/v1/orders/${order}`, { body: payment(order, 1_000, { reference: "sim_hang" }) })
    const ids = new Set<string>()
    for (let turn = 0; turn < calls.length; turn++) {
      const headers = { "idempotency-key": `late-${turn % 2}` }
      ids.add((await at(turn)("POST", `/v1/orders/${order}/refunds`, { headers, body: { amount: 10 } })).body.id)
    }
    assert.strictEqual(ids.size, 2)
    const started = async () => (await eventsOf(order)).filter(({ _tag }) => _tag === "AttemptStarted").length
    while ((await started()) < ids.size) await new Promise((resolve) => setTimeout(resolve, 100))
    // The provider is silent for as long as it is waited for, ten seconds. By its own clock another would take it up at once.
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    assert.strictEqual(await started(), 2)
    const lost = (await eventsOf(order)).filter(({ _tag }) => _tag === "OutcomeLost")
    // Where the machine stood still for longer than that, whoever asked was not answered: nobody else says so.
    for (const { detail } of lost) assert.strictEqual(detail, "simulator did not answer within 10 s")
  })

  it("refuse a time that is no time, a leap second among them, and leave books that hold", async () => {
    const order = payment("leap", 100, { capturedAt: "2016-12-31T23:59:60Z" })
    assert.strictEqual((await at(1)("PUT", "/v1/orders/leap", { body: order })).status, 400)
    for (const call of calls)
      assert.deepInclude((await call("GET", "/v1/journal/verify")).body, { ok: true, problem: null })
  })
})

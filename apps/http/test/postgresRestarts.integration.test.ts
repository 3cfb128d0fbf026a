/** The database goes away under load, as an operator ends it and as a machine does: what was answered is there, once. */
import { setTimeout as pause } from "node:timers/promises"
import { afterEach, assert, describe, it } from "vitest"
import { noPostgres, startPostgres } from "../../../tooling/postgres/server.ts"
import { payment } from "./support/call.ts"
import { loader } from "./support/load.ts"
import { adminKey, killAll, type ServerProcess, startProcess } from "./support/process.ts"

afterEach(killAll)

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const calm = isDeep ? 5_000 : 1_500
const orders = 8
const clients = 16

interface Answered {
  readonly order: string
  readonly id: string
}

/** Clients that ask without end, each again with the same key until it is told what became of it. */
const loading = (servers: ReadonlyArray<ServerProcess>) => {
  const { send, close } = loader(adminKey)
  const answered = new Map<string, Answered>()
  const latencies: Array<readonly [at: number, milliseconds: number]> = []
  const others = new Map<number, number>()
  let [asked, isOn] = [0, true]

  const ask = async (url: string, order: string, key: string) =>
    send("POST", `${url}/v1/orders/${order}/refunds`, { amount: 1 }, { "idempotency-key": key }).catch(() => ({
      status: 0,
      text: ""
    }))

  const client = async (index: number): Promise<void> => {
    const { url } = servers[index % servers.length]!
    while (isOn) {
      const number = asked++
      const [order, key] = [`o-${number % orders}`, `k-${number}`]
      for (;;) {
        const since = performance.now()
        const { status, text } = await ask(url, order, key)
        if (status === 201 || status === 200) {
          latencies.push([since, performance.now() - since])
          answered.set(key, { order, id: JSON.parse(text).id })
          break
        }
        others.set(status, (others.get(status) ?? 0) + 1)
        await pause(50)
      }
    }
  }

  const all = Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  const stop = async (): Promise<void> => {
    isOn = false
    await all
  }
  /** In milliseconds: how long it took from a moment on until the first that was asked for later was answered. */
  const backAfter = async (moment: number): Promise<number> => {
    while (!latencies.some(([at]) => at >= moment)) await pause(20)
    const [at, milliseconds] = latencies.find(([at]) => at >= moment)!
    return at + milliseconds - moment
  }
  return { send, close, answered, latencies, others, stop, ask, backAfter }
}

const p99 = (found: ReadonlyArray<number>): number =>
  found.toSorted((a, b) => a - b)[Math.floor(found.length * 0.99)] ?? Number.NaN
const rounded = (figure: number): number => Math.round(figure)

describe.skipIf(noPostgres !== null)("PostgreSQL that is restarted under two servers", { timeout: 300_000 }, () => {
  it("fast and at once, loses nothing that was answered, makes nothing twice, and is soon as quick as before", async () => {
    const postgres = await startPostgres()
    try {
      const env = { REFUND_DATABASE_URL: postgres.url(), LOG_LEVEL: "none" }
      const servers = [await startProcess(env), await startProcess(env)]
      const [first, second] = [servers[0]!, servers[1]!]
      const registering = loader(adminKey)
      for (let order = 0; order < orders; order++) {
        await registering.send("PUT", `${first.url}/v1/orders/o-${order}`, payment(`o-${order}`, 10_000_000))
      }
      registering.close()
      const { answered, ask, backAfter, close, latencies, others, send, stop } = loading(servers)
      const told: Array<string> = []
      await pause(calm)
      const before = p99(latencies.map(([, milliseconds]) => milliseconds))
      for (const mode of ["fast", "immediate"] as const) {
        await postgres.halt(mode)
        await postgres.start()
        const up = performance.now()
        const back = await backAfter(up)
        await pause(calm)
        const after = p99(latencies.flatMap(([at, milliseconds]) => (at > up + back ? [milliseconds] : [])))
        told.push(`-m ${mode}: answered again ${rounded(back)} ms after it was up, then p99 ${rounded(after)} ms`)
      }
      await stop()
      const refused = [...others].map(([status, count]) => `${count} × ${status === 0 ? "no answer" : status}`)
      console.log(
        [
          `p99 before ${rounded(before)} ms, ${answered.size} answered`,
          ...told,
          `in between ${refused.join(", ")}`
        ].join("\n")
      )
      // Clients are told to come again, in the API's own form: nothing else.
      assert.deepStrictEqual(
        [...others.keys()].filter((status) => status !== 503),
        []
      )
      assert.isAbove(answered.size, 30)

      for (const [index, [key, { id, order }]] of [...answered].entries()) {
        const { status, text } = await ask(servers[index % 2]!.url, order, key)
        assert.deepStrictEqual([status, JSON.parse(text).id], [200, id])
      }
      let made = 0
      for (let order = 0; order < orders; order++) {
        const shown = JSON.parse((await send("GET", `${second.url}/v1/orders/o-${order}`)).text)
        assert.strictEqual(shown.held + shown.refunded, shown.refunds.length)
        made += shown.refunds.length
      }
      assert.strictEqual(made, answered.size)
      const verified = JSON.parse((await send("GET", `${first.url}/v1/journal/verify`)).text)
      assert.deepInclude(verified, { ok: true, problem: null })
      close()
    } finally {
      await killAll()
      await postgres.remove()
    }
  })
})

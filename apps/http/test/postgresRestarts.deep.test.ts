/** The database goes away under load, as an operator ends it and as a machine does: what was answered is there, once. */
import { setTimeout as pause } from "node:timers/promises"
import { afterEach, assert, describe, it } from "vitest"
import { noPostgres, startPostgres } from "../../../tooling/postgres/server.ts"
import { killAll, startProcess } from "./support/process.ts"
import { loading, nothingIsLost, p99, refusedInWords, registerAll, rounded } from "./support/steadyLoad.ts"

afterEach(killAll)

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const calm = isDeep ? 5_000 : 1_500

describe.skipIf(noPostgres !== null)("PostgreSQL that is restarted under two servers", { timeout: 300_000 }, () => {
  it("fast and at once, loses nothing that was answered, makes nothing twice, and is soon as quick as before", async () => {
    const postgres = await startPostgres()
    try {
      const env = { REFUND_DATABASE_URL: postgres.url(), LOG_LEVEL: "none" }
      const servers = [await startProcess(env), await startProcess(env)]
      await registerAll(servers[0]!)
      const load = loading(servers)
      const { answered, backAfter, latencies, others, stop } = load
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
      console.log(
        [
          `p99 before ${rounded(before)} ms, ${answered.size} answered`,
          ...told,
          `in between ${refusedInWords(others)}`
        ].join("\n")
      )
      assert.isAbove(answered.size, 30)
      await nothingIsLost(servers, load)
      load.close()
    } finally {
      await killAll()
      await postgres.remove()
    }
  })
})

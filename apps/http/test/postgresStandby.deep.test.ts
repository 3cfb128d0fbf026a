/** The machine that leads is gone under load, and the one that followed it takes over. */
import { mkdtempSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { afterEach, assert, describe, it } from "vitest"
import { noPostgres, startPostgres } from "../../../tooling/postgres/server.ts"
import { killAll, startProcess } from "./support/process.ts"
import { movingAddress, startStandby } from "./support/standby.ts"
import { loading, nothingIsLost, refusedInWords, registerAll, rounded } from "./support/steadyLoad.ts"

afterEach(killAll)

const calm = process.env["REFUND_TEST_DEEP"] === undefined ? 1_500 : 5_000

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

describe.skipIf(noPostgres !== null)("a PostgreSQL that another one follows in step", { timeout: 300_000 }, () => {
  it("has lost nothing that was answered, and doubled nothing, when it is gone and the other one leads", async () => {
    const primary = await startPostgres()
    const other = await freePort()
    const standby = await startStandby(primary, other)
    const address = await movingAddress(primary.port)
    try {
      const url = `postgres://postgres@127.0.0.1:${address.port}/postgres`
      const env = { REFUND_DATABASE_URL: url, LOG_LEVEL: "none" }
      const servers = [await startProcess(env), await startProcess(env)]
      await registerAll(servers[0]!)
      const load = loading(servers)
      await pause(calm)
      const before = load.answered.size
      await primary.halt("immediate")
      await standby.promote()
      address.move(other)
      const back = await load.backAfter(performance.now())
      await pause(calm)
      await load.stop()
      console.log(
        `${before} answered by the first, ${load.answered.size - before} by the second, ${rounded(back)} ms after it led; in between ${refusedInWords(load.others)}`
      )
      assert.isAbove(before, 10)
      assert.isAbove(load.answered.size, before + 10)
      await nothingIsLost(servers, load)
      load.close()
    } finally {
      await killAll()
      address.close()
      await standby.halt()
      const kept = mkdtempSync(join(tmpdir(), "refund-standby-logs-"))
      writeFileSync(join(kept, "primary.log"), primary.log())
      writeFileSync(join(kept, "standby.log"), standby.log())
      console.log(`both servers' logs are kept in ${kept}`)
      await primary.remove()
    }
  })
})

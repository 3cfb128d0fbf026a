/** Servers on one PostgreSQL are killed under load, one after the other, and others take their places. */
import { randomUUID } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import { afterEach, assert, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../../tooling/postgres/shared.ts"
import { killAll, startProcess } from "../support/process.ts"
import { loading, nothingIsLost, refusedInWords, registerAll } from "../support/steadyLoad.ts"

afterEach(killAll)

const rounds = Number(process.env["REFUND_TEST_FAULTS"] ?? 2)

describe.skipIf(noPostgres !== null)("servers on PostgreSQL that are killed under load", { timeout: 1_800_000 }, () => {
  it(`lose nothing that was answered, and nothing is made twice, ${rounds} times`, async () => {
    const env = {
      REFUND_DATABASE_URL: await sharedPostgres(),
      REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`,
      LOG_LEVEL: "none"
    }
    const servers = [await startProcess(env), await startProcess(env)]
    await registerAll(servers[0]!)
    const load = loading(servers)
    for (let round = 0; round < rounds; round++) {
      const before = load.answered.size
      while (load.answered.size < before + 20) await pause(20)
      await pause(Math.random() * 300)
      const index = round % servers.length
      servers[index]!.signal("SIGKILL")
      await servers[index]!.exited
      servers[index] = await startProcess(env)
    }
    await load.backAfter(performance.now())
    await load.stop()
    console.log(`${rounds} kills, ${load.answered.size} answered, in between ${refusedInWords(load.others)}`)
    assert.isAbove(load.others.get(0) ?? 0, 0)
    await nothingIsLost(servers, load, [0, 503])
    load.close()
  })
})

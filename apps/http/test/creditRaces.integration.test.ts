import { afterEach, assert, describe, it } from "vitest"
import { creditRacing } from "./support/creditRace.ts"
import { loader, patiently } from "./support/load.ts"
import { adminKey, killAll, ledgerFile, type ServerProcess, startProcess } from "./support/process.ts"

afterEach(killAll)

const rounds = process.env["REFUND_TEST_DEEP"] === undefined ? 5 : 40
const { send: once, close } = loader(adminKey)
const send = patiently(once)
const { mixed, race, same } = creditRacing(send)

/** So many servers on one file. */
const withServers = async (count: number, test: (at: (index: number) => string) => Promise<void>) => {
  const { database, remove } = await ledgerFile()
  try {
    const env = { REFUND_DATABASE_URL: database }
    const servers: Array<ServerProcess> = []
    while (servers.length < count) servers.push(await startProcess(env))
    await test((index) => servers[index % servers.length]!.url)
    const verified = JSON.parse((await send("GET", `${servers[0]!.url}/v1/journal/verify`)).text)
    assert.deepInclude(verified, { ok: true, problem: null })
  } finally {
    close()
    await killAll()
    await remove()
  }
}

describe("T09: spends that race for the same credit, over HTTP", { timeout: 180_000 }, () => {
  for (const [servers, where] of [
    [1, "one server"],
    [2, "two servers on one file"]
  ] as const) {
    it(`50 of 60 on 100 at ${where}: exactly one is accepted, ${rounds} times`, () =>
      withServers(servers, async (at) => {
        for (let round = 0; round < rounds; round++) await race(at, round)
      }))

    it(`spends, credits and refunds of what was spent at ${where}: the account is never below zero, and adds up`, () =>
      withServers(servers, mixed))
  }

  it("the same spend 50 times at two servers on one file is one", () => withServers(2, same))
})

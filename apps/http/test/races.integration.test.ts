import { afterEach, assert, describe, it } from "vitest"
import { killAll, ledgerFile, type ServerProcess, startProcess } from "./support/process.ts"
import { racing } from "./support/race.ts"

afterEach(killAll)

const rounds = 200
const roundsOfTwo = process.env["REFUND_TEST_DEEP"] === undefined ? 60 : 200
const { allOrNothing, booksAreRight, close, race } = racing()

/** So many servers on one file. */
const withServers = async (count: number, test: (servers: ReadonlyArray<ServerProcess>) => Promise<void>) => {
  const { database, remove } = await ledgerFile()
  try {
    const env = { REFUND_DATABASE_URL: database }
    const servers: Array<ServerProcess> = []
    while (servers.length < count) servers.push(await startProcess(env))
    await test(servers)
    await booksAreRight(servers[0]!)
  } finally {
    close()
    await killAll()
    await remove()
  }
}

describe("requests that race for the same money, over HTTP", { timeout: 900_000 }, () => {
  it(`50 of 60 on 100: exactly one is accepted, ${rounds} times`, () =>
    withServers(1, async (servers) => {
      for (let round = 0; round < rounds; round++) await race(servers, round)
    }))

  it(`50 of 60 on 100 at two servers on one file: exactly one, ${roundsOfTwo} times, and until each server had its share`, () =>
    withServers(2, async (servers) => {
      const accepted = [0, 0]
      // One that is given less of the machine accepts less often, but again and again.
      const hadItsShare = (times: number) => times > roundsOfTwo / 5
      let round = 0
      while (round < roundsOfTwo || !accepted.every(hadItsShare)) {
        const winner = await race(servers, round++)
        accepted[winner] = accepted[winner]! + 1
      }
      console.log(`accepted by the two servers: ${accepted.join(" and ")} of ${round}`)
    }))

  it("1,000 of 1 on 500: exactly 500 are accepted", () =>
    withServers(1, async (servers) => assert.strictEqual(await allOrNothing(servers), 500)))

  it("1,000 of 1 on 500 at two servers on one file: exactly 500 are accepted", () =>
    withServers(2, async (servers) => assert.strictEqual(await allOrNothing(servers), 500)))
})

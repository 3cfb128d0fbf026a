/** What races at several servers on one PostgreSQL comes out as it does at one on a file. */
import { randomUUID } from "node:crypto"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { creditRacing } from "./support/creditRace.ts"
import { raceForThree } from "./support/groupRace.ts"
import { loader, patiently } from "./support/load.ts"
import { raceOfAll } from "./support/mixedRace.ts"
import { adminKey, killAll, type ServerProcess, startProcess } from "./support/process.ts"
import { racing } from "./support/race.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const rounds = isDeep ? 40 : 3
const [seeds, steps] = isDeep ? [100, 800] : [2, 160]
const repeats = 100

for (const count of isDeep ? [2, 4] : [2]) {
  describe.skipIf(noPostgres !== null)(`${count} servers on one PostgreSQL`, { timeout: 900_000 }, () => {
    const races = racing()
    const { booksAreRight, send } = races
    const { close, send: once } = loader("other-secret")
    const other = patiently(once)
    const { mixed, race, same } = creditRacing(send)
    let servers: ReadonlyArray<ServerProcess> = []
    const at = (index: number) => servers[index % servers.length]!.url
    beforeAll(async () => {
      const env = {
        REFUND_DATABASE_URL: await sharedPostgres(),
        REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`,
        REFUND_API_KEYS: `admin:*:${adminKey},other:*:other-secret`
      }
      servers = await Promise.all(Array.from({ length: count }, () => startProcess(env)))
    }, 120_000)
    afterAll(async () => {
      races.close()
      close()
      await killAll()
    })

    it(`refunds over three captures: as many as there is money for, each capture to its last cent, ${rounds} times (T03)`, async () => {
      for (let round = 0; round < rounds; round++) {
        await raceForThree(servers, races, { asked: 50, each: 60, name: `three-${round}` })
        await raceForThree(servers, races, { asked: 60, each: 7, name: `parts-${round}` })
      }
      await booksAreRight(servers[0]!)
    })

    it(`requests, consents, refusals, news and chargebacks on one capture: every figure shown adds up, ${seeds} × ${steps} steps (T04)`, async () => {
      const told = new Map<number, number>()
      for (let seed = 1; seed <= seeds; seed++) {
        for (const [status, times] of await raceOfAll(servers, send, other, { seed, steps })) {
          told.set(status, (told.get(status) ?? 0) + times)
        }
      }
      console.log(
        `T04 at ${count} servers on PostgreSQL: ${[...told].map(([status, times]) => `${times} × ${status}`)}`
      )
      for (const status of [200, 201, 409, 422]) assert.isAbove(told.get(status) ?? 0, 0, `no ${status}`)
      await booksAreRight(servers[0]!)
    })

    it(`spends of 60 on a balance of 100: exactly one is accepted, ${rounds} times (T09)`, async () => {
      for (let round = 0; round < rounds; round++) await race(at, round)
      await booksAreRight(servers[1]!)
    })

    it("spends, credits and refunds of what was spent: the account is never below zero, and adds up; nobody waits in a circle (T09, T11)", async () => {
      await mixed(at)
      await same(at)
      await booksAreRight(servers[0]!)
    })

    it(`the same request ${repeats} times, one after the other and at once: one refund (T13, T14)`, async () => {
      for (const [order, atOnce] of [
        ["after", 1],
        ["at-once", repeats]
      ] as const) {
        const replies = await races.repeated(servers, { order, times: repeats, atOnce })
        assert.strictEqual(replies.filter(({ status }) => status === 201).length, 1)
        assert.strictEqual(replies.filter(({ status }) => status === 200).length, repeats - 1)
        assert.strictEqual(new Set(replies.map(({ text }) => JSON.parse(text).id)).size, 1)
        const shown = JSON.parse((await send("GET", `${at(1)}/v1/orders/${order}`)).text)
        assert.strictEqual(shown.refunds.length, 1)
      }
      await booksAreRight(servers[0]!)
    })
  })
}

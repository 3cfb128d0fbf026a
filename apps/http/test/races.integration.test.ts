import { afterEach, assert, describe, it } from "vitest"
import { payment } from "./support/call.ts"
import { loader } from "./support/load.ts"
import { adminKey, killAll, ledgerFile, type ServerProcess, startProcess } from "./support/process.ts"

afterEach(killAll)

const rounds = 200
const { send, close } = loader(adminKey)

/** 50 requests of 60 at once on a capture of 100; answers the server whose request was accepted. */
const race = async (servers: ReadonlyArray<ServerProcess>, round: number): Promise<number> => {
  const order = `race-${round}`
  const at = (index: number) => servers[(index + round) % servers.length]!
  const registered = await send("PUT", `${at(0).url}/v1/orders/${order}`, payment(order, 100))
  assert.strictEqual(registered.status, 201)
  const requests = Array.from({ length: 50 }, (_, index) =>
    send(
      "POST",
      `${at(index).url}/v1/orders/${order}/refunds`,
      { amount: 60, captureId: `${order}-c` },
      { "idempotency-key": `${order}-${index}` }
    )
  )
  const statuses = (await Promise.all(requests)).map((reply) => reply.status)
  assert.strictEqual(statuses.filter((status) => status === 201).length, 1, `round ${round}: ${statuses.join(" ")}`)
  assert.strictEqual(statuses.filter((status) => status === 422).length, 49, `round ${round}: ${statuses.join(" ")}`)
  return servers.indexOf(at(statuses.indexOf(201)))
}

const allOrNothing = async (servers: ReadonlyArray<ServerProcess>): Promise<number> => {
  const order = "many"
  await send("PUT", `${servers[0]!.url}/v1/orders/${order}`, payment(order, 500))
  const requests = Array.from({ length: 1000 }, (_, index) =>
    send(
      "POST",
      `${servers[index % servers.length]!.url}/v1/orders/${order}/refunds`,
      { amount: 1 },
      { "idempotency-key": `many-${index}` }
    )
  )
  const statuses = (await Promise.all(requests)).map((reply) => reply.status)
  assert.strictEqual(statuses.filter((status) => status === 422).length, 500)
  const shown = JSON.parse((await send("GET", `${servers[0]!.url}/v1/orders/${order}`)).text)
  assert.strictEqual(shown.held + shown.refunded, 500)
  assert.strictEqual(shown.refundable, 0)
  return statuses.filter((status) => status === 201).length
}

const booksAreRight = async (server: ServerProcess) =>
  assert.deepInclude(JSON.parse((await send("GET", `${server.url}/v1/journal/verify`)).text), {
    ok: true,
    problem: null
  })

/** So many servers on one file. */
const withServers = async (count: number, test: (servers: ReadonlyArray<ServerProcess>) => Promise<void>) => {
  const { database, remove } = await ledgerFile()
  try {
    const env = { REFUND_DATABASE_URL: database }
    const servers = await Promise.all(Array.from({ length: count }, () => startProcess(env)))
    await test(servers)
    await booksAreRight(servers[0]!)
  } finally {
    close()
    await killAll()
    await remove()
  }
}

describe("requests that race for the same money, over HTTP", { timeout: 180_000 }, () => {
  it(`50 of 60 on 100: exactly one is accepted, ${rounds} times`, () =>
    withServers(1, async (servers) => {
      for (let round = 0; round < rounds; round++) await race(servers, round)
    }))

  it(`50 of 60 on 100 at two servers on one file: exactly one, ${rounds} times, and each server its share`, () =>
    withServers(2, async (servers) => {
      const accepted = [0, 0]
      for (let round = 0; round < rounds; round++) {
        const winner = await race(servers, round)
        accepted[winner] = accepted[winner]! + 1
      }
      console.log(`accepted by the two servers: ${accepted.join(" and ")} of ${rounds}`)
      for (const each of accepted) assert.isAbove(each, rounds / 5)
    }))

  it("1,000 of 1 on 500: exactly 500 are accepted", () =>
    withServers(1, async (servers) => assert.strictEqual(await allOrNothing(servers), 500)))

  it("1,000 of 1 on 500 at two servers on one file: exactly 500 are accepted", () =>
    withServers(2, async (servers) => assert.strictEqual(await allOrNothing(servers), 500)))
})

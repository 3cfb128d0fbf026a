/** Requests that race for the same money at one server or several, whatever keeps their ledger. */
import { assert } from "vitest"
import { payment } from "./call.ts"
import { loader, patiently, type Reply } from "./load.ts"
import { adminKey, type ServerProcess } from "./process.ts"

export const racing = () => {
  const { send: once, close } = loader(adminKey)
  const send = patiently(once)

  /** 50 requests of 60 at once on a capture of 100; answers which server accepted. */
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

  /** 1,000 requests of 1 on 500; answers how many were accepted. */
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

  /** The same request with the same key, at all servers at once: one refund, and everybody is told of that one. */
  const sameKey = async (servers: ReadonlyArray<ServerProcess>, round: number): Promise<void> => {
    const order = `same-${round}`
    await send("PUT", `${servers[0]!.url}/v1/orders/${order}`, payment(order, 100))
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(
          "POST",
          `${servers[index % servers.length]!.url}/v1/orders/${order}/refunds`,
          { amount: 60 },
          { "idempotency-key": order }
        )
      )
    )
    assert.strictEqual(replies.filter(({ status }) => status === 201).length, 1)
    assert.strictEqual(replies.filter(({ status }) => status === 200).length, 19)
    assert.strictEqual(new Set(replies.map(({ text }) => JSON.parse(text).id)).size, 1)
  }

  /** The same request with the same key, so many at once, each at the next server. */
  const repeated = async (
    servers: ReadonlyArray<ServerProcess>,
    { atOnce, order, times }: { readonly order: string; readonly times: number; readonly atOnce: number }
  ): Promise<ReadonlyArray<Reply>> => {
    const at = (index: number) => `${servers[index % servers.length]!.url}/v1/orders/${order}`
    await send("PUT", at(0), payment(order, 100))
    const replies: Array<Reply> = []
    for (let first = 0; first < times; first += atOnce) {
      const some = Array.from({ length: atOnce }, (_, index) =>
        send("POST", `${at(first + index)}/refunds`, { amount: 60 }, { "idempotency-key": order })
      )
      replies.push(...(await Promise.all(some)))
    }
    return replies
  }

  const booksAreRight = async (server: ServerProcess): Promise<void> =>
    assert.deepInclude(JSON.parse((await send("GET", `${server.url}/v1/journal/verify`)).text), {
      ok: true,
      problem: null
    })

  return { race, allOrNothing, sameKey, repeated, booksAreRight, send, close }
}

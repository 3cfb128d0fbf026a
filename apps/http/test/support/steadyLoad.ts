/** Clients that ask for refunds without end while something happens to what answers them, and what must hold afterwards. */
import { setTimeout as pause } from "node:timers/promises"
import { assert } from "vitest"
import { payment } from "./call.ts"
import { loader } from "./load.ts"
import { adminKey, type ServerProcess } from "./process.ts"

const orders = 8
const clients = 16

/** Whoever is not answered for so long never will be. */
const patience = 90_000

interface Answered {
  readonly order: string
  readonly id: string
}

/** Clients that ask without end, each again with the same key until it is told what became of it. */
export const loading = (servers: ReadonlyArray<ServerProcess>) => {
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
    while (isOn) {
      const number = asked++
      const [order, key] = [`o-${number % orders}`, `k-${number}`]
      const first = performance.now()
      for (;;) {
        const since = performance.now()
        // Another one may be in its place by now.
        const { url } = servers[index % servers.length]!
        const { status, text } = await ask(url, order, key)
        if (status === 201 || status === 200) {
          latencies.push([since, performance.now() - since])
          answered.set(key, { order, id: JSON.parse(text).id })
          break
        }
        others.set(status, (others.get(status) ?? 0) + 1)
        if (performance.now() - first > patience) throw new Error(`${key} on ${order} at ${url}: never but ${text}`)
        await pause(50)
      }
    }
  }

  const all = Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  all.catch(() => {})
  const stop = async (): Promise<void> => {
    isOn = false
    await all
  }
  /** In milliseconds: how long it took from a moment on until the first that was asked for later was answered. */
  const backAfter = async (moment: number): Promise<number> => {
    while (!latencies.some(([at]) => at >= moment)) {
      if (performance.now() - moment > patience) throw new Error(`nobody was answered: ${refusedInWords(others)}`)
      await pause(20)
    }
    const [at, milliseconds] = latencies.find(([at]) => at >= moment)!
    return at + milliseconds - moment
  }
  return { send, close, answered, latencies, others, stop, ask, backAfter }
}

export const p99 = (found: ReadonlyArray<number>): number =>
  found.toSorted((a, b) => a - b)[Math.floor(found.length * 0.99)] ?? Number.NaN
export const rounded = (figure: number): number => Math.round(figure)

export const registerAll = async (server: ServerProcess): Promise<void> => {
  const { close, send } = loader(adminKey)
  for (let order = 0; order < orders; order++) {
    await send("PUT", `${server.url}/v1/orders/o-${order}`, payment(`o-${order}`, 10_000_000))
  }
  close()
}

/** What was answered is there, under the same key the same refund, and there is no other; nobody was told anything odd. */
export const nothingIsLost = async (
  servers: ReadonlyArray<ServerProcess>,
  { answered, ask, others, send }: ReturnType<typeof loading>,
  /** 0: a server that was killed does not answer. */
  usual: ReadonlyArray<number> = [503]
): Promise<void> => {
  // Clients are told to come again, in the API's own form: nothing else.
  assert.deepStrictEqual(
    [...others.keys()].filter((status) => !usual.includes(status)),
    []
  )
  for (const [index, [key, { id, order }]] of [...answered].entries()) {
    const { status, text } = await ask(servers[index % servers.length]!.url, order, key)
    assert.deepStrictEqual([status, JSON.parse(text).id], [200, id])
  }
  let made = 0
  for (let order = 0; order < orders; order++) {
    const shown = JSON.parse((await send("GET", `${servers.at(-1)!.url}/v1/orders/o-${order}`)).text)
    assert.strictEqual(shown.held + shown.refunded, shown.refunds.length)
    made += shown.refunds.length
  }
  assert.strictEqual(made, answered.size)
  const verified = JSON.parse((await send("GET", `${servers[0]!.url}/v1/journal/verify`)).text)
  assert.deepInclude(verified, { ok: true, problem: null })
}

export const refusedInWords = (others: ReadonlyMap<number, number>): string =>
  [...others].map(([status, count]) => `${count} × ${status === 0 ? "no answer" : status}`).join(", ")

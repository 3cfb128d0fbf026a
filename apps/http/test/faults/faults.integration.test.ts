/** T28: killed at each of nine points, and started again: nothing is lost, nothing is paid twice, everybody is told. */
import { deepStrictEqual, ok } from "node:assert"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../../tooling/postgres/shared.ts"
import { ledgerFile } from "../support/process.ts"
import { Merchant } from "./Merchant.ts"
import { ProviderDouble } from "./ProviderDouble.ts"
import { type Point, points } from "./points.ts"

const asked = process.env["REFUND_TEST_FAULTS"]

interface Store {
  readonly name: string
  readonly runs: number
  readonly isMissing: boolean
  /** A new ledger there. */
  readonly open: () => Promise<{ readonly env: Readonly<Record<string, string>>; readonly remove: () => Promise<void> }>
}

const stores: ReadonlyArray<Store> = [
  {
    name: "a file",
    runs: Number(asked ?? 2),
    isMissing: false,
    open: async () => {
      const { database, remove } = await ledgerFile()
      return { env: { REFUND_DATABASE_URL: database }, remove }
    }
  },
  {
    name: "PostgreSQL",
    runs: Number(asked ?? 1),
    isMissing: noPostgres !== null,
    open: async () => ({
      env: {
        REFUND_DATABASE_URL: await sharedPostgres(),
        REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}`
      },
      remove: async () => {}
    })
  }
]

/** So many at once: a run mostly waits for a lease to run out. */
const atOnce = 8
let free = atOnce
const waiting: Array<() => void> = []

const inTurn = async (run: () => Promise<void>): Promise<void> => {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  else free--
  try {
    await run()
  } finally {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
}

const bundler = join(import.meta.dirname, "../../../../tooling/bundle.mjs")

const key = "admin-secret"
const shared = { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] }
const running = new Set<ChildProcess>()
let bundle: Awaited<ReturnType<typeof ledgerFile>>
let program: string

beforeAll(async () => {
  bundle = await ledgerFile()
  program = join(bundle.database.slice("file:".length), "..", "faultyServer.js")
  // As the server ships, with the thread that writes the file beside it.
  await promisify(execFile)(process.execPath, [bundler, join(import.meta.dirname, "faultyServer.ts"), program])
})
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL")
  await bundle.remove()
})

interface Started {
  readonly url: string
  readonly exited: Promise<string | null>
  readonly kill: (signal: NodeJS.Signals) => void
}

const start = async (env: Readonly<Record<string, string>>): Promise<Started> => {
  const child = spawn(process.execPath, [program], {
    env: { ...shared, LOG_LEVEL: "error", REFUND_API_KEYS: `admin:*:${key}`, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  running.add(child)
  let output = ""
  const exited = new Promise<string | null>((resolve) =>
    child.on("close", (_, signal) => {
      running.delete(child)
      resolve(signal)
    })
  )
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: unknown) => {
      output += String(chunk)
      const found = /answers at (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    void exited.then(() => reject(new Error(`the server did not start: ${output}`)))
  })
  return { url, exited, kill: (signal) => void child.kill(signal) }
}

const call = async (url: string, method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": "one" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Record<string, unknown>
}

/**
 * Until it is so; what never is so fails with what it was last. A server that stands still while a provider answers
 * asks again after five minutes: for twice as long nobody gives up.
 */
const until = async <A>(look: () => Promise<A>, isSo: (seen: A) => boolean): Promise<A> => {
  for (let tries = 0; ; tries++) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (tries === 3_000) throw new Error(`never came: ${JSON.stringify(seen)}`)
    await sleep(200)
  }
}

interface OrderSeen {
  readonly refunded: number
  readonly held: number
  readonly refunds: ReadonlyArray<{ readonly state: string; readonly id: string }>
}

const oneRun = async (point: Point, open: Store["open"]): Promise<void> => {
  const ledger = await open()
  const provider = new ProviderDouble()
  const merchant = new Merchant()
  await provider.start()
  await merchant.start()
  const env = { PORT: "0", PROVIDER_URL: provider.url, ...ledger.env, REFUND_LEASE_SECONDS: "10" }
  try {
    const first = await start({ ...env, FAULT_POINT: point })
    if (point === "unapplied" || point === "unacknowledged") provider.tellsAt = first.url
    await call(first.url, "PUT", "/v1/webhook-endpoints/shop", { url: merchant.url, events: ["*"] })
    await call(first.url, "PUT", "/v1/orders/A-1", {
      currency: "USD",
      captures: [
        {
          id: "c-1",
          amount: 5_000,
          provider: "double",
          reference: "ch_1",
          tender: "card",
          capturedAt: "2026-11-01T10:00:00Z"
        }
      ]
    })
    provider.onPaid = () => {
      if (point === "unanswered") first.kill("SIGKILL")
      return point === "unanswered"
    }
    const ask = (url: string) => call(url, "POST", "/v1/orders/A-1/refunds", { amount: 1_999, captureId: "c-1" })
    await ask(first.url).catch(() => undefined)
    deepStrictEqual(await first.exited, "SIGKILL")

    provider.onPaid = () => false
    const second = await start(env)
    if (provider.tellsAt !== null) provider.tellsAt = second.url
    // Whoever had no answer asks again, with the same key.
    await ask(second.url)
    const order = await until(
      () => call(second.url, "GET", "/v1/orders/A-1") as unknown as Promise<OrderSeen>,
      ({ refunds }) => refunds.every(({ state }) => state === "settled")
    )
    deepStrictEqual([order.refunds.length, order.refunded, order.held], [1, 1_999, 0])
    deepStrictEqual(
      provider.payouts.map(({ amount, capture }) => [capture, amount]),
      [["ch_1", 1_999]]
    )
    await until(
      async () => [...merchant.told.values()],
      (types) => ["refund.created", "refund.submitted", "refund.settled"].every((type) => types.includes(type))
    )
    const told = [...merchant.told.values()]
    deepStrictEqual(
      ["refund.created", "refund.settled"].map((type) => told.filter((each) => each === type).length),
      [1, 1],
      "each transition is one event, however often it is sent"
    )
    const left = await until(
      () =>
        call(second.url, "GET", "/v1/inbox?state=new") as unknown as Promise<{
          readonly events: ReadonlyArray<unknown>
        }>,
      ({ events }) => events.length === 0
    )
    deepStrictEqual(left.events, [])
    const proof = await call(second.url, "GET", "/v1/journal/verify")
    ok(proof["ok"], JSON.stringify(proof))
    second.kill("SIGTERM")
    await second.exited
  } finally {
    await provider.stop()
    await merchant.stop()
    await ledger.remove()
  }
}

for (const { isMissing, name, open, runs } of stores) {
  describe.skipIf(isMissing)(`killed with a refund half done, and started again, on ${name} (T28)`, () => {
    for (const [point, sentence] of Object.entries(points)) {
      it.concurrent(`when ${sentence}: paid once, settled, told (${runs === 1 ? "once" : `${runs} runs`})`, async () => {
        await Promise.all(Array.from({ length: runs }, () => inTurn(() => oneRun(point as Point, open))))
      }, 1_200_000)
    }
  })
}

/** Who is raced: the ledger, what stands in its place without it, and what the machine allows at most. */
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { noPostgres, startPostgres } from "../postgres/server.ts"
import { type Ledger, startLedger } from "./ledger.ts"
import type { Load } from "./load.ts"
import { paymentCount } from "./peers/tables.ts"

export interface Contender {
  readonly name: string
  readonly load: Omit<Load, "connections" | "warmupSeconds" | "seconds">
  /** Refunds that one answer stands for. */
  readonly each: number
}

export interface Field {
  /** Of whom there is a figure for each number of connections. */
  readonly contenders: ReadonlyArray<Contender>
  /** Of whom there is one figure. */
  readonly bulk: ReadonlyArray<Contender>
  readonly ledgers: ReadonlyArray<Ledger>
  /** Whose memory is looked at under full load, beside the server's own. */
  readonly soaked: ReadonlyArray<{ readonly contender: Contender; readonly ledger: Ledger }>
  /** Of the ledger's database; null where PostgreSQL is not in the field. */
  readonly postgresUrl: string | null
  /** Of each server, by its address. */
  readonly pids: ReadonlyMap<string, number>
  readonly stop: () => Promise<void>
}

export const echo = "Express echo"
export const names = {
  sqlite: {
    byHand: "Express + SQLite by hand, one transaction a request",
    grouped: "Express + SQLite by hand, one transaction a turn",
    ledger: "refund ledger, SQLite",
    hot: "refund ledger, SQLite, one hot order",
    batch: "refund ledger, SQLite, batches of 1,000"
  },
  postgres: {
    byHand: "Express + pg by hand, one transaction a request",
    byHandHot: "Express + pg by hand, one hot payment",
    emmett: "Express + emmett on PostgreSQL",
    ledger: "refund ledger, PostgreSQL",
    hot: "refund ledger, PostgreSQL, one hot order",
    batch: "refund ledger, PostgreSQL, batches of 1,000"
  }
} as const

const here = import.meta.dirname

export const node = (file: string, ...args: ReadonlyArray<string>): ChildProcess =>
  spawn(process.execPath, [join(here, file), ...args], { stdio: ["ignore", "pipe", "inherit"] })

export const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error("no output to read"))
    createInterface({ input: child.stdout }).once("line", resolve)
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready`)))
  })

const refund = '{"amount":1,"reason":"return"}'
const idempotencyKey = { "idempotency-key": "{uuid}" }

const peer = (name: string, url: string, count = paymentCount): Contender => ({
  name,
  each: 1,
  load: {
    url,
    path: "/orders/{id}/refunds",
    body: refund,
    headers: idempotencyKey,
    ids: { prefix: "", count }
  }
})

const prefix = "bench-"

const ours = (name: string, { key, url }: Ledger, count: number): Contender => ({
  name,
  each: 1,
  load: {
    url,
    path: "/v1/orders/{id}/refunds",
    body: refund,
    headers: { ...idempotencyKey, authorization: `Bearer ${key}` },
    ids: { prefix, count }
  }
})

const inBatches = (name: string, { key, url }: Ledger, count: number): Contender => {
  const item = '{"refund":{"orderId":"{draw}","idempotencyKey":"{uuid}","amount":1,"reason":"return"}}'
  const each = 1_000
  return {
    name,
    each,
    load: {
      url,
      path: "/v1/refunds/batch",
      body: `{"items":[${Array.from({ length: each }, () => item).join(",")}]}`,
      headers: { authorization: `Bearer ${key}` },
      ids: { prefix, count }
    }
  }
}

/** Whatever was started, to be ended again. */
interface Started {
  readonly children: Array<ChildProcess>
  readonly ledgers: Array<Ledger>
  readonly pids: Map<string, number>
  readonly after: Array<() => Promise<void>>
}

const start = async (started: Started, file: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const child = node(file, ...args)
  started.children.push(child)
  const url = await firstLine(child)
  started.pids.set(url, child.pid ?? 0)
  return url
}

const openLedger = async (started: Started, database: string, orders: number): Promise<Ledger> => {
  const ledger = await startLedger(database)
  started.ledgers.push(ledger)
  started.pids.set(ledger.url, ledger.pid)
  await ledger.register(prefix, orders)
  return ledger
}

const onSqlite = async (started: Started, folder: string, orders: number) => {
  const { batch, byHand, grouped, hot, ledger } = names.sqlite
  const own = await openLedger(started, `file:${join(folder, "refunds.db")}`, orders)
  return {
    contenders: [
      peer(byHand, await start(started, "peers/sqlite.ts", join(folder, "peer.db"))),
      peer(grouped, await start(started, "peers/sqliteGroup.ts", join(folder, "grouped.db"))),
      ours(ledger, own, orders),
      ours(hot, own, 1)
    ],
    bulk: [inBatches(batch, own, orders)],
    soaked: [{ contender: ours(ledger, own, orders), ledger: own }],
    url: null
  }
}

const onPostgres = async (started: Started, orders: number) => {
  const { batch, byHand, byHandHot, emmett, hot, ledger } = names.postgres
  const server = await startPostgres()
  started.after.push(server.remove)
  const database = async (name: string): Promise<string> => {
    const { default: pg } = await import("pg")
    const client = new pg.Client({ connectionString: server.url() })
    await client.connect()
    await client.query(`CREATE DATABASE ${name}`)
    await client.end()
    return server.url(name)
  }
  const url = await database("ledger")
  const own = await openLedger(started, url, orders)
  const hand = await start(started, "peers/postgres.ts", await database("by_hand"))
  return {
    contenders: [
      peer(byHand, hand),
      peer(byHandHot, hand, 1),
      peer(emmett, await start(started, "peers/emmett.ts", await database("emmett"))),
      ours(ledger, own, orders),
      ours(hot, own, 1)
    ],
    bulk: [inBatches(batch, own, orders)],
    soaked: [{ contender: ours(ledger, own, orders), ledger: own }],
    url
  }
}

export interface FieldOptions {
  readonly folder: string
  readonly orders: number
  readonly stores: ReadonlyArray<"sqlite" | "postgres">
}

export const lineUp = async ({ folder, orders, stores }: FieldOptions): Promise<Field> => {
  const started: Started = { children: [], ledgers: [], pids: new Map(), after: [] }
  const stop = async () => {
    for (const child of started.children) child.kill()
    for (const ledger of started.ledgers) await ledger.stop()
    for (const end of started.after) await end()
  }
  try {
    const bare = { ...peer(echo, await start(started, "peers/echo.ts")) }
    const fields = []
    if (stores.includes("sqlite")) fields.push(await onSqlite(started, folder, orders))
    if (stores.includes("postgres")) {
      if (noPostgres !== null) throw new Error(noPostgres)
      fields.push(await onPostgres(started, orders))
    }
    return {
      contenders: [bare, ...fields.flatMap((field) => field.contenders)],
      bulk: fields.flatMap((field) => field.bulk),
      ledgers: started.ledgers,
      soaked: fields.flatMap((field) => field.soaked),
      pids: started.pids,
      postgresUrl: fields.map((field) => field.url).find((url) => url !== null) ?? null,
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

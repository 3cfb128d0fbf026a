/**
 * Refunds over HTTP beside what Express alone can do, in one run on one machine: `npm run bench`. Every round drives
 * each server once, interleaved; medians and spread are printed, and at the end the ledger's books are verified.
 * A figure without proven books does not count.
 *
 *   npm run bench -- --rounds 5 --seconds 4 --connections 64 --hot
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { type Ledger, startLedger } from "./ledger.ts"
import type { Figures, Load } from "./load.ts"

const { values } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== "--"),
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    warmup: { type: "string", default: "2" },
    connections: { type: "string", default: "64" },
    orders: { type: "string", default: "10000" },
    /** Also with all refunds on one order. */
    hot: { type: "boolean", default: false }
  }
})
const rounds = Number(values.rounds)
const here = import.meta.dirname
const say = (text: string) => process.stderr.write(`${text}\n`)

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new Error("no output to read"))
    createInterface({ input: child.stdout }).once("line", resolve)
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready`)))
  })

const node = (file: string, ...args: ReadonlyArray<string>) =>
  spawn(process.execPath, [join(here, file), ...args], { stdio: ["ignore", "pipe", "inherit"] })

const drive = async (load: Load): Promise<Figures> => {
  const child = node("load.ts", JSON.stringify(load))
  return JSON.parse(await firstLine(child)) as Figures
}

interface Contender {
  readonly name: string
  readonly load: Omit<Load, "connections" | "warmupSeconds" | "seconds">
}

const body = '{"amount":1,"reason":"return"}'
const idempotencyKey = { "idempotency-key": "{uuid}" }
const count = Number(values.orders)

const peer = (name: string, url: string, prefix: string): Contender => ({
  name,
  load: { url, path: "/orders/{id}/refunds", body, headers: idempotencyKey, ids: { prefix, count: 10_000 } }
})

const ours = (name: string, ledger: Ledger, orders: number): Contender => ({
  name,
  load: {
    url: ledger.url,
    path: "/v1/orders/{id}/refunds",
    body,
    headers: { ...idempotencyKey, authorization: `Bearer ${ledger.key}` },
    ids: { prefix: "bench-", count: orders }
  }
})

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/** Ratios are taken round by round: a machine that others use is faster in one round than in another. */
const report = (results: ReadonlyMap<string, ReadonlyArray<Figures>>): void => {
  const bare = (results.get("Express echo") ?? []).map((each) => each.perSecond)
  const withSpread = (numbers: ReadonlyArray<number>, digits: number): string =>
    `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`
  console.log("| median (min–max) | refunds/s | p50 ms | p99 ms | over Express echo |\n| --- | --- | --- | --- | --- |")
  for (const [name, figures] of results) {
    const speeds = figures.map((each) => each.perSecond)
    const ratios = speeds.map((speed, round) => speed / (bare[round] ?? Number.NaN))
    const p50 = median(figures.map((each) => each.p50)).toFixed(1)
    const p99 = median(figures.map((each) => each.p99)).toFixed(1)
    console.log(`| ${name} | ${withSpread(speeds, 0)} | ${p50} | ${p99} | ${withSpread(ratios, 2)} |`)
  }
}

const folder = mkdtempSync(join(tmpdir(), "refund-bench-"))
const started: Array<ChildProcess> = []
let ledger: Ledger | undefined
try {
  const echo = node("peers/echo.ts")
  const sqlite = node("peers/sqlite.ts", join(folder, "peer.db"))
  started.push(echo, sqlite)
  ledger = await startLedger(folder)
  say(`registering ${count} orders …`)
  await ledger.register("bench-", count)

  const contenders = [
    peer("Express echo", await firstLine(echo), "o"),
    peer("Express + SQLite by hand, one transaction a request", await firstLine(sqlite), ""),
    ours("refund ledger, SQLite", ledger, count),
    ...(values.hot ? [ours("refund ledger, one hot order", ledger, 1)] : [])
  ]
  const results = new Map<string, Array<Figures>>(contenders.map(({ name }) => [name, []]))
  const pace = {
    connections: Number(values.connections),
    warmupSeconds: Number(values.warmup),
    seconds: Number(values.seconds)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { load, name } of contenders) {
      const figures = await drive({ ...load, ...pace })
      if (figures.failed > 0) throw new Error(`${name}: ${figures.failed} failed, e.g. ${figures.sample}`)
      results.get(name)?.push(figures)
      say(`round ${round}/${rounds}  ${name}: ${figures.perSecond.toFixed(0)}/s`)
    }
  }

  console.log(
    `\n${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, c = ${pace.connections}, ` +
      `${rounds} rounds of ${pace.seconds} s, ${count} orders; the ledger with key, idempotency key, journal and outbox, synchronous=FULL\n`
  )
  report(results)
  say("\nverifying the books …")
  console.log(`\nbooks: ${await ledger.prove()}`)
} finally {
  for (const child of started) child.kill()
  await ledger?.stop()
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Refunds over HTTP beside their peers, in one run on one machine: `npm run bench`. Every round drives each contender
 * once, interleaved; medians and spread are printed, and at the end the ledgers' books are verified. A figure without
 * proven books does not count.
 *
 *   npm run bench -- --rounds 5 --seconds 4 --connections 1,8,64 --stores sqlite,postgres
 *   npm run bench -- --soak 600            the server's memory under full load, after one minute and at the end
 *   npm run bench -- --cpu                 what a request costs its server in processor time, instead of how many it answers
 *   npm run bench -- --out folder          also writes the report and its picture there
 *   npm run bench -- --scale 1000000 --stores postgres      what one more refund costs in a ledger of so many
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type Contender, type Field, firstLine, lineUp, names, node } from "./contenders.ts"
import { cpu } from "./cpu.ts"
import type { Figures, Load } from "./load.ts"
import { rawPostgres, rawSqlite } from "./raw.ts"
import { type Measured, picture, type Results, reached, table } from "./report.ts"
import { scale } from "./scale.ts"
import { soak } from "./soak.ts"

const stores = ["sqlite", "postgres"] as const

const { values } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== "--"),
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    warmup: { type: "string", default: "2" },
    connections: { type: "string", default: "64" },
    orders: { type: "string", default: "10000" },
    stores: { type: "string", default: stores.join(",") },
    /** So many seconds of full load instead of rounds. */
    soak: { type: "string" },
    /** Processor time instead of answers a second. */
    cpu: { type: "boolean", default: false },
    out: { type: "string" },
    /** So many refunds in a ledger instead of races; those below are the scale's, see `refund-store/bench/scale.ts`. */
    scale: { type: "string" },
    hot: { type: "string" },
    measured: { type: "string" },
    nice: { type: "string" },
    folder: { type: "string" },
    url: { type: "string" }
  }
})
const rounds = Number(values.rounds)
const orders = Number(values.orders)
const asked = stores.filter((store) => values.stores.split(",").includes(store))
if (values.scale !== undefined) {
  const { folder, hot, measured, nice, url } = values
  process.exit(await scale({ refunds: values.scale, stores: asked, others: { folder, hot, measured, nice, url } }))
}
const pace = { warmupSeconds: Number(values.warmup), seconds: Number(values.seconds) }
const say = (text: string) => process.stderr.write(`${text}\n`)
const written: Array<string> = []
const tell = (text: string) => {
  console.log(text)
  written.push(text)
}

const drive = async (load: Load): Promise<Figures> =>
  JSON.parse(await firstLine(node("load.ts", JSON.stringify(load)))) as Figures

const measure = async ({ each, load, name }: Contender, connections: number): Promise<Measured> => {
  const { failed, p50, p99, perSecond, sample } = await drive({ ...load, ...pace, connections })
  if (failed > 0) throw new Error(`${name}: ${failed} failed, e.g. ${sample}`)
  return { perSecond: perSecond * each, p50, p99 }
}

/** One contender after the other, again and again. */
const race = async (contenders: ReadonlyArray<Contender>, connections: number): Promise<Results> => {
  const results = new Map<string, Array<Measured>>(contenders.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const measured = await measure(contender, connections)
      results.get(contender.name)?.push(measured)
      say(`c = ${connections}, round ${round}/${rounds}  ${contender.name}: ${measured.perSecond.toFixed(0)}/s`)
    }
  }
  return results
}

const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${rounds} rounds of ${pace.seconds} s, ` +
  `${orders} orders; the ledger with key, idempotency key, journal and outbox; synchronous=FULL, fsync on`

/** Medians of the batch endpoint beside the same rows with nothing decided. */
const bulk = async (field: Field, folder: string): Promise<void> => {
  const rows: Array<string> = []
  for (const contender of field.bulk) {
    const isSqlite = contender.name === names.sqlite.batch
    const ratios: Array<number> = []
    let last = { batch: 0, raw: 0 }
    for (let round = 1; round <= rounds; round++) {
      const { perSecond: batch } = await measure(contender, 4)
      const raw = isSqlite ? rawSqlite(join(folder, "refunds.db")) : await rawPostgres(field.postgresUrl ?? "")
      last = { batch, raw }
      ratios.push(batch / raw)
      say(
        `bulk, round ${round}/${rounds}  ${contender.name}: ${batch.toFixed(0)}/s, the rows alone ${raw.toFixed(0)}/s`
      )
    }
    const sorted = ratios.toSorted((a, b) => a - b)
    const [middle, least, most] = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)].map((each) =>
      (each ?? 0).toFixed(2)
    )
    rows.push(
      `| ${contender.name} | ${last.batch.toFixed(0)} | ${last.raw.toFixed(0)} | ${middle} (${least}–${most}) |`
    )
  }
  tell(
    `\n| in bulk | refunds/s (last round) | the rows alone/s | ratio, goal ≥ 0.4 |\n| --- | --- | --- | --- |\n${rows.join("\n")}`
  )
}

const writeOut = (out: string, pictures: ReadonlyMap<string, string>): void => {
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, "benchmark.md"), `${written.join("\n")}\n`)
  for (const [file, svg] of pictures) writeFileSync(join(out, file), svg)
}

const folder = mkdtempSync(join(tmpdir(), "refund-bench-"))
let field: Field | undefined
try {
  say(`registering ${orders} orders …`)
  field = await lineUp({ folder, orders, stores: asked })
  tell(machine())
  if (values.cpu) {
    const connections = values.connections.split(",").map(Number)
    for (const each of connections) await cpu(field, { ...pace, rounds, connections: each }, { drive, say, tell })
  } else if (values.soak === undefined) {
    const pictures = new Map<string, string>()
    for (const connections of values.connections.split(",").map(Number)) {
      const results = await race(field.contenders, connections)
      const title = `refunds a second, ${connections} connection${connections === 1 ? "" : "s"}`
      tell(`\n${title}\n\n${table(results)}`)
      const goals = reached(results, connections)
      if (goals !== null) tell(`\n${goals}`)
      pictures.set(`c${connections}.svg`, picture(results, title))
    }
    await bulk(field, folder)
    if (values.out !== undefined) writeOut(values.out, pictures)
  } else {
    await soak(field, Number(values.soak), { drive, say, tell })
  }
  say("\nverifying the books …")
  for (const ledger of field.ledgers) tell(`\nbooks: ${await ledger.prove()}`)
} finally {
  await field?.stop()
  rmSync(folder, { recursive: true, force: true })
}

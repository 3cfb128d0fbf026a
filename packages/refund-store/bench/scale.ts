/**
 * What one more refund costs in a ledger that has many, beside an empty one in the same run. The ledger is built by its own
 * writer, as time goes by: ten thousand orders at a time, ten refunds to each. Then the same refunds are asked for in both:
 * on the latest ten thousand orders, on any of them, and on one order that has very many; and the books are audited.
 *
 * node --conditions=refund/source bench/scale.ts --refunds 1000000 [--store sqlite | postgres] [--folder DIR | --url postgres://…]
 *
 * With `--folder` (a file's) or `--url` what is built stays: SIGINT ends the building after what is under way, and the same
 * command goes on where it was. Else it is in a temporary place, gone at the end.
 */
import { createHash, randomBytes } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { setPriority } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { RefundId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, charge, line, order, register, request } from "refund-testkit/build"
import { type Cpu, cpuOf, type Ledger, onPostgres, onSqlite } from "./scalePlaces.ts"

const { values } = parseArgs({
  options: {
    refunds: { type: "string", default: "20000" },
    store: { type: "string", default: "sqlite" },
    folder: { type: "string" },
    url: { type: "string" },
    /** On one order. */
    hot: { type: "string", default: "100000" },
    /** Refunds of each kind that are measured. */
    measured: { type: "string", default: "2000" },
    /** Of this process and of the database that it starts: 10 leaves the machine to others. */
    nice: { type: "string", default: "10" }
  }
})
const [wanted, hot, measured] = [Number(values.refunds), Number(values.hot), Number(values.measured)]

const block = { orders: 10_000, refunds: 100_000 }
const callers = 512
const clerk = caller({ now: Date.now() })
const say = (text: string) => process.stderr.write(`${text}\n`)
let isStopped = false
process.once("SIGINT", () => {
  isStopped = true
})

const inParallel = async (
  ledger: Ledger,
  count: number,
  each: (index: number) => Effect.Effect<unknown, unknown, Refunds>
) => {
  let next = 0
  const one = Effect.gen(function* () {
    while (next < count) yield* each(next++)
  })
  await ledger.runPromise(
    Effect.all(
      Array.from({ length: callers }, () => one),
      { concurrency: callers, discard: true }
    )
  )
}

const registration = (id: string) =>
  order({
    lines: [line("1", 4_000n, { tax: 320n }), line("2", 1_000n, { tax: 80n })],
    shipping: charge(500n),
    captures: [capture(`c-${id}`, 1_000_000_000_000n)]
  })

const registerOne = (id: string) =>
  Refunds.use((refunds) => refunds.execute(register(registration(id), { id, caller: clerk })))

/** In the order of time, as those of the service are. */
const freshId = () => {
  const hex = Date.now().toString(16).padStart(12, "0") + randomBytes(10).toString("hex")
  return RefundId.make(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  )
}

/** Keys are anybody's: in no order. The same for the same number, so that what is asked for again is not made again. */
const keyOf = (name: string) => createHash("sha256").update(name).digest("hex").slice(0, 36)

const refundOne = (orderId: string, name: string) =>
  Refunds.use((refunds) =>
    refunds.execute(
      request({ caller: clerk, order: orderId, amount: 100n, settled: true, id: freshId(), key: keyOf(name) })
    )
  )

/** How far the building is, beside the ledger where it stays. */
const progressIn = (folder: string | null) => {
  const file = folder === null ? null : join(folder, "built.json")
  let built = { orders: 0, refunds: 0, hot: 0 }
  if (file !== null && existsSync(file)) built = JSON.parse(readFileSync(file, "utf8"))
  return {
    built: () => built,
    note: (more: Partial<typeof built>) => {
      built = { ...built, ...more }
      if (file !== null) writeFileSync(file, JSON.stringify(built))
    }
  }
}

const slice = 5_000
const tellMilliseconds = 5_000

const build = async (ledger: Ledger, { built, note }: ReturnType<typeof progressIn>) => {
  const began = performance.now()
  const all = () => built().refunds + built().hot
  const first = all()
  let last = began
  const told = (doing: string, done: number, of: number) => {
    if (performance.now() - last < tellMilliseconds) return
    last = performance.now()
    const seconds = (performance.now() - began) / 1_000
    say(`${doing}: ${done} of ${of}, ${Math.round((all() - first) / seconds)} refunds/s, ${seconds.toFixed(0)} s`)
  }
  const orders = Math.max(block.orders, Math.ceil(wanted / 10))
  while (built().refunds < wanted && !isStopped) {
    const { orders: registered, refunds } = built()
    const open = Math.min(orders, block.orders * (Math.floor(refunds / block.refunds) + 1))
    if (registered < open) {
      const count = Math.min(slice, open - registered)
      await inParallel(ledger, count, (index) => registerOne(`o-${registered + index}`))
      note({ orders: registered + count })
      continue
    }
    const from = Math.max(0, registered - block.orders)
    const count = Math.min(slice, wanted - refunds)
    await inParallel(ledger, count, (index) =>
      refundOne(`o-${from + (((refunds + index) * 7_919) % (registered - from))}`, `r-${refunds + index}`)
    )
    note({ refunds: refunds + count })
    told("built", built().refunds, wanted)
  }
  if (built().hot === 0) await ledger.runPromise(registerOne("hot"))
  while (built().hot < hot && !isStopped) {
    const done = built().hot
    const count = Math.min(slice, hot - done)
    await inParallel(ledger, count, (index) => refundOne("hot", `h-${done + index}`))
    note({ hot: done + count })
    told("on one order", built().hot, hot)
  }
  const seconds = (performance.now() - began) / 1_000
  return { seconds, perSecond: (all() - first) / seconds }
}

interface Cost {
  readonly cpu: number
  readonly wall: number
}

const median = (figures: ReadonlyArray<number>): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN

const chunk = 200
let asked = 0

/** The same in one ledger after the other, a piece at a time, so that a machine that others use is equally fast for each. */
const compare = async (
  cpu: Cpu,
  sides: ReadonlyArray<{ readonly ledger: Ledger; readonly order: () => string }>
): Promise<ReadonlyArray<Cost>> => {
  const found = sides.map((): Array<Cost> => [])
  for (let done = 0; done < measured && !isStopped; done += chunk) {
    for (const [index, { ledger, order }] of sides.entries()) {
      const [before, since] = [cpu(), performance.now()]
      await inParallel(ledger, chunk, () => refundOne(order(), `m-${process.pid}-${asked++}`))
      found[index]?.push({ cpu: (cpu() - before) / chunk, wall: ((performance.now() - since) * 1_000) / chunk })
    }
  }
  return found.map((costs) => ({
    cpu: median(costs.map((each) => each.cpu)),
    wall: median(costs.map((each) => each.wall))
  }))
}

const row = (what: string, [many, few]: ReadonlyArray<Cost>, goal: string): string => {
  if (many === undefined || few === undefined) return ""
  const ratio = (of: keyof Cost) => (many[of] / few[of]).toFixed(2)
  const [manyCpu, fewCpu, manyWall, fewWall] = [many.cpu, few.cpu, many.wall, few.wall].map((each) => each.toFixed(0))
  return `| ${what} | ${manyCpu} | ${fewCpu} | ${ratio("cpu")} | ${manyWall} | ${fewWall} | ${ratio("wall")} | ${goal} |`
}

const any = (from: number, count: number) => () => `o-${from + Math.floor(Math.random() * count)}`

const audit = async (ledger: Ledger) => {
  const began = performance.now()
  const report = await ledger.runPromise(LedgerReader.use((reader) => reader.verify(clerk.tenant)))
  const seconds = (performance.now() - began) / 1_000
  return `${report.ok ? "the books hold" : JSON.stringify(report.problem)}: ${report.entries} entries in ${seconds.toFixed(0)} s, ${Math.round(report.entries / seconds)}/s, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB of memory`
}

interface Built {
  readonly orders: number
  readonly refunds: number
  readonly bytes: number
  readonly seconds: number
  readonly perSecond: number
}

const measureAll = async (
  built: Ledger,
  empty: Ledger,
  cpu: Cpu,
  { bytes, orders, perSecond, refunds, seconds }: Built
) => {
  await inParallel(empty, block.orders, (index) => registerOne(`o-${index}`))
  await empty.runPromise(registerOne("hot"))
  const few = { ledger: empty, order: any(0, block.orders) }
  const latest = { ledger: built, order: any(Math.max(0, orders - block.orders), Math.min(orders, block.orders)) }
  const hots = [built, empty].map((ledger) => ({ ledger, order: () => "hot" }))
  // Once for nothing: what was just opened is slower, and an order's first few refunds are not yet what it keeps of them.
  for (const sides of [[latest, few], hots]) await compare(cpu, sides)
  const rows = [
    row("on the latest 10,000 orders", await compare(cpu, [latest, few]), "≤ 1.5"),
    row("on any order", await compare(cpu, [{ ledger: built, order: any(0, orders) }, few]), ""),
    row(`on one order that has ${hot}`, await compare(cpu, hots), "≤ 1.2")
  ]
  console.log(`${values.store}, ${refunds} refunds on ${orders} orders, and ${hot} on one; medians of ${measured / chunk} × ${chunk} refunds, 512 callers

| one more refund, µs | CPU | empty | ratio | wall | empty | ratio | goal |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

built in ${seconds.toFixed(0)} s, ${Math.round(perSecond)} refunds/s; ${(bytes / 1e6).toFixed(0)} MB, ${Math.round(bytes / (refunds + hot))} bytes for each refund with its part of an order`)
  console.log(await audit(built))
}

setPriority(Number(values.nice))
const place = values.store === "postgres" ? await onPostgres(values.url, values.folder) : await onSqlite(values.folder)
try {
  const built = place.open("built")
  const progress = progressIn(place.folder)
  const costs = await build(built, progress)
  const bytes = await place.bytes()
  const { orders, refunds } = progress.built()
  if (isStopped) {
    say(
      `stopped with ${refunds} of ${wanted} refunds${place.folder === null ? "" : "; the same command goes on from here"}`
    )
    process.exitCode = 130
  } else {
    const empty = place.open("empty")
    await measureAll(built, empty, cpuOf(place.postmaster), { orders, refunds, bytes, ...costs })
    await empty.dispose()
  }
  await built.dispose()
} finally {
  await place.remove()
}

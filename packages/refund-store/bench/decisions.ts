/**
 * How many refunds the ledger takes in a second, through the use case, each durable when it is answered: 64 callers, each
 * asking for its next refund as soon as it has the answer to the last, on orders of their own or all on one. Ends with
 * the audit.
 *
 * node --conditions=refund/source bench/decisions.ts [refunds] [callers] [sqlite | thread | postgres | postgres://…]
 * `thread`: SQLite, written on a thread of its own, as servers do.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { layer as postgres } from "refund-store/PostgresLedger"
import { layer as sqlite } from "refund-store/SqliteLedger"
import { caller, capture, charge, line, order, register, request } from "refund-testkit/build"
import { startPostgres } from "../../../tooling/postgres/server.ts"

const [refunds = 30_000, callers = 64] = process.argv.slice(2, 4).map(Number)
const [, , , , store = "sqlite"] = process.argv
const orders = 10_000
const clerk = caller()

const registration = (id: string) =>
  order({
    lines: [line("1", 4_000n, { tax: 320n }), line("2", 1_000n, { tax: 80n })],
    shipping: charge(500n),
    captures: [capture(id, 1_000_000_000_000n)]
  })

const inParallel = (count: number, each: (index: number) => Effect.Effect<unknown, unknown, Refunds>) => {
  let next = 0
  const one = Effect.gen(function* () {
    while (next < count) yield* each(next++)
  })
  return Effect.all(
    Array.from({ length: callers }, () => one),
    { concurrency: callers }
  )
}

const timed = <R>(what: string, count: number, work: Effect.Effect<unknown, unknown, R>) =>
  Effect.gen(function* () {
    const cpu = process.cpuUsage()
    const begun = performance.now()
    yield* work
    const seconds = (performance.now() - begun) / 1000
    const { system, user } = process.cpuUsage(cpu)
    const micros = ((system + user) / count).toFixed(0)
    console.log(`${what}: ${Math.round(count / seconds)}/s, ${micros} µs of this process's CPU each`)
  })

const ask = (orderId: string, key: string) =>
  Refunds.use((service) => service.execute(request({ caller: clerk, order: orderId, amount: 100n, key })))

const measured = Effect.gen(function* () {
  const register1 = (id: string) =>
    Refunds.use((service) => service.execute(register(registration(`c-${id}`), { id, caller: clerk })))
  yield* register1("hot")
  yield* timed(
    "orders registered",
    orders,
    inParallel(orders, (index) => register1(`o-${index}`))
  )
  yield* timed(
    "refunds on many orders",
    refunds,
    inParallel(refunds, (n) => ask(`o-${(n * 7919) % orders}`, `m-${n}`))
  )
  yield* timed(
    "refunds on one order",
    refunds,
    inParallel(refunds, (n) => ask("hot", `h-${n}`))
  )
  const reader = yield* LedgerReader
  const begun = performance.now()
  const report = yield* reader.verify(clerk.tenant)
  const seconds = (performance.now() - begun) / 1000
  console.log(
    `audit: ${report.ok ? "ok" : JSON.stringify(report.problem)}, ${report.entries} entries in ${seconds.toFixed(1)} s`
  )
})

const run = <E>(ledger: Layer.Layer<LedgerStore | LedgerReader, E>) =>
  Effect.runPromise(measured.pipe(Effect.provide(Refunds.layer.pipe(Layer.provideMerge(ledger)))))

const onSqlite = async (thread: boolean) => {
  const folder = mkdtempSync(join(tmpdir(), "refund-bench-"))
  const file = join(folder, "refunds.db")
  try {
    await run(sqlite({ file, worker: false, thread }))
    console.log(`${Math.round(statSync(file).size / 1e6)} MB`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const onPostgres = async () => {
  const server = await startPostgres()
  try {
    await run(postgres({ url: server.url(), worker: false }))
  } finally {
    await server.remove()
  }
}

if (store === "sqlite" || store === "thread") await onSqlite(store === "thread")
else if (store === "postgres") await onPostgres()
else await run(postgres({ url: store, worker: false }))

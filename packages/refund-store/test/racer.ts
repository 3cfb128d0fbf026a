/**
 * A process of its own on the ledger's file or database, for tests with several: it says `ready`, and does what it is told a line at
 * a time on its standard input, answering each with a line.
 *
 * `drain <order>`: asks for 1 again and again, by 32 callers, until nothing is left. `round <order> <count>`: asks for
 * 60 so many times at once. `load <order>`: asks for 1 without end, and tells each refund as soon as it is answered.
 * `spend <order> <count>`: pays for it with 7 of its customer's credit, and refunds 3 of it to their credit, so many times
 * at once; answers how often it could pay.
 */
import { createInterface } from "node:readline"
import { Effect, Layer, ManagedRuntime } from "effect"
import { RefundId } from "refund-core/Ids"
import { Refunds } from "refund-core/Refunds"
import { request, spend } from "refund-testkit/build"
import { layer as postgres } from "../src/PostgresLedger.ts"
import { layer as sqlite } from "../src/SqliteLedger.ts"

const [place = ""] = process.argv.slice(2)
/** Each waits for the other as long as that needs on a machine that has other work too. */
const busyMilliseconds = 60_000
const ledger = place.startsWith("postgres:")
  ? postgres({ url: place, busyMilliseconds })
  : sqlite({ file: place, busyMilliseconds, thread: true })
const runtime = ManagedRuntime.make(Refunds.layer.pipe(Layer.provideMerge(Layer.fresh(ledger))))

const tell = (line: string) => process.stdout.write(`${line}\n`)

/** The id of the refund it made; null where it was rejected. */
const ask = (order: string, amount: bigint) =>
  Effect.suspend(() => {
    const id = RefundId.make(crypto.randomUUID())
    return Refunds.use((refunds) => refunds.execute(request({ id, chosen: true, order, amount }))).pipe(
      Effect.as(id),
      Effect.catchIf(
        (failure) => failure._tag === "Rejected",
        () => Effect.succeed(null)
      )
    )
  })

const callers = 32

const drain = (order: string) =>
  Effect.gen(function* () {
    let accepted = 0
    while ((yield* ask(order, 1n)) !== null) accepted++
    return accepted
  }).pipe(
    Effect.replicateEffect(callers, { concurrency: "unbounded" }),
    Effect.map((counts) => String(counts.reduce((sum, count) => sum + count, 0)))
  )

const round = (order: string, count: number) =>
  ask(order, 60n).pipe(
    Effect.replicateEffect(count, { concurrency: "unbounded" }),
    Effect.map((ids) => String(ids.filter((id) => id !== null).length))
  )

const isAccepted = <A, E extends { readonly _tag: string }>(asked: Effect.Effect<A, E, Refunds>) =>
  asked.pipe(
    Effect.as(true),
    Effect.catchIf(
      (failure) => failure._tag === "Rejected",
      () => Effect.succeed(false)
    )
  )

const spendAndGive = (order: string, count: number) =>
  Effect.gen(function* () {
    const id = RefundId.make(crypto.randomUUID())
    const { execute } = yield* Refunds
    const paid = yield* isAccepted(execute(spend(7n, { order, id })))
    yield* execute(request({ id, chosen: true, order, amount: 3n, destination: "store_credit" }))
    return paid
  }).pipe(
    Effect.replicateEffect(count, { concurrency: "unbounded" }),
    Effect.map((all) => String(all.filter((paid) => paid).length))
  )

const load = (order: string) =>
  ask(order, 1n).pipe(
    Effect.tap((id) => Effect.sync(() => tell(`accepted ${id}`))),
    Effect.forever,
    Effect.replicateEffect(callers, { concurrency: "unbounded" }),
    Effect.as("")
  )

const told: Record<string, (order: string, count: number) => Effect.Effect<string, unknown, Refunds>> = {
  drain,
  round,
  load,
  spend: spendAndGive
}

await runtime.runPromise(Effect.void)
tell("ready")
for await (const line of createInterface({ input: process.stdin })) {
  const [command = "", order = "", count = "1"] = line.split(" ")
  const work = told[command]
  if (work === undefined) throw new Error(`told to ${line}`)
  tell(await runtime.runPromise(work(order, Number(count))))
}
await runtime.dispose()

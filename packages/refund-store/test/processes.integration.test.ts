import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { RefundId } from "refund-core/Ids"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { layer as postgres } from "../src/PostgresLedger.ts"
import { ledgerAt as ledgerIn, temporaryFile } from "./ledgerFile.ts"
import { type Racer, startRacer } from "./processes.ts"
import { newPlace, noPostgres } from "./support/postgres.ts"

const clerk = caller()

const ledgerAt = (place: string) =>
  place.startsWith("postgres:")
    ? Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(postgres({ url: place }))))
    : ledgerIn(place)

const database = Effect.map(Effect.promise(newPlace), ({ schema, url }) => `${url}?schema=${schema}`)

/** Where there may be a new ledger. */
const places = [
  { name: "two processes on one file", place: temporaryFile, isHere: true },
  { name: "two processes on one PostgreSQL", place: database, isHere: noPostgres === null }
]

const registered = (id: string, amount: bigint) =>
  Refunds.use((refunds) => refunds.execute(register(order({ captures: [capture(`c-${id}`, amount)] }), { id })))

const audited = LedgerReader.use((reader) => reader.verify(clerk.tenant))

const racers = (file: string, count: number) =>
  Effect.acquireRelease(
    Effect.promise(() => Promise.all(Array.from({ length: count }, () => startRacer(file)))),
    (started) => Effect.promise(() => Promise.all(started.map((each) => each.kill())))
  )

const allAsked = (each: ReadonlyArray<Racer>, line: string) =>
  Effect.promise(() => Promise.all(each.map((racer) => racer.ask(line).then(Number))))

const sum = (counts: ReadonlyArray<number>) => counts.reduce((total, count) => total + count, 0)

describe.each(places)("$name", ({ isHere, place }) => {
  it.effect.runIf(isHere)("give out exactly what there is, and each gets more than a fifth of it", () =>
    Effect.gen(function* () {
      const at = yield* place
      const [rounds, captured] = [Array.from({ length: 10 }, (_, index) => `hot-${index}`), 400]
      yield* Effect.forEach(rounds, (id) => registered(id, BigInt(captured))).pipe(Effect.provide(ledgerAt(at)))
      const both = yield* racers(at, 2)
      const got: ReadonlyArray<Array<number>> = [[], []]
      for (const [round, id] of rounds.entries()) {
        const first = round % 2
        const counts = yield* allAsked(first === 0 ? both : both.toReversed(), `drain ${id}`)
        assert.strictEqual(sum(counts), captured)
        got[first]?.push(counts[0] ?? 0)
        got[1 - first]?.push(counts[1] ?? 0)
      }
      // A process that the machine lets stand still for a while is late in one round, and waited for before the next.
      for (const counts of got) {
        const most = counts.toSorted((a, b) => b - a).slice(0, 7)
        assert.isAbove(sum(most), (most.length * captured) / 5, `${got}`)
      }
      const report = yield* audited.pipe(Effect.provide(ledgerAt(at)))
      const entries = rounds.length * (captured + 1)
      assert.deepStrictEqual(report, { ok: true, orders: rounds.length, entries, problem: null })
    })
  )

  it.effect.runIf(isHere)(
    "accept one of fifty refunds of 60 on 100, a hundred times over, and each more than a fifth of them",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const rounds = Array.from({ length: 100 }, (_, index) => `o-${index}`)
        yield* Effect.forEach(rounds, (id) => registered(id, 100n)).pipe(Effect.provide(ledgerAt(at)))
        const both = yield* racers(at, 2)
        const wins = [0, 0]
        for (const [round, id] of rounds.entries()) {
          const first = round % 2
          const counts = yield* allAsked(first === 0 ? both : both.toReversed(), `round ${id} 25`)
          assert.strictEqual(sum(counts), 1)
          wins[counts[0] === 1 ? first : 1 - first]! += 1
        }
        for (const won of wins) assert.isAbove(won, rounds.length / 5)
      })
  )

  it.effect.runIf(isHere)(
    "T09: spend one balance fifty times at the same time, and give to it, and never more than there is",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const orders = ["o-1", "o-2"]
        const paid = Effect.forEach(orders, (id) =>
          Refunds.use((refunds) =>
            refunds.execute(register(order({ customer: "customer-1", captures: [capture(`c-${id}`, 1_000n)] }), { id }))
          )
        )
        const asked = Refunds.use((refunds) =>
          refunds.execute(request({ amount: 40n, order: "o-1", destination: "store_credit" }))
        )
        yield* Effect.andThen(paid, asked).pipe(Effect.provide(ledgerAt(at)))
        const both = yield* racers(at, 2)
        let balance = 40
        for (let round = 0; round < 10; round++) {
          const told = both.map((racer, index) => racer.ask(`spend ${orders[(index + round) % 2]} 25`))
          const counts = yield* Effect.promise(() => Promise.all(told))
          balance += 50 * 3 - 7 * sum(counts.map(Number))
          assert.isAtLeast(balance, 0)
          const accounts = LedgerReader.use((reader) => reader.credit(clerk.tenant, "customer-1"))
          const [account, ...others] = yield* accounts.pipe(Effect.provide(ledgerAt(at)))
          assert.deepStrictEqual(others, [])
          assert.deepStrictEqual(
            account?.lots.map((lot) => lot.left),
            balance === 0 ? [] : [BigInt(balance)]
          )
        }
        // The audit also holds every entry against its refund or capture, and the lots against the balance.
        assert.isNull((yield* audited.pipe(Effect.provide(ledgerAt(at)))).problem)
      })
  )

  it.effect.runIf(isHere)("make one ledger of a new place that they open at the same time", () =>
    Effect.gen(function* () {
      const at = yield* place
      const four = yield* racers(at, 4)
      yield* registered("o-1", 4n).pipe(Effect.provide(ledgerAt(at)))
      assert.strictEqual(sum(yield* allAsked(four, "drain o-1")), 4)
      assert.isTrue((yield* audited.pipe(Effect.provide(ledgerAt(at)))).ok)
    })
  )

  it.effect.runIf(isHere)("lose nothing that was answered when one is killed", () =>
    Effect.gen(function* () {
      const at = yield* place
      yield* registered("busy", 1_000_000n).pipe(Effect.provide(ledgerAt(at)))
      const [killed, other] = yield* racers(at, 2)
      assert.isDefined(killed)
      assert.isDefined(other)
      const accepted = yield* Effect.promise(() => acceptedUntilKilled(killed, other))
      assert.isAbove(accepted.length, 500)

      const { found, report } = yield* Effect.gen(function* () {
        const refunds = yield* Refunds
        const found = yield* Effect.forEach(accepted, (id) => refunds.group(clerk, { id: RefundId.make(id) }))
        return { found, report: yield* audited }
      }).pipe(Effect.provide(ledgerAt(at)))
      assert.strictEqual(found.length, accepted.length)
      assert.deepStrictEqual(report.problem, null)
    })
  )
})

/** What both were answered; one is killed in the middle, the other a while later. */
const acceptedUntilKilled = async (killed: Racer, other: Racer): Promise<ReadonlyArray<string>> => {
  const accepted: Array<string> = []
  const listen = async (racer: Racer, until: number) => {
    for (let count = 0; count < until; count++) accepted.push((await racer.next()).replace("accepted ", ""))
    await racer.kill()
    while (true) {
      const line = await racer.next().catch(() => null)
      if (line === null) return
      accepted.push(line.replace("accepted ", ""))
    }
  }
  killed.say("load busy")
  other.say("load busy")
  await Promise.all([listen(killed, 300), listen(other, 900)])
  return accepted
}

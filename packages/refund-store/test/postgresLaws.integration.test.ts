// T12, T66: what holds in memory and on a file holds on PostgreSQL, also while every twentieth statement fails.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { assertLawsHold, type Options } from "refund-testkit/lawsHold"
import { assertModelAgrees } from "refund-testkit/modelAgrees"
import { make } from "../src/internal/postgres/ledger.ts"
import { defaults } from "../src/PostgresLedger.ts"
import { breaking } from "./support/faults.ts"
import { noPostgres } from "./support/postgres.ts"
import { ledgerAt, place } from "./support/postgresLedger.ts"

const seed = 20_261_122
const ledger = Layer.unwrap(Effect.map(place, (at) => ledgerAt(at)))
const held = (options: Options) => assertLawsHold(options).pipe(Effect.provide(ledger))

describe.skipIf(noPostgres !== null)("every law holds on PostgreSQL", () => {
  it.live("over fifteen random histories", () => held({ runs: 15, length: 40, seed }), 180_000)
  it.live(
    "over ten that are asked for by four at the same time",
    () => held({ runs: 10, length: 40, seed, together: 4 }),
    180_000
  )
  it.live(
    "over five while every twentieth statement fails",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const broken = breaking(0.05, seed)
        const patience = { busyMilliseconds: 60_000 }
        const store = Layer.effectContext(make({ ...defaults, ...at, ...patience }, broken.wrap))
        const failing = Effect.andThen(Effect.sync(broken.begin), assertLawsHold({ runs: 5, length: 24, seed }))
        yield* failing.pipe(Effect.ensuring(Effect.sync(broken.end)), Effect.provide(store))
        for (const [fault, times] of Object.entries(broken.happened)) assert.isAbove(times, 10, fault)
      }),
    180_000
  )
})

describe.skipIf(noPostgres !== null)("the reference model", () => {
  it.live(
    "agrees with PostgreSQL on every decision, every figure and every account in ten random histories",
    () => assertModelAgrees({ runs: 10, length: 40, seed }).pipe(Effect.provide(ledger)),
    180_000
  )
})

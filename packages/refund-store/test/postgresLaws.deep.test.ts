/** `npm run test:deep`: histories of up to 256 commands on PostgreSQL, one after the other and by eight at a time, and while it fails. */
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { assertLawsHold, type Options } from "refund-testkit/lawsHold"
import { assertModelAgrees } from "refund-testkit/modelAgrees"
import { make } from "../src/internal/postgres/ledger.ts"
import { defaults } from "../src/PostgresLedger.ts"
import { breaking } from "./support/faults.ts"
import { noPostgres } from "./support/postgres.ts"
import { ledgerAt, place } from "./support/postgresLedger.ts"

const hour = 3_600_000
const seed = 20_261_122
const ledger = Layer.unwrap(Effect.map(place, (at) => ledgerAt(at)))
const held = (options: Options) => assertLawsHold({ length: 256, seed, ...options }).pipe(Effect.provide(ledger))

describe.skipIf(noPostgres !== null)("every law holds on PostgreSQL", () => {
  it.live("over two hundred histories", () => held({ runs: 200 }), hour)
  it.live("over two hundred that are asked for by eight at the same time", () => held({ runs: 200, together: 8 }), hour)
  it.live(
    "over a hundred that are asked for by four while every twentieth statement fails",
    () =>
      Effect.gen(function* () {
        const at = yield* place
        const broken = breaking(0.05, seed)
        const store = Layer.effectContext(make({ ...defaults, ...at, busyMilliseconds: 60_000 }, broken.wrap))
        const failing = assertLawsHold({ runs: 100, length: 256, seed, together: 4 })
        yield* Effect.andThen(Effect.sync(broken.begin), failing).pipe(
          Effect.ensuring(Effect.sync(broken.end)),
          Effect.provide(store)
        )
      }),
    hour
  )
})

describe.skipIf(noPostgres !== null)("the reference model", () => {
  it.live(
    "agrees with PostgreSQL in two hundred histories",
    () => assertModelAgrees({ runs: 200, length: 128, seed }).pipe(Effect.provide(ledger)),
    hour
  )
})

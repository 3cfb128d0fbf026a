/**
 * Two processes' ledgers on one database; the first can be made to stop before a statement. What they tell of commits
 * waits for whoever else is on the server, as it does in a process: `nothingBefore`.
 */
import { Effect, Layer } from "effect"
import { make } from "../../src/internal/postgres/ledger.ts"
import { defaults, layer } from "../../src/PostgresLedger.ts"
import { holding } from "./held.ts"
import { looks, type Place, patient } from "./postgresLedger.ts"

export const twoAt = (at: Place) =>
  Effect.gen(function* () {
    const { hold, reached, release, wrap } = holding()
    const slow = yield* Layer.build(Layer.fresh(Layer.effectContext(make({ ...defaults, ...patient, ...at }, wrap))))
    const quick = yield* Layer.build(Layer.fresh(layer({ ...patient, ...at })))
    // Whatever comes of the test: nothing is left waiting.
    yield* Effect.addFinalizer(() => Effect.sync(release))
    return { slow, quick, hold, release, reached: Effect.promise(() => reached), look: yield* looks(at) }
  })

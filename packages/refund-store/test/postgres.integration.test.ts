import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layer } from "refund-store/PostgresLedger"
import { ledgerContract } from "refund-testkit/ledgerContract"
import { newPlace, noPostgres } from "./support/postgres.ts"
import { patient } from "./support/postgresLedger.ts"

describe.skipIf(noPostgres !== null)("on a real server", () => {
  ledgerContract("The ledger on PostgreSQL", (options) =>
    Layer.unwrap(Effect.map(Effect.promise(newPlace), (place) => layer({ ...patient, ...options, ...place })))
  )
})

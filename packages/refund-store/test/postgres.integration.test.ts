import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layer } from "refund-store/PostgresLedger"
import { storeContract } from "refund-testkit/storeContract"
import { newPlace, noPostgres } from "./support/postgres.ts"

describe.skipIf(noPostgres !== null)("on a real server", () => {
  storeContract("The ledger on PostgreSQL", Layer.unwrap(Effect.map(Effect.promise(newPlace), layer)))
})

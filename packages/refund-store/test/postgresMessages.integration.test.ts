import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layer } from "refund-store/PostgresLedger"
import { deliveriesContract } from "refund-testkit/deliveriesContract"
import { feedContract } from "refund-testkit/feedContract"
import { inboxContract } from "refund-testkit/inboxContract"
import { keyUsesContract } from "refund-testkit/keyUsesContract"
import type { StoreOptions } from "refund-testkit/ledgerContract"
import { newPlace, noPostgres } from "./support/postgres.ts"

const opened = (options: StoreOptions = {}) =>
  Layer.unwrap(Effect.map(Effect.promise(newPlace), (place) => layer({ ...options, ...place })))

describe.skipIf(noPostgres !== null)("on a real server", () => {
  feedContract("The ledger on PostgreSQL", opened)
  deliveriesContract("The ledger on PostgreSQL", opened)
  inboxContract("The ledger on PostgreSQL", opened)
  keyUsesContract("The ledger on PostgreSQL", () => opened())
})

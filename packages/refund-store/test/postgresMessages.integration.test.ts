import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { deliveriesContract } from "refund-testkit/deliveriesContract"
import { feedContract } from "refund-testkit/feedContract"
import { inboxContract } from "refund-testkit/inboxContract"
import { keyUsesContract } from "refund-testkit/keyUsesContract"
import type { StoreOptions } from "refund-testkit/ledgerContract"
import { noPostgres } from "./support/postgres.ts"
import { place, tellingAt } from "./support/postgresLedger.ts"

const opened = (options: StoreOptions = {}) => Layer.unwrap(Effect.map(place, (at) => tellingAt(at, options)))

describe.skipIf(noPostgres !== null)("on a real server", () => {
  feedContract("The ledger on PostgreSQL", opened)
  deliveriesContract("The ledger on PostgreSQL", opened)
  inboxContract("The ledger on PostgreSQL", opened)
  keyUsesContract("The ledger on PostgreSQL", () => opened())
})

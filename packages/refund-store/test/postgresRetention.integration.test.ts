import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Refunds } from "refund-core/Refunds"
import { noPostgres } from "./support/postgres.ts"
import { place, tellingAt } from "./support/postgresLedger.ts"
import { retentionTests } from "./support/retentionTests.ts"

describe.skipIf(noPostgres !== null)("retention on PostgreSQL", () =>
  retentionTests(() => Layer.unwrap(Effect.map(place, (at) => Refunds.layer.pipe(Layer.provideMerge(tellingAt(at))))))
)

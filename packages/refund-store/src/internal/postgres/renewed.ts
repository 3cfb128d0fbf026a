/** Another epoch for a database that was copied or brought back. */
import type { Effect } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { renewCopy } from "../feed.ts"
import { answer } from "./answering.ts"
import { asked } from "./looks.ts"
import { postgresMessages } from "./messageDialect.ts"
import { prepare } from "./migrate.ts"
import { makePool, type PoolOptions } from "./pool.ts"

export const renewed = (options: Omit<PoolOptions, "connections">): Effect.Effect<void, LedgerUnavailable> =>
  asked(async () => {
    const pool = makePool({ ...options, connections: 1 })
    try {
      await prepare(pool, options)
      await pool.use((connection) => answer(connection, renewCopy(postgresMessages)))
    } finally {
      await pool.close()
    }
  })

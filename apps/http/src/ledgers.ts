/** Which store keeps the ledger: the address says. PostgreSQL's driver is loaded only where it is one's. */
import type { Layer } from "effect"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Configuration } from "refund-service/Configuration"
import { isPostgres } from "refund-service/databaseConfiguration"
import * as SqliteLedger from "refund-store/SqliteLedger"

export type LedgerLayer = Layer.Layer<Layer.Success<ReturnType<typeof SqliteLedger.layer>>, LedgerUnavailable>

export const ledgerOf = async ({
  connections,
  database,
  leaseMilliseconds,
  worker
}: Pick<Configuration, "connections" | "database" | "leaseMilliseconds" | "worker">): Promise<LedgerLayer> => {
  if (!isPostgres(database)) return SqliteLedger.layer({ file: database, worker, leaseMilliseconds, thread: true })
  const PostgresLedger = await import("refund-store/PostgresLedger")
  return PostgresLedger.layer({ ...connections, url: database, worker, leaseMilliseconds })
}

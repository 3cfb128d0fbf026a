/** A ledger on the PostgreSQL that this run shares, in a schema of its own. */
import { randomUUID } from "node:crypto"
import { noPostgres, sharedPostgres } from "../../../../tooling/postgres/shared.ts"

export { noPostgres }

/** Where a new ledger may be, gone with the server when the run ends. */
export const newPlace = async (): Promise<{ readonly url: string; readonly schema: string }> => ({
  url: await sharedPostgres(),
  schema: `s_${randomUUID().replaceAll("-", "_")}`
})

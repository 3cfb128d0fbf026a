/** What deliveries are signed with. It has to be told to receivers, so it is kept as it is, beside the journal. */
import { type Asking, row, run } from "./ask.ts"

const sql = {
  find: "SELECT secrets FROM endpoint_secrets WHERE tenant = ? AND endpoint = ?",
  set: `INSERT INTO endpoint_secrets (tenant, endpoint, secrets) VALUES (?, ?, ?)
    ON CONFLICT (tenant, endpoint) DO UPDATE SET secrets = excluded.secrets`,
  forget: "DELETE FROM endpoint_secrets WHERE tenant = ? AND endpoint = ?"
}

export function* secretsOf(tenant: number, endpoint: string): Asking<ReadonlyArray<string>> {
  const found = yield* row<readonly [string]>(sql.find, tenant, endpoint)
  return found === undefined ? [] : (JSON.parse(found[0]) as ReadonlyArray<string>)
}

export const setSecrets = (tenant: number, endpoint: string, secrets: ReadonlyArray<string>): Asking<number> =>
  secrets.length === 0 ? run(sql.forget, tenant, endpoint) : run(sql.set, tenant, endpoint, JSON.stringify(secrets))

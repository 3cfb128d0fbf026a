/** What deliveries are signed with. It has to be told to receivers, so it is kept as it is, beside the journal. */
import type { DatabaseSync } from "node:sqlite"
import { row, run, tuples } from "./connection.ts"

export class Secrets {
  readonly #sql

  constructor(db: DatabaseSync) {
    this.#sql = {
      find: tuples(db, "SELECT secrets FROM endpoint_secrets WHERE tenant = ? AND endpoint = ?"),
      set: db.prepare(
        `INSERT INTO endpoint_secrets (tenant, endpoint, secrets) VALUES (?, ?, ?)
         ON CONFLICT (tenant, endpoint) DO UPDATE SET secrets = excluded.secrets`
      ),
      forget: db.prepare("DELETE FROM endpoint_secrets WHERE tenant = ? AND endpoint = ?")
    }
  }

  of(tenant: number, endpoint: string): ReadonlyArray<string> {
    const found = row<readonly [string]>(this.#sql.find, tenant, endpoint)
    return found === undefined ? [] : (JSON.parse(found[0]) as ReadonlyArray<string>)
  }

  set(tenant: number, endpoint: string, secrets: ReadonlyArray<string>): void {
    if (secrets.length === 0) run(this.#sql.forget, tenant, endpoint)
    else run(this.#sql.set, tenant, endpoint, JSON.stringify(secrets))
  }
}

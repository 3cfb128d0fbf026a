/** When each secret was last used. */
import { Effect } from "effect"
import type { Instant, TenantId } from "refund-core/Ids"
import type { KeyUses } from "refund-core/ports/KeyUses"
import { rows, run } from "./ask.ts"
import type { Database } from "./database.ts"

export const keyUsesTable = `
CREATE TABLE key_uses (
  hash TEXT PRIMARY KEY,
  used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

const use = `INSERT INTO key_uses (hash, used_at) SELECT hash, ?2 FROM keys WHERE hash = ?1
  ON CONFLICT (hash) DO UPDATE SET used_at = excluded.used_at WHERE excluded.used_at > key_uses.used_at`

const ofTenant = `SELECT u.hash, u.used_at FROM key_uses u JOIN keys k ON k.hash = u.hash JOIN tenants t ON t.no = k.tenant
  WHERE t.id = ?`

export const makeKeyUses = ({ read, write }: Pick<Database, "read" | "write">): (typeof KeyUses)["Service"] => ({
  used: (_, hash, at) => Effect.asVoid(write(() => run(use, hash, at))),
  of: (tenant: TenantId) =>
    Effect.map(
      read(() => rows<readonly [string, Instant]>(ofTenant, tenant)),
      (found) => new Map(found)
    )
})

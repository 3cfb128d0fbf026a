/** A tenant's number, also of one whose journal is still empty. */
import type { DatabaseSync } from "node:sqlite"
import { canonical } from "refund-core/canonical"
import type { TenantId } from "refund-core/Ids"
import { run } from "./connection.ts"
import { Known, type Loader } from "./facts.ts"

export class Tenants {
  readonly #insert
  readonly #loader

  constructor(db: DatabaseSync, loader: Loader) {
    this.#insert = db.prepare("INSERT INTO tenants (id, version, settings, entries, head_hash) VALUES (?, ?, ?, 0, '')")
    this.#loader = loader
  }

  find(id: TenantId): number | null {
    return this.#loader.tenantOf(new Known(), id).no
  }

  /** Inside the writer's transaction. */
  make(known: Known, id: TenantId): number {
    const tenant = this.#loader.tenantOf(known, id)
    if (tenant.no !== null) return tenant.no
    const { settings } = tenant
    const no = Number(run(this.#insert, id, settings.version, canonical(settings)).lastInsertRowid)
    known.setTenant(id, { ...tenant, no })
    return no
  }
}

/** A tenant's number, also of one whose journal is still empty. */
import { canonical } from "refund-core/canonical"
import type { TenantId } from "refund-core/Ids"
import { type Asking, row } from "./ask.ts"
import type { Known, Loader } from "./facts.ts"

const insertTenant = `INSERT INTO tenants (id, version, settings, entries, head_hash) VALUES (?, ?, ?, 0, '')
  RETURNING no`

/** Null: nothing of the tenant was ever written. */
export function* tenantNumber(loader: Loader, known: Known, id: TenantId): Asking<number | null> {
  return (yield* loader.tenantOf(known, id)).no
}

/** Inside a transaction that writes. */
export function* madeTenant(loader: Loader, known: Known, id: TenantId): Asking<number> {
  const tenant = yield* loader.tenantOf(known, id)
  if (tenant.no !== null) return tenant.no
  const { settings } = tenant
  const [no] = (yield* row<readonly [number]>(insertTenant, id, settings.version, canonical(settings))) ?? []
  if (no === undefined) throw new Error("a tenant has a number")
  known.setTenant(id, { ...tenant, no })
  return no
}

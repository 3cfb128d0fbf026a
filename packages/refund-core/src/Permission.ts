/** What a principal may do. Permissions are data: a role is a set of them, and `*` is every one. */
import { Schema } from "effect"
import type { PrincipalId } from "./Ids.ts"

export const permissions = [
  "orders:write",
  "orders:read",
  "refunds:request",
  "refunds:read",
  "refunds:approve",
  "refunds:over",
  "refunds:record",
  "refunds:resolve",
  "refunds:reverse",
  "disputes:write",
  "disputes:override",
  "credit:write",
  "policy:manage",
  "keys:manage",
  "webhooks:manage",
  "reports:read",
  "worker"
] as const

export const Permission = Schema.Literals(permissions)
export type Permission = typeof Permission.Type

/** Who asks. The credential decides tenant and principal; nobody names themselves in a body. */
export interface Principal {
  readonly id: PrincipalId
  readonly permissions: ReadonlySet<Permission | "*">
}

export const may = (who: Principal, permission: Permission): boolean =>
  who.permissions.has("*") || who.permissions.has(permission)

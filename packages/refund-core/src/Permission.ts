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
  "providers:manage",
  "reports:read",
  "audit:read",
  "texts:redact",
  "worker"
] as const

export const Permission = Schema.Literals(permissions)
export type Permission = typeof Permission.Type

/** Sets of permissions that people's work comes in. A key has what its roles meant when it was made; the journal says so. */
export const roles = {
  viewer: ["orders:read", "refunds:read"],
  /** Talks to customers: asks for refunds, sees what became of them. */
  support: ["orders:read", "refunds:read", "refunds:request", "reports:read"],
  /** A system that asks for refunds of orders that another one registers. */
  requester: ["refunds:read", "refunds:request"],
  approver: ["orders:read", "refunds:read", "refunds:approve", "reports:read"],
  /** Records, resolves and reverses, and reads the books; asks for nothing and approves nothing. */
  finance: [
    "orders:read",
    "refunds:read",
    "refunds:record",
    "refunds:resolve",
    "refunds:reverse",
    "disputes:write",
    "reports:read"
  ],
  /** The commerce system. */
  integration: ["orders:write", "orders:read", "refunds:request", "refunds:read", "disputes:write", "credit:write"],
  /** Looks at everything, and changes nothing. */
  auditor: ["orders:read", "refunds:read", "reports:read", "audit:read"],
  admin: ["*"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Permission | "*">>>
export type Role = keyof typeof roles
export const roleNames = Object.keys(roles) as ReadonlyArray<Role>

export const isRole = (name: string): name is Role => Object.hasOwn(roles, name)

/** What roles and permissions come to, each once, in the order of `permissions`. */
export const granted = (
  named: ReadonlyArray<Role>,
  more: ReadonlyArray<Permission | "*"> = []
): ReadonlyArray<Permission | "*"> => {
  const all = new Set<Permission | "*">([...named.flatMap((role) => roles[role]), ...more])
  return all.has("*") ? ["*"] : permissions.filter((each) => all.has(each))
}

/** Who asks. The credential decides tenant and principal; nobody names themselves in a body. */
export interface Principal {
  readonly id: PrincipalId
  readonly permissions: ReadonlySet<Permission | "*">
}

export const may = (who: Principal, permission: Permission): boolean =>
  who.permissions.has("*") || who.permissions.has(permission)

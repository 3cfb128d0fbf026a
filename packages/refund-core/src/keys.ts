/** Decisions on a tenant's API keys. */
import type { Caller, CreateKey, RevokeKey, RotateKey } from "./Command.ts"
import { canonical } from "./canonical.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import { may } from "./Permission.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import { type ApiKey, isExpired, type KeyPermission, keyIdOf, type SettingsHead } from "./Settings.ts"
import type { Violation } from "./Violation.ts"

/** A key that is there already (same hash) stays as it is; `onlyFirst` makes none where there is one. */
export const createKey = (command: CreateKey, facts: Facts): Decided<SettingsHead> => {
  const { caller, key } = command
  const missing = lacks(caller, "keys:manage") ?? lacksToGrant(caller, key.permissions)
  if (missing !== null) return refuse(missing)
  const { keys } = facts.settings
  const draft = new Draft(caller, facts)
  const known = keys.find((each) => each.hash === key.hash)
  if (known !== undefined && command.replaces === true && !isSame(known, key)) {
    draft.add({ _tag: "KeyRevoked", version: versionAfter(draft), hash: key.hash })
    draft.add({ _tag: "KeyCreated", version: versionAfter(draft), key })
  } else if (known === undefined && !(command.onlyFirst && keys.length > 0)) {
    draft.add({ _tag: "KeyCreated", version: versionAfter(draft), key })
  }
  return draft.commit(draft.facts.settings)
}

/** The last key that manages keys stays: with it, all could be locked out by a slip. */
export const revokeKey = (command: RevokeKey, facts: Facts): Decided<SettingsHead> => {
  const { caller, which } = command
  const missing = lacks(caller, "keys:manage")
  if (missing !== null) return refuse(missing)
  const isMeant = (key: ApiKey) => ("hash" in which ? key.hash === which.hash : keyIdOf(key) === which.id)
  const revoked = facts.settings.keys.filter(isMeant)
  const left = facts.settings.keys.filter((key) => !isMeant(key))
  const managing = revoked.find((key) => manages(key, caller.now))
  if (managing !== undefined && !left.some((key) => manages(key, caller.now))) {
    return refuse({ _tag: "LastManagingKey", keyId: keyIdOf(managing), name: managing.name })
  }
  const draft = new Draft(caller, facts)
  for (const { hash } of revoked) draft.add({ _tag: "KeyRevoked", version: versionAfter(draft), hash })
  return draft.commit(draft.facts.settings)
}

/** Its principal and what it may do stay. A key that is not there is not rotated, which the answer shows. */
export const rotateKey = (command: RotateKey, facts: Facts): Decided<SettingsHead> => {
  const { caller, hash, keyId, oldUntil, prefix } = command
  const secrets = facts.settings.keys.filter((key) => keyIdOf(key) === keyId)
  const current = secrets.at(-1)
  const missing = lacks(caller, "keys:manage") ?? lacksToGrant(caller, current?.permissions ?? [])
  if (missing !== null) return refuse(missing)
  const draft = new Draft(caller, facts)
  if (current === undefined) return draft.commit(facts.settings)
  const expiresAt = command.expiresAt === undefined ? (current.expiresAt ?? null) : command.expiresAt
  if (expiresAt !== null && expiresAt <= caller.now) {
    return refuse({ _tag: "Malformed", path: "expiresAt", expected: "a time to come" })
  }
  const { expiresAt: _, ...kept } = current
  const created = { createdAt: caller.now, createdBy: caller.by.id }
  const key: ApiKey = { ...kept, id: keyId, hash, prefix, ...created, ...(expiresAt === null ? {} : { expiresAt }) }
  for (const old of secrets.slice(0, -1)) {
    draft.add({ _tag: "KeyRevoked", version: versionAfter(draft), hash: old.hash })
  }
  const until = Math.min(oldUntil, current.expiresAt ?? oldUntil)
  if (until > caller.now) {
    draft.add({ _tag: "KeyRotated", version: versionAfter(draft), hash: current.hash, until, key })
  } else {
    draft.add({ _tag: "KeyRevoked", version: versionAfter(draft), hash: current.hash })
    draft.add({ _tag: "KeyCreated", version: versionAfter(draft), key })
  }
  return draft.commit(draft.facts.settings)
}

const versionAfter = (draft: Draft): number => draft.facts.settings.version + 1

/** Nobody hands on what they may not do themselves. */
const lacksToGrant = ({ by }: Caller, granted: ReadonlyArray<KeyPermission>): Violation | null => {
  const beyond = granted.find((each) => (each === "*" ? !by.permissions.has("*") : !may(by, each)))
  return beyond === undefined ? null : { _tag: "NotPermitted", permission: beyond }
}

const manages = (key: ApiKey, now: number): boolean =>
  !isExpired(key, now) && (key.permissions.includes("*") || key.permissions.includes("keys:manage"))

const isSame = (known: ApiKey, key: ApiKey): boolean =>
  canonical([known.name, known.permissions, known.roles]) === canonical([key.name, key.permissions, key.roles])

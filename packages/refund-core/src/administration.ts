/** Decisions on what a tenant sets for itself. */

import type { ClosePeriod, RemoveEndpoint, SetEndpoint, SetPolicy, SetProviders } from "./Command.ts"
import { canonical } from "./canonical.ts"
import { type Decided, Draft, lacks, refuse } from "./decision.ts"
import type { Facts } from "./ports/LedgerStore.ts"
import type { SettingsHead } from "./Settings.ts"

export const setPolicy = (command: SetPolicy, facts: Facts): Decided<SettingsHead> => {
  const missing = lacks(command.caller, "policy:manage")
  if (missing !== null) return refuse(missing)
  const { version } = facts.settings
  if (command.expected !== undefined && command.expected !== version) {
    return refuse({ _tag: "VersionConflict", expected: command.expected, actual: version })
  }
  const draft = new Draft(command.caller, facts)
  draft.add({ _tag: "PolicySet", version: version + 1, overrides: command.overrides })
  return draft.commit(draft.facts.settings)
}

/** The same again changes nothing. */
export const setProviders = (command: SetProviders, facts: Facts): Decided<SettingsHead> => {
  const missing = lacks(command.caller, "providers:manage")
  if (missing !== null) return refuse(missing)
  const { providers: known = {}, version } = facts.settings
  if (command.expected !== undefined && command.expected !== version) {
    return refuse({ _tag: "VersionConflict", expected: command.expected, actual: version })
  }
  const { providers } = command
  const draft = new Draft(command.caller, facts)
  if (canonical(known) !== canonical(providers)) {
    draft.add({ _tag: "ProvidersSet", version: version + 1, providers })
  }
  return draft.commit(draft.facts.settings)
}

/** The same again changes nothing. */
export const setEndpoint = (command: SetEndpoint, facts: Facts): Decided<SettingsHead> => {
  const missing = lacks(command.caller, "webhooks:manage")
  if (missing !== null) return refuse(missing)
  const { endpoint } = command
  const { endpoints = [], version } = facts.settings
  const known = endpoints.find((each) => each.id === endpoint.id)
  const draft = new Draft(command.caller, facts)
  if (canonical(known ?? null) !== canonical(endpoint)) {
    draft.add({ _tag: "EndpointSet", version: version + 1, endpoint })
  }
  return draft.commit(draft.facts.settings)
}

export const removeEndpoint = (command: RemoveEndpoint, facts: Facts): Decided<SettingsHead> => {
  const missing = lacks(command.caller, "webhooks:manage")
  if (missing !== null) return refuse(missing)
  const { endpointId } = command
  const { endpoints = [], version } = facts.settings
  const draft = new Draft(command.caller, facts)
  if (endpoints.some((each) => each.id === endpointId)) {
    draft.add({ _tag: "EndpointRemoved", version: version + 1, endpointId })
  }
  return draft.commit(draft.facts.settings)
}

/** Only forward: a closed month stays closed. */
export const closePeriod = (command: ClosePeriod, facts: Facts): Decided<SettingsHead> => {
  const missing = lacks(command.caller, "policy:manage")
  if (missing !== null) return refuse(missing)
  const { before, caller } = command
  const { closedBefore, version } = facts.settings
  if (before > caller.now) {
    return refuse({ _tag: "Malformed", path: "before", expected: "a time that is not in the future" })
  }
  if (closedBefore !== null && before < closedBefore) {
    return refuse({ _tag: "Malformed", path: "before", expected: "a time not before what is closed already" })
  }
  const draft = new Draft(caller, facts)
  if (before !== closedBefore) draft.add({ _tag: "PeriodClosed", version: version + 1, before })
  return draft.commit(draft.facts.settings)
}

/**
 * Which accounts a tenant has at its providers: chosen by it among those that the server's configuration lets it use, kept by
 * their names in its settings, and in force for the next attempt of every process.
 */
import { Effect } from "effect"
import type { Caller } from "refund-core/Command"
import { Refunds } from "refund-core/Refunds"
import type { ProviderAccounts } from "refund-core/Settings"
import { type Rejected, rejected, type Violation } from "refund-core/Violation"
import { type Usable, UsableAccounts } from "./Providers.ts"
import { permitted } from "./permitted.ts"

export interface Chosen {
  readonly version: number
  readonly providers: ProviderAccounts
  readonly usable: ReadonlyArray<Usable>
}

const shown = Effect.fnUntraced(function* (
  caller: Caller,
  { providers = {}, version }: { readonly providers?: ProviderAccounts; readonly version: number }
) {
  const usableBy = yield* UsableAccounts
  return { version, providers, usable: usableBy(caller.tenant) } satisfies Chosen
})

export const show = Effect.fnUntraced(function* (caller: Caller) {
  const refunds = yield* Refunds
  return yield* shown(caller, yield* refunds.providers(caller))
})

/** All of them; a provider that is left out goes back to the server's own account. */
export const set = Effect.fnUntraced(function* (
  caller: Caller,
  { expected, providers }: { readonly providers: ProviderAccounts; readonly expected?: number }
) {
  yield* permitted(caller, "providers:manage")
  const usableBy = yield* UsableAccounts
  yield* allUsable(providers, usableBy(caller.tenant))
  const refunds = yield* Refunds
  const command = { _tag: "SetProviders", caller, providers } as const
  return yield* shown(caller, yield* refunds.execute(expected === undefined ? command : { ...command, expected }))
})

const allUsable = (providers: ProviderAccounts, usable: ReadonlyArray<Usable>): Effect.Effect<void, Rejected> => {
  const faults = Object.entries(providers).flatMap(([provider, account]): ReadonlyArray<Violation> => {
    const there = usable.filter((each) => each.providers.includes(provider)).map((each) => each.account)
    if (there.includes(account)) return []
    const expected = there.length === 0 ? "left out: no account there may be used" : `one of ${there.join(", ")}`
    return [{ _tag: "Malformed", path: `providers.${provider}`, expected }]
  })
  const [first, ...more] = faults
  return first === undefined ? Effect.void : Effect.fail(rejected([first, ...more]))
}

/** Of a file: the accounts at providers, those that may be chosen by the environment, as of a server that is started in it. */
import { Effect } from "effect"
import { ProvidersBody, type ProvidersUpdateJson, toProviders } from "refund-api/ProviderBody"
import type { Caller } from "refund-core/Command"
import type { TenantId } from "refund-core/Ids"
import { readAccounts } from "refund-service/accountConfiguration"
import * as ProviderAccounts from "refund-service/ProviderAccounts"
import { UsableAccounts } from "refund-service/Providers"
import { reading } from "./reading.ts"
import type { Shell } from "./Shell.ts"

const readProviders = reading(ProvidersBody)

export const usableBy = (env: Shell["Service"]["env"]) => {
  // What is wrong there stops a server; here it is not usable.
  const accounts = readAccounts(env, [])
  return (tenant: TenantId) =>
    Object.entries(accounts)
      .filter(([, { tenants }]) => tenants.includes(tenant))
      .map(([account, { providers }]) => ({
        account,
        providers: Object.entries(providers).flatMap(([name, credentials]) => (credentials === null ? [] : [name]))
      }))
}

export const providers = (caller: Caller) => Effect.map(ProviderAccounts.show(caller), readProviders)

export const setProviders = Effect.fnUntraced(function* (caller: Caller, body: ProvidersUpdateJson) {
  const wish = yield* Effect.fromResult(toProviders(body, null))
  return readProviders(yield* ProviderAccounts.set(caller, wish))
})

export const usable = (env: Shell["Service"]["env"]) => Effect.provideService(UsableAccounts, usableBy(env))

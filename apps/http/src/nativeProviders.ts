/** The tenant's accounts at its providers: shown and chosen. */
import { Effect } from "effect"
import { toProviders } from "refund-api/ProviderBody"
import type { WireRequest } from "refund-dialects/Dialect"
import * as ProviderAccounts from "refund-service/ProviderAccounts"
import { versionOf } from "./ifMatch.ts"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

const shown = (chosen: ProviderAccounts.Chosen) => ok(chosen, { etag: `"${chosen.version}"` })

const showProviders = ({ caller }: WireRequest) => Effect.map(ProviderAccounts.show(caller), shown)

const putProviders = ({ body, caller, headers }: WireRequest) =>
  Effect.flatMap(versionOf(headers), (version) =>
    withDecoded(toProviders(body, version), (wish) => Effect.map(ProviderAccounts.set(caller, wish), shown))
  )

export const providerRoutes = [
  route("GET", "/v1/providers", showProviders),
  route("PUT", "/v1/providers", putProviders)
]

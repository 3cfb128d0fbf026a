/**
 * The providers of a process, by the name that captures use: who is called, what each can do, how its webhooks are read.
 * Beside the server's own accounts at them there are others, by names of their own, for the tenants that may use them.
 */
import { Context, Effect, Layer } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { ProviderWebhook } from "refund-core/ports/ProviderNews"
import {
  type Attempt,
  assumed,
  type Capabilities,
  ProviderCapabilities,
  RefundProvider
} from "refund-core/ports/RefundProvider"
import { whatAllCan } from "./capabilities.ts"
import { simulator, simulatorCapabilities } from "./SimulatorProvider.ts"

export interface Registered {
  readonly provider: RefundProvider["Service"]
  readonly capabilities: Capabilities
  /** Absent: it tells nothing of its own accord, or nothing that could be checked. */
  readonly webhook?: ProviderWebhook
}

/** `manual` and `external` are nobody's: the worker never submits to them. */
export type Providers = Readonly<Record<string, Registered>>

export interface Account {
  readonly tenants: ReadonlyArray<TenantId>
  readonly providers: Providers
}

/** By the names that tenants' settings and attempts have. */
export type Accounts = Readonly<Record<string, Account>>

export const builtIn: Providers = { simulator: { provider: simulator, capabilities: simulatorCapabilities } }

/** How to read what a provider tells a tenant; null: it tells nothing here. */
export const ProviderWebhooks = Context.Reference<(provider: string, tenant: TenantId) => ProviderWebhook | null>(
  "refund-service/ProviderWebhooks",
  { defaultValue: () => () => null }
)

export interface Usable {
  readonly account: string
  readonly providers: ReadonlyArray<string>
}

/** The accounts that a tenant may use, and at which providers each is. */
export const UsableAccounts = Context.Reference<(tenant: TenantId) => ReadonlyArray<Usable>>(
  "refund-service/UsableAccounts",
  { defaultValue: () => () => [] }
)

const named = <A>(record: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/**
 * An attempt goes to the provider that its capture names, to the account that it began at. Rules read what providers can do,
 * so this is provided to the use cases (`Service.layer`) as well as to the worker.
 */
export const layer = (providers: Providers = builtIn, accounts: Accounts = {}) => {
  const usableBy = (tenant: TenantId) => Object.entries(accounts).filter(([, { tenants }]) => tenants.includes(tenant))
  const called = ({ account, provider, tenant }: Attempt): Registered | undefined => {
    if (account === undefined) return named(providers, provider)
    const found = named(accounts, account)
    return found?.tenants.includes(tenant) ? named(found.providers, provider) : undefined
  }
  const everywhere = (name: string) =>
    [providers, ...Object.values(accounts).map((each) => each.providers)].flatMap((each) => named(each, name) ?? [])
  const detail = ({ account, provider }: Attempt) =>
    `this server has no provider named ${provider}${account === undefined ? "" : ` with an account ${account}`}`
  return Layer.mergeAll(
    Layer.succeed(
      RefundProvider,
      RefundProvider.of({
        submit: (attempt) =>
          called(attempt)?.provider.submit(attempt) ?? Effect.succeed({ _tag: "notSent", detail: detail(attempt) }),
        // Whoever sent it knows what became of it; this server cannot say that nothing did.
        lookup: (attempt) =>
          called(attempt)?.provider.lookup(attempt) ?? Effect.succeed({ _tag: "unknown", detail: detail(attempt) })
      })
    ),
    Layer.succeed(ProviderCapabilities, (name) => {
      const [first, ...more] = everywhere(name)
      return first === undefined ? assumed : whatAllCan([first, ...more].map(({ capabilities }) => capabilities))
    }),
    Layer.succeed(ProviderWebhooks, (name, tenant) => {
      const own = usableBy(tenant).map(([, account]) => account.providers)
      return anyOf([providers, ...own].flatMap((each) => named(each, name)?.webhook ?? []))
    }),
    Layer.succeed(UsableAccounts, (tenant) =>
      usableBy(tenant).map(([account, each]) => ({ account, providers: Object.keys(each.providers) }))
    )
  )
}

/** Which account tells is known by its signature: it is read by the first that knows it as its own. */
const anyOf = ([first, ...more]: ReadonlyArray<ProviderWebhook>): ProviderWebhook | null => {
  if (first === undefined) return null
  return {
    receive: (delivery) =>
      more.reduce(
        (read, { receive }) => Effect.catchTag(read, "WebhookRefused", () => receive(delivery)),
        first.receive(delivery)
      )
  }
}

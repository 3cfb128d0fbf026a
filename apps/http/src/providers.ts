/** Who a server calls: the providers that its configuration has credentials of, beside those that are built in. */
import { webhook as geins } from "refund-dialects/geins/webhook"
import { webhook as maverick } from "refund-dialects/maverick/webhook"
import type { AccountsSettings } from "refund-service/accountConfiguration"
import { type Account, type Accounts, builtIn, type Providers, type Registered } from "refund-service/Providers"
import type { ProviderSettings } from "refund-service/providerConfiguration"
import type { Form } from "refund-service/standardForm"
import { dialectProvidersOf } from "./dialectProviders.ts"

/** How events are written to an endpoint that wants its vendor's own form. */
export const forms: Readonly<Record<string, Form>> = { geins, maverick }

type Some<Name extends keyof ProviderSettings> = NonNullable<ProviderSettings[Name]>

export const providersOf = async (settings: ProviderSettings): Promise<Providers> => ({
  ...builtIn,
  ...(await configured(settings))
})

/** Accounts beside the server's own have what they are configured to have, and no simulator. */
export const accountsOf = async (settings: AccountsSettings): Promise<Accounts> => {
  const accounts: Record<string, Account> = {}
  for (const [name, { providers, tenants }] of Object.entries(settings)) {
    accounts[name] = { tenants, providers: await configured(providers) }
  }
  return accounts
}

/** Of all that may be called. */
export const namesOf = ({
  accounts = {},
  providers
}: {
  readonly providers: Providers
  readonly accounts?: Accounts
}) => [...new Set([providers, ...Object.values(accounts).map((each) => each.providers)].flatMap(Object.keys))]

/** An SDK is loaded only where it is needed: most of them are larger than all the rest. */
const configured = async ({ adyen, paypal, stripe, ...called }: ProviderSettings): Promise<Providers> => ({
  ...(stripe === null ? {} : { stripe: await stripeOf(stripe) }),
  ...(adyen === null ? {} : { adyen: await adyenOf(adyen) }),
  ...(paypal === null ? {} : { paypal: await paypalOf(paypal) }),
  ...(await dialectProvidersOf(called))
})

const stripeOf = async ({ secretKey, url, webhookSecrets }: Some<"stripe">): Promise<Registered> => {
  const Provider = await import("provider-stripe/Provider")
  const made = Provider.make({ secretKey, ...(url === null ? {} : { baseUrl: url }) })
  if (!isSome(webhookSecrets)) return made
  const Webhook = await import("provider-stripe/Webhook")
  return { ...made, webhook: Webhook.make({ secrets: webhookSecrets }) }
}

const adyenOf = async (settings: Some<"adyen">): Promise<Registered> => {
  const { apiKey, environment, hmacKeys, livePrefix, merchantAccount, url } = settings
  const Provider = await import("provider-adyen/Provider")
  const made = Provider.make({
    apiKey,
    merchantAccount,
    environment,
    ...(livePrefix === null ? {} : { liveEndpointUrlPrefix: livePrefix }),
    ...(url === null ? {} : { baseUrl: url })
  })
  if (!isSome(hmacKeys)) return made
  const Webhook = await import("provider-adyen/Webhook")
  return { ...made, webhook: Webhook.make({ merchantAccount, environment, hmacKeys }) }
}

const paypalOf = async (settings: Some<"paypal">): Promise<Registered> => {
  const { clientId, clientSecret, environment, url, webhookId } = settings
  const Provider = await import("provider-paypal/Provider")
  const made = Provider.make({ clientId, clientSecret, environment, ...(url === null ? {} : { baseUrl: url }) })
  if (webhookId === null) return made
  const Webhook = await import("provider-paypal/Webhook")
  return { ...made, webhook: Webhook.make({ environment, webhookIds: [webhookId] }) }
}

const isSome = <A>(list: ReadonlyArray<A>): list is readonly [A, ...ReadonlyArray<A>] => list.length > 0

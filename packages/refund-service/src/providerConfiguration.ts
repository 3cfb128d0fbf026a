/** What the environment says of providers: only read and checked here. Whoever composes a process makes the adapters. */
import {
  type DialectProviderSettings,
  dialectProviderVariables,
  readDialectProviders,
  secretsOfDialectProviders
} from "./dialectProviders.ts"
import { type Reader, readerOf, type Values } from "./providerReader.ts"

/** One that has no credentials is not there: null. */
export interface ProviderSettings extends DialectProviderSettings {
  readonly stripe: StripeSettings | null
  readonly adyen: AdyenSettings | null
  readonly paypal: PaypalSettings | null
}

export interface StripeSettings {
  readonly secretKey: string
  /** Newest first or not: each of them may have signed. None: what Stripe tells is not listened to. */
  readonly webhookSecrets: ReadonlyArray<string>
  /** Where Stripe is, in place of its own address; null: there. */
  readonly url: string | null
}

export interface AdyenSettings {
  readonly apiKey: string
  readonly merchantAccount: string
  readonly environment: "test" | "live"
  /** Of the company's own addresses; there where the environment is live. */
  readonly livePrefix: string | null
  readonly hmacKeys: ReadonlyArray<string>
  readonly url: string | null
}

export interface PaypalSettings {
  readonly clientId: string
  readonly clientSecret: string
  readonly environment: "sandbox" | "live"
  /** Null: what PayPal tells is not listened to. */
  readonly webhookId: string | null
  readonly url: string | null
}

const secret = true

/** `secret`: it is neither shown nor logged. */
export const providerVariables = {
  REFUND_PROVIDERS_STRIPE_SECRET_KEY: { default: "", secret, means: "Stripe's key: sk_… or rk_…; none: no Stripe" },
  REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: {
    default: "",
    secret,
    means: "whsec_… of Stripe's endpoint; while one is replaced, both, comma-separated"
  },
  REFUND_PROVIDERS_STRIPE_URL: { default: "", means: "Where Stripe is, if not at its own address: a double's" },
  REFUND_PROVIDERS_ADYEN_API_KEY: { default: "", secret, means: "Adyen's API key; none: no Adyen" },
  REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: { default: "", means: "The merchant account that refunds are made in" },
  REFUND_PROVIDERS_ADYEN_ENVIRONMENT: { default: "test", means: "test or live" },
  REFUND_PROVIDERS_ADYEN_LIVE_PREFIX: { default: "", means: "The prefix of your own live addresses; live needs it" },
  REFUND_PROVIDERS_ADYEN_HMAC_KEYS: {
    default: "",
    secret,
    means: "64 hexadecimal digits each, of Adyen's webhook; while one is replaced, both, comma-separated"
  },
  REFUND_PROVIDERS_ADYEN_URL: {
    default: "",
    means: "Where Adyen's Checkout API is, with its version: a double's, https"
  },
  REFUND_PROVIDERS_PAYPAL_CLIENT_ID: { default: "", means: "PayPal's client id; none: no PayPal" },
  REFUND_PROVIDERS_PAYPAL_CLIENT_SECRET: { default: "", secret, means: "Its secret" },
  REFUND_PROVIDERS_PAYPAL_ENVIRONMENT: { default: "sandbox", means: "sandbox or live" },
  REFUND_PROVIDERS_PAYPAL_WEBHOOK_ID: { default: "", means: "The id of PayPal's webhook, which its signatures name" },
  REFUND_PROVIDERS_PAYPAL_URL: { default: "", means: "Where PayPal is, if not at its own address: a double's" },
  ...dialectProviderVariables
} as const
export type ProviderVariable = keyof typeof providerVariables

/** Adds a sentence for everything that is wrong or missing; none repeats a secret. */
export const readProviders = (values: Values, sentences: Array<string>): ProviderSettings => {
  const read = readerOf<ProviderVariable>(values, sentences)
  return { stripe: readStripe(read), adyen: readAdyen(read), paypal: readPaypal(read), ...readDialectProviders(read) }
}

const readStripe = ({ list, text, together, url }: Reader<ProviderVariable>): StripeSettings | null => {
  const key = "REFUND_PROVIDERS_STRIPE_SECRET_KEY"
  const secrets = "REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS"
  const address = url("REFUND_PROVIDERS_STRIPE_URL", ["https:", "http:"])
  if (!together([key], [secrets])) return null
  return { secretKey: text(key) ?? "", webhookSecrets: list(secrets), url: address }
}

const hmacKey = /^[0-9a-f]{64}$/iu

const readAdyen = ({ list, one, text, together, url, wrong }: Reader<ProviderVariable>): AdyenSettings | null => {
  const key = "REFUND_PROVIDERS_ADYEN_API_KEY"
  const account = "REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT"
  const keys = "REFUND_PROVIDERS_ADYEN_HMAC_KEYS"
  const prefix = "REFUND_PROVIDERS_ADYEN_LIVE_PREFIX"
  const environment = one("REFUND_PROVIDERS_ADYEN_ENVIRONMENT", ["test", "live"])
  const address = url("REFUND_PROVIDERS_ADYEN_URL", ["https:"])
  if (!together([key, account], [keys, prefix])) return null
  const hmacKeys = list(keys)
  for (const [index, each] of hmacKeys.entries()) {
    if (!hmacKey.test(each)) wrong(`${keys}, key ${index + 1}, must be 64 hexadecimal digits.`)
  }
  const livePrefix = text(prefix)
  if (environment === "live" && livePrefix === null && address === null) {
    wrong(`REFUND_PROVIDERS_ADYEN_ENVIRONMENT is live, so ${prefix} must be set too.`)
  }
  const merchantAccount = text(account) ?? ""
  return { apiKey: text(key) ?? "", merchantAccount, environment, livePrefix, hmacKeys, url: address }
}

const readPaypal = ({ one, text, together, url }: Reader<ProviderVariable>): PaypalSettings | null => {
  const id = "REFUND_PROVIDERS_PAYPAL_CLIENT_ID"
  const secret = "REFUND_PROVIDERS_PAYPAL_CLIENT_SECRET"
  const webhook = "REFUND_PROVIDERS_PAYPAL_WEBHOOK_ID"
  const environment = one("REFUND_PROVIDERS_PAYPAL_ENVIRONMENT", ["sandbox", "live"])
  const address = url("REFUND_PROVIDERS_PAYPAL_URL", ["https:", "http:"])
  if (!together([id, secret], [webhook])) return null
  return {
    clientId: text(id) ?? "",
    clientSecret: text(secret) ?? "",
    environment,
    webhookId: text(webhook),
    url: address
  }
}

/** All that no log line may have. */
export const secretsOfProviders = ({ adyen, paypal, stripe, ...dialects }: ProviderSettings): ReadonlyArray<string> => [
  ...(stripe === null ? [] : [stripe.secretKey, ...stripe.webhookSecrets]),
  ...(adyen === null ? [] : [adyen.apiKey, ...adyen.hmacKeys]),
  ...(paypal === null ? [] : [paypal.clientSecret]),
  ...secretsOfDialectProviders(dialects)
]

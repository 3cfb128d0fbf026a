/**
 * What the environment says of accounts at providers beside the server's own: each has a name, the tenants that may use it,
 * and credentials of one provider or several, by the variables of the server's own with another beginning. Only read and
 * checked here; a name is all that is ever stored or answered.
 */
import { Schema } from "effect"
import { TenantId } from "refund-core/Ids"
import {
  type ProviderSettings,
  type ProviderVariable,
  providerVariables,
  readProviders,
  secretsOfProviders
} from "./providerConfiguration.ts"
import type { Values } from "./providerReader.ts"

export const accountVariables = {
  REFUND_ACCOUNTS: {
    default: "",
    means: "Names of accounts at providers beside the server's own, comma-separated: REFUND_ACCOUNT_{NAME}_… has each"
  }
} as const

export interface AccountSettings {
  /** Who may have it as theirs. */
  readonly tenants: ReadonlyArray<TenantId>
  readonly providers: ProviderSettings
}

/** By their names. */
export type AccountsSettings = Readonly<Record<string, AccountSettings>>

/** `own` is the server's. */
const isName = (text: string): boolean => /^[a-z][a-z0-9-]{0,31}$/u.test(text) && text !== "own"
const isTenant = Schema.is(TenantId)

const beginningOf = (account: string): string => `REFUND_ACCOUNT_${account.toUpperCase().replaceAll("-", "_")}_`
const own = "REFUND_PROVIDERS_"
const fields = (Object.keys(providerVariables) as ReadonlyArray<ProviderVariable>).map((name) => name.slice(own.length))

const listOf = (text: string | undefined): ReadonlyArray<string> =>
  (text ?? "").split(",").flatMap((part) => part.trim() || [])

/** Every variable that the named accounts may have. */
export const variablesOfAccounts = (env: Values): ReadonlySet<string> =>
  new Set(
    listOf(env["REFUND_ACCOUNTS"]).flatMap((account) =>
      ["TENANTS", ...fields].map((field) => `${beginningOf(account)}${field}`)
    )
  )

/** Adds a sentence for everything that is wrong or missing; none repeats a secret. */
export const readAccounts = (env: Values, sentences: Array<string>): AccountsSettings => {
  const read: Record<string, AccountSettings> = {}
  for (const account of listOf(env["REFUND_ACCOUNTS"])) {
    if (isName(account) && !Object.hasOwn(read, account)) read[account] = readAccount(account, env, sentences)
    else {
      const expected = "different names of small letters, digits and -, each of at most 32 characters"
      sentences.push(`REFUND_ACCOUNTS must be ${expected}, not ${JSON.stringify(account)}.`)
    }
  }
  return read
}

const readAccount = (account: string, env: Values, sentences: Array<string>): AccountSettings => {
  const beginning = beginningOf(account)
  const tenants = listOf(env[`${beginning}TENANTS`])
  if (tenants.length === 0 || !tenants.every(isTenant)) {
    sentences.push(`${beginning}TENANTS must name the tenants that may use account ${account}, comma-separated.`)
  }
  const values = Object.fromEntries(
    fields.map((field) => {
      const name = `${own}${field}` as ProviderVariable
      return [name, env[`${beginning}${field}`] || providerVariables[name].default]
    })
  )
  const found: Array<string> = []
  const providers = readProviders(values, found)
  sentences.push(...found.map((sentence) => sentence.replaceAll(own, beginning)))
  if (found.length === 0 && Object.values(providers).every((each) => each === null)) {
    sentences.push(`REFUND_ACCOUNTS names ${account}, so credentials must be set too: ${beginning}STRIPE_SECRET_KEY, …`)
  }
  return { tenants: tenants.filter(isTenant), providers }
}

/** Whom providers may tell of their accounts. */
export const tenantsOfAccounts = (accounts: AccountsSettings): ReadonlyArray<TenantId> => [
  ...new Set(Object.values(accounts).flatMap(({ tenants }) => tenants))
]

/** All that no log line may have. */
export const secretsOfAccounts = (accounts: AccountsSettings): ReadonlyArray<string> =>
  Object.values(accounts).flatMap(({ providers }) => secretsOfProviders(providers))

/** What the environment says of systems that are called in one of the five dialects: a vendor's own, or another ledger's door. */
import { type CurrencyCode, isCurrency } from "refund-core/Currency"
import type { Reader } from "./providerReader.ts"

/** One that has no address is not there: null. */
export interface DialectProviderSettings {
  readonly kibo: KiboSettings | null
  readonly geins: GeinsSettings | null
  readonly moyasar: MoyasarSettings | null
  readonly maverick: MaverickSettings | null
  readonly medusa: MedusaSettings | null
}

/** What all five have. */
export interface CalledSettings {
  /** Where the vendor's paths begin. */
  readonly url: string
  /** What the captures are in that are paid back there. */
  readonly currencies: readonly [CurrencyCode, ...ReadonlyArray<CurrencyCode>]
  readonly timeoutMilliseconds: number
}

export interface KiboSettings extends CalledSettings {
  /** A file is read before each call: Kibo's tokens run out, and whoever renews them writes it. */
  readonly token: { readonly text: string } | { readonly file: string }
  readonly honoursKey: boolean
}

export interface GeinsSettings extends CalledSettings {
  readonly username: string
  readonly password: string
  readonly apiKey: string
  /** Null: Geins is told none. */
  readonly author: string | null
}

export interface MoyasarSettings extends CalledSettings {
  readonly apiKey: string
}

export interface MaverickSettings extends CalledSettings {
  readonly token: string
  readonly terminalId: number
  readonly honoursKey: boolean
  readonly keepsExternalId: boolean
}

const reasons = ["other", "discount", "return", "swap", "claim"] as const

export interface MedusaSettings extends CalledSettings {
  readonly apiToken: string
  readonly reason: (typeof reasons)[number]
  readonly honoursKey: boolean
}

const secret = true
const currencies = { default: "", means: "What its captures are in: ISO 4217 codes, comma-separated" } as const
const timeout = { default: "9000", means: "How long a call to it may take, 100 to 9500" } as const
const key = {
  default: "off",
  means: "on: it honours Idempotency-Key, as a ledger like this one does; off: it does not, as the vendor"
} as const
const where = (vendor: string) =>
  ({
    default: "",
    means: `Where the paths of ${vendor} begin: its own address, or a ledger's door; none: not called`
  }) as const

export const dialectProviderVariables = {
  REFUND_PROVIDERS_KIBO_URL: where("Kibo"),
  REFUND_PROVIDERS_KIBO_TOKEN: { default: "", secret, means: "The app's token" },
  REFUND_PROVIDERS_KIBO_TOKEN_FILE: {
    default: "",
    means: "A file with the token, in place of it; read before each call, as tokens run out"
  },
  REFUND_PROVIDERS_KIBO_CURRENCIES: currencies,
  REFUND_PROVIDERS_KIBO_HONOURS_KEY: key,
  REFUND_PROVIDERS_KIBO_TIMEOUT_MILLISECONDS: timeout,
  REFUND_PROVIDERS_GEINS_URL: where("Geins"),
  REFUND_PROVIDERS_GEINS_USERNAME: { default: "", means: "The user of its Basic credential" },
  REFUND_PROVIDERS_GEINS_PASSWORD: { default: "", secret, means: "That user's password" },
  REFUND_PROVIDERS_GEINS_API_KEY: { default: "", secret, means: "Its X-ApiKey" },
  REFUND_PROVIDERS_GEINS_AUTHOR: { default: "", means: "Whom Geins names as a refund's author" },
  REFUND_PROVIDERS_GEINS_CURRENCIES: currencies,
  REFUND_PROVIDERS_GEINS_TIMEOUT_MILLISECONDS: timeout,
  REFUND_PROVIDERS_MOYASAR_URL: where("Moyasar"),
  REFUND_PROVIDERS_MOYASAR_API_KEY: { default: "", secret, means: "The merchant's key" },
  REFUND_PROVIDERS_MOYASAR_CURRENCIES: currencies,
  REFUND_PROVIDERS_MOYASAR_TIMEOUT_MILLISECONDS: timeout,
  REFUND_PROVIDERS_MAVERICK_URL: where("Maverick"),
  REFUND_PROVIDERS_MAVERICK_TOKEN: { default: "", secret, means: "The gateway's token" },
  REFUND_PROVIDERS_MAVERICK_TERMINAL_ID: { default: "", means: "The terminal of all payments that are refunded there" },
  REFUND_PROVIDERS_MAVERICK_CURRENCIES: currencies,
  REFUND_PROVIDERS_MAVERICK_HONOURS_KEY: key,
  REFUND_PROVIDERS_MAVERICK_KEEPS_EXTERNAL_ID: {
    default: "off",
    means: "on: it was tried, and finds a refund by the externalId it was sent with; off: it is not asked so"
  },
  REFUND_PROVIDERS_MAVERICK_TIMEOUT_MILLISECONDS: timeout,
  REFUND_PROVIDERS_MEDUSA_URL: where("Medusa"),
  REFUND_PROVIDERS_MEDUSA_API_TOKEN: { default: "", secret, means: "A user's API token" },
  REFUND_PROVIDERS_MEDUSA_REASON: { default: "other", means: "What it is told as the reason: one of its five" },
  REFUND_PROVIDERS_MEDUSA_CURRENCIES: currencies,
  REFUND_PROVIDERS_MEDUSA_HONOURS_KEY: key,
  REFUND_PROVIDERS_MEDUSA_TIMEOUT_MILLISECONDS: timeout
} as const
type DialectProviderVariable = keyof typeof dialectProviderVariables
type DialectReader = Reader<DialectProviderVariable>

export const readDialectProviders = (read: DialectReader): DialectProviderSettings => ({
  kibo: readKibo(read),
  geins: readGeins(read),
  moyasar: readMoyasar(read),
  maverick: readMaverick(read),
  medusa: readMedusa(read)
})

type Vendor = Uppercase<keyof DialectProviderSettings>

/** Null, with a sentence for each that is missing or wrong, unless all of `needed` is set beside the address. */
const readCalled = (
  { list, text, together, url, whole, wrong }: DialectReader,
  vendor: Vendor,
  needed: ReadonlyArray<DialectProviderVariable>,
  others: ReadonlyArray<DialectProviderVariable> = []
): CalledSettings | null => {
  const address = `REFUND_PROVIDERS_${vendor}_URL` as const
  const codes = `REFUND_PROVIDERS_${vendor}_CURRENCIES` as const
  const timeoutMilliseconds = whole(`REFUND_PROVIDERS_${vendor}_TIMEOUT_MILLISECONDS`, 100, 9_500)
  const said = url(address, ["https:", "http:"])
  if (said !== null && !isPlain(new URL(said))) {
    wrong(`${address} must be a URL without a user, a query or a fragment.`)
  }
  const known = list(codes).filter(isCurrency)
  const unknown = list(codes).filter((code) => !isCurrency(code))
  if (unknown.length > 0) {
    wrong(`${codes} must be ISO 4217 codes, comma-separated, not ${JSON.stringify(text(codes))}.`)
  }
  if (!together([address, ...needed, codes], others)) return null
  const [first, ...more] = known
  if (said === null || first === undefined || timeoutMilliseconds === null) return null
  return { url: said, currencies: [first, ...more], timeoutMilliseconds }
}

/** Nothing is added to it that could be taken for a path. */
const isPlain = ({ hash, password, search, username }: URL): boolean => `${username}${password}${search}${hash}` === ""

const isOn = ({ one }: DialectReader, name: DialectProviderVariable): boolean => one(name, ["off", "on"]) === "on"

const readKibo = (read: DialectReader): KiboSettings | null => {
  const token = "REFUND_PROVIDERS_KIBO_TOKEN"
  const inFile = "REFUND_PROVIDERS_KIBO_TOKEN_FILE"
  const honoursKey = isOn(read, "REFUND_PROVIDERS_KIBO_HONOURS_KEY")
  const text = read.text(token)
  const file = read.text(inFile)
  if (text !== null && file !== null) read.wrong(`${token} and ${inFile} are both set; there is one token.`)
  const called = readCalled(read, "KIBO", [file === null ? token : inFile])
  return called === null ? null : { ...called, token: file === null ? { text: text ?? "" } : { file }, honoursKey }
}

const readGeins = (read: DialectReader): GeinsSettings | null => {
  const username = "REFUND_PROVIDERS_GEINS_USERNAME"
  const password = "REFUND_PROVIDERS_GEINS_PASSWORD"
  const apiKey = "REFUND_PROVIDERS_GEINS_API_KEY"
  const author = "REFUND_PROVIDERS_GEINS_AUTHOR"
  const called = readCalled(read, "GEINS", [username, password, apiKey], [author])
  if (called === null) return null
  return {
    ...called,
    username: read.text(username) ?? "",
    password: read.text(password) ?? "",
    apiKey: read.text(apiKey) ?? "",
    author: read.text(author)
  }
}

const readMoyasar = (read: DialectReader): MoyasarSettings | null => {
  const apiKey = "REFUND_PROVIDERS_MOYASAR_API_KEY"
  const called = readCalled(read, "MOYASAR", [apiKey])
  return called === null ? null : { ...called, apiKey: read.text(apiKey) ?? "" }
}

const largestInt32 = 2_147_483_647

const readMaverick = (read: DialectReader): MaverickSettings | null => {
  const token = "REFUND_PROVIDERS_MAVERICK_TOKEN"
  const terminal = "REFUND_PROVIDERS_MAVERICK_TERMINAL_ID"
  const terminalId = read.whole(terminal, 1, largestInt32)
  const honoursKey = isOn(read, "REFUND_PROVIDERS_MAVERICK_HONOURS_KEY")
  const keepsExternalId = isOn(read, "REFUND_PROVIDERS_MAVERICK_KEEPS_EXTERNAL_ID")
  const called = readCalled(read, "MAVERICK", [token, terminal])
  if (called === null || terminalId === null) return null
  return { ...called, token: read.text(token) ?? "", terminalId, honoursKey, keepsExternalId }
}

const readMedusa = (read: DialectReader): MedusaSettings | null => {
  const apiToken = "REFUND_PROVIDERS_MEDUSA_API_TOKEN"
  const reason = read.one("REFUND_PROVIDERS_MEDUSA_REASON", reasons)
  const honoursKey = isOn(read, "REFUND_PROVIDERS_MEDUSA_HONOURS_KEY")
  const called = readCalled(read, "MEDUSA", [apiToken])
  return called === null ? null : { ...called, apiToken: read.text(apiToken) ?? "", reason, honoursKey }
}

/** All that no log line may have. */
export const secretsOfDialectProviders = (settings: DialectProviderSettings): ReadonlyArray<string> => {
  const { geins, kibo, maverick, medusa, moyasar } = settings
  return [
    ...(kibo !== null && "text" in kibo.token ? [kibo.token.text] : []),
    ...(geins === null ? [] : [geins.password, geins.apiKey]),
    ...(moyasar === null ? [] : [moyasar.apiKey]),
    ...(maverick === null ? [] : [maverick.token]),
    ...(medusa === null ? [] : [medusa.apiToken])
  ]
}

import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { configuration, type Environment } from "../src/Configuration.ts"

const read = (env: Environment) => Effect.runSync(Effect.result(configuration(env)))
const called = (env: Environment) => {
  const result = read(env)
  if (Result.isFailure(result)) throw result.failure
  const { adyen, paypal, stripe, ...dialects } = result.success.providers
  return dialects
}
const sentences = (env: Environment) => {
  const result = read(env)
  return Result.isFailure(result) ? result.failure.sentences : []
}

/** The least that each of them needs. */
const kibo = {
  REFUND_PROVIDERS_KIBO_URL: "https://t1-s2.tp1.kibocommerce.com",
  REFUND_PROVIDERS_KIBO_TOKEN: "kibo-token",
  REFUND_PROVIDERS_KIBO_CURRENCIES: "USD"
}
const geins = {
  REFUND_PROVIDERS_GEINS_URL: "https://mgmtapi.geins.io",
  REFUND_PROVIDERS_GEINS_USERNAME: "till",
  REFUND_PROVIDERS_GEINS_PASSWORD: "geins-password",
  REFUND_PROVIDERS_GEINS_API_KEY: "geins-key",
  REFUND_PROVIDERS_GEINS_CURRENCIES: "SEK, EUR"
}
const moyasar = {
  REFUND_PROVIDERS_MOYASAR_URL: "https://mpg.example",
  REFUND_PROVIDERS_MOYASAR_API_KEY: "moyasar-key",
  REFUND_PROVIDERS_MOYASAR_CURRENCIES: "SAR"
}
const maverick = {
  REFUND_PROVIDERS_MAVERICK_URL: "http://127.0.0.1:3000/maverick",
  REFUND_PROVIDERS_MAVERICK_TOKEN: "maverick-token",
  REFUND_PROVIDERS_MAVERICK_TERMINAL_ID: "24",
  REFUND_PROVIDERS_MAVERICK_CURRENCIES: "USD"
}
const medusa = {
  REFUND_PROVIDERS_MEDUSA_URL: "https://shop.example",
  REFUND_PROVIDERS_MEDUSA_API_TOKEN: "medusa-token",
  REFUND_PROVIDERS_MEDUSA_CURRENCIES: "DKK"
}

const none = { kibo: null, geins: null, moyasar: null, maverick: null, medusa: null }
const timeoutMilliseconds = 9_000

describe("the configuration of systems that are called in a dialect", () => {
  it("reads each of them, as its vendor is where nothing more is said", () => {
    assert.deepStrictEqual(called({ ...kibo, ...geins, ...moyasar, ...maverick, ...medusa }) as unknown, {
      kibo: {
        url: "https://t1-s2.tp1.kibocommerce.com",
        currencies: ["USD"],
        timeoutMilliseconds,
        token: { text: "kibo-token" },
        honoursKey: false
      },
      geins: {
        url: "https://mgmtapi.geins.io",
        currencies: ["SEK", "EUR"],
        timeoutMilliseconds,
        username: "till",
        password: "geins-password",
        apiKey: "geins-key",
        author: null
      },
      moyasar: { url: "https://mpg.example", currencies: ["SAR"], timeoutMilliseconds, apiKey: "moyasar-key" },
      maverick: {
        url: "http://127.0.0.1:3000/maverick",
        currencies: ["USD"],
        timeoutMilliseconds,
        token: "maverick-token",
        terminalId: 24,
        honoursKey: false,
        keepsExternalId: false
      },
      medusa: {
        url: "https://shop.example",
        currencies: ["DKK"],
        timeoutMilliseconds,
        apiToken: "medusa-token",
        reason: "other",
        honoursKey: false
      }
    })
  })

  it("reads what a ledger behind a vendor's door can do, and how long it may take", () => {
    const {
      geins: ofGeins,
      kibo: ofKibo,
      maverick: ofMaverick,
      medusa: ofMedusa
    } = called({
      ...kibo,
      REFUND_PROVIDERS_KIBO_HONOURS_KEY: "on",
      ...geins,
      REFUND_PROVIDERS_GEINS_AUTHOR: "The ledger",
      ...maverick,
      REFUND_PROVIDERS_MAVERICK_HONOURS_KEY: "on",
      REFUND_PROVIDERS_MAVERICK_KEEPS_EXTERNAL_ID: "on",
      REFUND_PROVIDERS_MAVERICK_TIMEOUT_MILLISECONDS: "2500",
      ...medusa,
      REFUND_PROVIDERS_MEDUSA_HONOURS_KEY: "on",
      REFUND_PROVIDERS_MEDUSA_REASON: "return"
    })
    assert.isTrue(ofKibo?.honoursKey)
    assert.strictEqual(ofGeins?.author, "The ledger")
    assert.deepInclude(ofMaverick, { honoursKey: true, keepsExternalId: true, timeoutMilliseconds: 2_500 })
    assert.deepInclude(ofMedusa, { honoursKey: true, reason: "return" })
  })

  it("takes Kibo's token from a file in place of a text, and not from both", () => {
    const { REFUND_PROVIDERS_KIBO_TOKEN: _, ...rest } = kibo
    const inFile = { ...rest, REFUND_PROVIDERS_KIBO_TOKEN_FILE: "/run/secrets/kibo" }
    assert.deepStrictEqual(called(inFile).kibo?.token, { file: "/run/secrets/kibo" })
    assert.deepStrictEqual(sentences({ ...inFile, ...kibo }), [
      "REFUND_PROVIDERS_KIBO_TOKEN and REFUND_PROVIDERS_KIBO_TOKEN_FILE are both set; there is one token."
    ])
  })

  it.each([kibo, geins, moyasar, maverick, medusa])("says what is missing beside what is set: %o", (env) => {
    for (const missing of Object.keys(env)) {
      const { [missing]: _, ...rest } = env as Record<string, string>
      const said = sentences(rest)
      assert.strictEqual(said.length, 1)
      assert.match(said[0] ?? "", new RegExp(`^REFUND_PROVIDERS_[A-Z_]+ is set, so ${missing} must be set too\\.$`))
    }
  })

  it("calls nobody where nothing is set", () => assert.deepStrictEqual(called({}), none))

  it.each([
    ["REFUND_PROVIDERS_KIBO_URL", "kibo.example"],
    ["REFUND_PROVIDERS_KIBO_HONOURS_KEY", "yes"],
    ["REFUND_PROVIDERS_GEINS_TIMEOUT_MILLISECONDS", "99"],
    ["REFUND_PROVIDERS_GEINS_TIMEOUT_MILLISECONDS", "9501"],
    ["REFUND_PROVIDERS_MOYASAR_CURRENCIES", "SAR,sar"],
    ["REFUND_PROVIDERS_MOYASAR_TIMEOUT_MILLISECONDS", "1e3"],
    ["REFUND_PROVIDERS_MAVERICK_TERMINAL_ID", "0"],
    ["REFUND_PROVIDERS_MAVERICK_TERMINAL_ID", "2147483648"],
    ["REFUND_PROVIDERS_MAVERICK_KEEPS_EXTERNAL_ID", "true"],
    ["REFUND_PROVIDERS_MEDUSA_REASON", "because"]
  ])("names %s=%s in a sentence", (name, value) => {
    const said = sentences({ ...kibo, ...geins, ...moyasar, ...maverick, ...medusa, [name]: value })
    assert.strictEqual(said.length, 1)
    assert.match(said[0] ?? "", new RegExp(`^${name} must be .+, not "${value}"\\.$`))
  })

  it("repeats no credential that stands in an address", () => {
    assert.deepStrictEqual(sentences({ ...moyasar, REFUND_PROVIDERS_MOYASAR_URL: "https://till:secret@mpg.example" }), [
      "REFUND_PROVIDERS_MOYASAR_URL must be a URL without a user, a query or a fragment."
    ])
  })
})

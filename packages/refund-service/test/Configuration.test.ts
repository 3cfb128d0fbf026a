import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { configuration, type Environment, secretsOf, variables } from "../src/Configuration.ts"

const read = (env: Environment) => Effect.runSync(Effect.result(configuration(env)))
const settings = (env: Environment) => {
  const result = read(env)
  if (Result.isFailure(result)) throw result.failure
  return result.success
}
const sentences = (env: Environment) => {
  const result = read(env)
  return Result.isFailure(result) ? result.failure.sentences : []
}

describe("the configuration", () => {
  it("starts without anything set", () => {
    assert.deepStrictEqual(settings({}), {
      port: 3000,
      host: "127.0.0.1",
      database: "file:./data/refunds.db",
      connections: { writers: 4, readers: 6, statementMilliseconds: 10_000 },
      tenant: "default",
      moreTenants: [],
      keys: [],
      tokens: null,
      limits: {
        rates: { each: null, tenant: null },
        refused: null,
        maxConnections: 10_000,
        imports: { bytes: 256 * 1024 * 1024, atOnce: 4 },
        trustProxy: false,
        journalAddresses: true
      },
      dialectAtRoot: null,
      worker: true,
      workerAddress: null,
      leaseMilliseconds: 60_000,
      retentionMilliseconds: null,
      accounts: {},
      providers: {
        stripe: null,
        adyen: null,
        paypal: null,
        kibo: null,
        geins: null,
        moyasar: null,
        maverick: null,
        medusa: null
      },
      webhooksToPrivate: true,
      waitMilliseconds: 5000,
      logLevel: "Info",
      logFormat: "text",
      tracing: null
    } as never)
  })

  it("sends traces to a collector, with what it wants to be told, and no part of them is more than all", () => {
    const collector = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20long%20value,x-team=refunds"
    }
    assert.deepStrictEqual(settings({ ...collector, OTEL_TRACES_SAMPLER_ARG: "0.25" }).tracing, {
      endpoint: "https://collector.example:4318",
      headers: { "x-key": "a long value", "x-team": "refunds" },
      ratio: 0.25
    })
    assert.deepStrictEqual(
      sentences({
        OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318",
        OTEL_EXPORTER_OTLP_HEADERS: "a-secret",
        OTEL_TRACES_SAMPLER_ARG: "2"
      }),
      [
        'OTEL_EXPORTER_OTLP_ENDPOINT must be a URL that begins with https:// or http://, not "collector:4318".',
        'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "2".',
        "OTEL_EXPORTER_OTLP_HEADERS, header 1, must be name=value."
      ]
    )
  })

  it("takes what is set; an empty value is an unset one", () => {
    const set = settings({
      PORT: "0",
      HOST: "::1",
      REFUND_DATABASE_URL: "file:/var/lib/refunds.db",
      REFUND_TENANT: "acme",
      REFUND_DIALECT_AT_ROOT: "moyasar",
      REFUND_WORKER: "off",
      REFUND_WAIT_MILLISECONDS: "250",
      REFUND_API_KEYS: "",
      LOG_LEVEL: "warn",
      LOG_FORMAT: "json",
      PATH: "/bin",
      REFUND_TEST_DEEP: "1"
    })
    assert.deepStrictEqual(
      [
        set.port,
        set.host,
        set.tenant,
        set.dialectAtRoot,
        set.worker,
        set.waitMilliseconds,
        set.logLevel,
        set.logFormat
      ],
      [0, "::1", "acme", "moyasar", false, 250, "Warn", "json"]
    )
    assert.strictEqual(settings({ PORT: "" }).port, 3000)
  })

  it("reads keys whose permissions have colons too", () => {
    const { keys } = settings({
      REFUND_API_KEYS: "admin:*:top-secret, clerk:refunds:request+refunds:read:clerk-secret,"
    })
    assert.deepStrictEqual(keys as unknown, [
      { name: "admin", permissions: ["*"], secret: "top-secret" },
      { name: "clerk", permissions: ["refunds:request", "refunds:read"], secret: "clerk-secret" }
    ])
  })

  it("names every malformed value in a sentence", () => {
    const wrong: ReadonlyArray<readonly [string, string]> = [
      ["PORT", "70000"],
      ["PORT", "80.5"],
      ["PORT", "http"],
      ["REFUND_DATABASE_URL", "mysql://localhost/refunds"],
      ["REFUND_DATABASE_SCHEMA", "Refunds; DROP"],
      ["REFUND_DATABASE_WRITERS", "0"],
      ["REFUND_DATABASE_READERS", "101"],
      ["REFUND_DATABASE_STATEMENT_SECONDS", "soon"],
      ["REFUND_TENANT", "t".repeat(256)],
      ["REFUND_DIALECT_AT_ROOT", "native"],
      ["REFUND_WORKER", "yes"],
      ["REFUND_LEASE_SECONDS", "0"],
      ["REFUND_RETENTION_DAYS", "for ever"],
      ["REFUND_WEBHOOKS_TO_PRIVATE", "perhaps"],
      ["REFUND_PROVIDERS_ADYEN_ENVIRONMENT", "production"],
      ["REFUND_PROVIDERS_PAYPAL_ENVIRONMENT", "test"],
      ["REFUND_PROVIDERS_STRIPE_URL", "localhost:12111"],
      ["REFUND_PROVIDERS_ADYEN_URL", "http://127.0.0.1:1/v72"],
      ["REFUND_WAIT_MILLISECONDS", "-1"],
      ["LOG_LEVEL", "loud"],
      ["LOG_FORMAT", "xml"]
    ]
    for (const [name, value] of wrong) {
      const [sentence, ...more] = sentences({ [name]: value })
      assert.match(sentence ?? "", new RegExp(`^${name} must be .+, not "${value.replace(/[/.]/g, "\\$&")}"\\.$`))
      assert.deepStrictEqual(more, [])
    }
    assert.strictEqual(sentences({ PORT: "x", REFUND_WORKER: "x", LOG_LEVEL: "x" }).length, 3)
  })

  it("names every malformed key by its place, never by its secret", () => {
    const env = {
      REFUND_API_KEYS: "ok:*:long-enough,nocolon-secret,:*:no-name-secret,x:refunds:steal:some-secret,y:*:short"
    }
    const said = sentences(env)
    assert.deepStrictEqual(
      said.map((sentence) => sentence.slice(0, 24)),
      ["REFUND_API_KEYS, key 2, ", "REFUND_API_KEYS, key 3, ", "REFUND_API_KEYS, key 4, ", "REFUND_API_KEYS, key 5, "]
    )
    for (const secret of ["nocolon-secret", "no-name-secret", "some-secret", "short."])
      assert.notInclude(said.join(), secret)
  })

  it("names a variable that it does not know: it may be a misspelled one", () => {
    const [sentence] = sentences({ REFUND_DATABSE_URL: "file:x", OTHER_TOOL: "1" })
    assert.match(sentence ?? "", /^REFUND_DATABSE_URL is not a variable/)
  })

  it("leaves the shell's own key alone: whoever exported it may start a server too", () => {
    assert.deepStrictEqual(settings({ REFUND_API_KEY: "rk_somebody" }), settings({}))
  })

  it("lets webhooks go to private addresses while nobody else can reach this server, unless it is said otherwise", () => {
    for (const HOST of ["127.0.0.1", "::1", "localhost"]) assert.isTrue(settings({ HOST }).webhooksToPrivate)
    assert.isFalse(settings({ HOST: "0.0.0.0" }).webhooksToPrivate)
    assert.isTrue(settings({ HOST: "0.0.0.0", REFUND_WEBHOOKS_TO_PRIVATE: "on" }).webhooksToPrivate)
    assert.isFalse(settings({ REFUND_WEBHOOKS_TO_PRIVATE: "off" }).webhooksToPrivate)
  })
})

const hmacKey = "0123456789abcdef".repeat(4)

describe("the configuration of providers", () => {
  it("reads each of them, with all secrets that are good while one is replaced", () => {
    const { providers } = settings({
      REFUND_PROVIDERS_STRIPE_SECRET_KEY: "sk_live_1",
      REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: "whsec_new, whsec_old",
      REFUND_PROVIDERS_STRIPE_URL: "http://127.0.0.1:12111",
      REFUND_PROVIDERS_ADYEN_API_KEY: "AQE1",
      REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: "Shop",
      REFUND_PROVIDERS_ADYEN_ENVIRONMENT: "live",
      REFUND_PROVIDERS_ADYEN_LIVE_PREFIX: "1797a841fbb37ca7-Shop",
      REFUND_PROVIDERS_ADYEN_HMAC_KEYS: `${hmacKey},${hmacKey.toUpperCase()}`,
      REFUND_PROVIDERS_PAYPAL_CLIENT_ID: "id",
      REFUND_PROVIDERS_PAYPAL_CLIENT_SECRET: "secret",
      REFUND_PROVIDERS_PAYPAL_WEBHOOK_ID: "WH-1"
    })
    const { adyen, paypal, stripe } = providers
    assert.deepStrictEqual(
      { stripe, adyen, paypal },
      {
        stripe: { secretKey: "sk_live_1", webhookSecrets: ["whsec_new", "whsec_old"], url: "http://127.0.0.1:12111" },
        adyen: {
          apiKey: "AQE1",
          merchantAccount: "Shop",
          environment: "live",
          livePrefix: "1797a841fbb37ca7-Shop",
          hmacKeys: [hmacKey, hmacKey.toUpperCase()],
          url: null
        },
        paypal: { clientId: "id", clientSecret: "secret", environment: "sandbox", webhookId: "WH-1", url: null }
      }
    )
  })

  it("says what is missing beside what is set", () => {
    const missing: ReadonlyArray<readonly [Environment, string]> = [
      [{ REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: "whsec_1" }, "REFUND_PROVIDERS_STRIPE_SECRET_KEY"],
      [{ REFUND_PROVIDERS_ADYEN_API_KEY: "AQE1" }, "REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT"],
      [{ REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: "Shop" }, "REFUND_PROVIDERS_ADYEN_API_KEY"],
      [{ REFUND_PROVIDERS_PAYPAL_CLIENT_ID: "id" }, "REFUND_PROVIDERS_PAYPAL_CLIENT_SECRET"],
      [{ REFUND_PROVIDERS_PAYPAL_CLIENT_SECRET: "secret" }, "REFUND_PROVIDERS_PAYPAL_CLIENT_ID"]
    ]
    for (const [env, name] of missing) {
      assert.deepStrictEqual(sentences(env), [`${Object.keys(env)[0]} is set, so ${name} must be set too.`])
    }
    const live = {
      REFUND_PROVIDERS_ADYEN_API_KEY: "AQE1",
      REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: "Shop",
      REFUND_PROVIDERS_ADYEN_ENVIRONMENT: "live"
    }
    assert.deepStrictEqual(sentences(live), [
      "REFUND_PROVIDERS_ADYEN_ENVIRONMENT is live, so REFUND_PROVIDERS_ADYEN_LIVE_PREFIX must be set too."
    ])
  })

  it("names a malformed HMAC key by its place, never by itself", () => {
    const said = sentences({
      REFUND_PROVIDERS_ADYEN_API_KEY: "AQE1",
      REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: "Shop",
      REFUND_PROVIDERS_ADYEN_HMAC_KEYS: `${hmacKey},not-hexadecimal`
    })
    assert.deepStrictEqual(said, ["REFUND_PROVIDERS_ADYEN_HMAC_KEYS, key 2, must be 64 hexadecimal digits."])
  })

  it("knows which values no log line may have", () => {
    const env: Record<string, string> = {
      REFUND_API_KEYS: "ada:*:a-long-secret",
      REFUND_PROVIDERS_ADYEN_MERCHANT_ACCOUNT: "Shop",
      REFUND_PROVIDERS_PAYPAL_CLIENT_ID: "id",
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example",
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a-long-value"
    }
    const told: Readonly<Record<string, string>> = {
      REFUND_API_KEYS: "a-long-secret",
      OTEL_EXPORTER_OTLP_HEADERS: "a-long-value"
    }
    const secret = Object.entries(variables).filter(([, variable]) => "secret" in variable && variable.secret)
    const called = { KIBO: {}, GEINS: { USERNAME: "till" }, MOYASAR: {}, MAVERICK: { TERMINAL_ID: "24" }, MEDUSA: {} }
    for (const [vendor, more] of Object.entries(called)) {
      const all = { URL: "https://vendor.example", CURRENCIES: "USD", ...more }
      for (const [name, value] of Object.entries(all)) env[`REFUND_PROVIDERS_${vendor}_${name}`] = value
    }
    for (const [name] of secret) env[name] ??= name.includes("HMAC") ? hmacKey : `value of ${name}`
    const values = secret.map(([name]) => told[name] ?? env[name])
    assert.deepStrictEqual([...secretsOf(settings(env))].sort(), values.sort() as Array<string>)
    assert.isAtLeast(values.length, 12)
  })
})

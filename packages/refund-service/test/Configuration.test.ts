import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { configuration, type Environment } from "../src/Configuration.ts"

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
      tenant: "default",
      keys: [],
      dialectAtRoot: null,
      worker: true,
      waitMilliseconds: 5000,
      logLevel: "Info",
      logFormat: "text"
    } as never)
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
      ["REFUND_DATABASE_URL", "postgres://localhost/refunds"],
      ["REFUND_TENANT", "t".repeat(256)],
      ["REFUND_DIALECT_AT_ROOT", "native"],
      ["REFUND_WORKER", "yes"],
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
})

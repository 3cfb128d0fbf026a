import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { configuration, type Environment } from "../src/Configuration.ts"

const told = (env: Environment) => Effect.runSync(Effect.result(configuration(env)))
const limits = (env: Environment) => {
  const result = told(env)
  assert(result._tag === "Success", JSON.stringify(result))
  return result.success.limits
}
const sentences = (env: Environment) => {
  const result = told(env)
  assert(result._tag === "Failure", JSON.stringify(env))
  return result.failure.sentences
}

describe("what is let in", () => {
  it("is how often a credential and a tenant may ask: requests and seconds", () => {
    const set = limits({ REFUND_RATE_LIMIT: "600/60", REFUND_RATE_LIMIT_TENANT: "10000/3600" })
    assert.deepStrictEqual(set.rates, {
      each: { requests: 600, milliseconds: 60_000 },
      tenant: { requests: 10_000, milliseconds: 3_600_000 }
    })
    assert.deepStrictEqual(limits({ REFUND_RATE_LIMIT_REFUSED: "20/60" }).refused, {
      requests: 20,
      milliseconds: 60_000
    })
    assert.isNull(limits({}).refused)
    for (const said of ["600", "0/60", "600/0", "-1/60", "600/60/60", "1.5/60", "many", "1e3/60"]) {
      const [sentence] = sentences({ REFUND_RATE_LIMIT: said })
      assert.strictEqual(
        sentence,
        `REFUND_RATE_LIMIT must be requests/seconds such as 600/60, not ${JSON.stringify(said)}.`
      )
    }
  })

  it("is whose word is believed: nobody's, so many proxies', or that of addresses and networks, never everybody's", () => {
    assert.isFalse(limits({}).trustProxy)
    assert.isFalse(limits({ REFUND_TRUST_PROXY: "off" }).trustProxy)
    assert.strictEqual(limits({ REFUND_TRUST_PROXY: "2" }).trustProxy, 2)
    assert.deepStrictEqual(limits({ REFUND_TRUST_PROXY: "loopback, 10.0.0.0/8, fd00::/8, 203.0.113.7" }).trustProxy, [
      "loopback",
      "10.0.0.0/8",
      "fd00::/8",
      "203.0.113.7"
    ])
    for (const said of [
      "true",
      "on",
      "*",
      "0",
      "10",
      "10.0.0.0/33",
      "0.0.0.0/0",
      "::/0",
      "fd00::/129",
      "proxy.example",
      "10.0.0.0/8/8"
    ]) {
      assert.match(sentences({ REFUND_TRUST_PROXY: said }).join(), /^REFUND_TRUST_PROXY must be off, /, said)
    }
  })

  it("is so many connections, and so much that is imported at once; whether the journal has addresses is said with on or off", () => {
    assert.strictEqual(limits({ REFUND_MAX_CONNECTIONS: "7" }).maxConnections, 7)
    assert.match(sentences({ REFUND_MAX_CONNECTIONS: "0" }).join(), /^REFUND_MAX_CONNECTIONS must be a whole number/)
    const imports = limits({ REFUND_IMPORT_MEGABYTES: "2", REFUND_IMPORTS_AT_ONCE: "1" }).imports
    assert.deepStrictEqual(imports, { bytes: 2_097_152, atOnce: 1 })
    assert.match(sentences({ REFUND_IMPORT_MEGABYTES: "0" }).join(), /^REFUND_IMPORT_MEGABYTES must be a whole number/)
    assert.match(sentences({ REFUND_IMPORTS_AT_ONCE: "x" }).join(), /^REFUND_IMPORTS_AT_ONCE must be a whole number/)
    assert.isFalse(limits({ REFUND_JOURNAL_ADDRESSES: "off" }).journalAddresses)
    assert.match(sentences({ REFUND_JOURNAL_ADDRESSES: "no" }).join(), /^REFUND_JOURNAL_ADDRESSES must be on or off/)
  })

  it("is told of which tenants: names", () => {
    const result = told({ REFUND_MORE_TENANTS: "globex, initech" })
    assert.deepStrictEqual(result._tag === "Success" ? [...result.success.moreTenants] : [], [
      "globex",
      "initech"
    ] as never)
    assert.match(sentences({ REFUND_MORE_TENANTS: "a\u0007b" }).join(), /^REFUND_MORE_TENANTS must be names/)
  })

  it("is where a worker says how it is, an address and a port", () => {
    const set = told({ REFUND_WORKER_ADDRESS: "[::1]:9464" })
    assert(set._tag === "Success")
    assert.deepStrictEqual(set.success.workerAddress, { host: "::1", port: 9464 })
    for (const said of ["9464", "localhost", "localhost:port", "localhost:65536", "http://localhost:9464"]) {
      const sentence = `REFUND_WORKER_ADDRESS must be an address and a port such as 127.0.0.1:9464, not "${said}".`
      assert.deepStrictEqual(sentences({ REFUND_WORKER_ADDRESS: said }), [sentence])
    }
  })
})

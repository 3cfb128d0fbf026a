/** Accounts at providers, chosen from a shell: on a file by what its environment has, against a server by what that one has. */
import { join } from "node:path"
import { Effect } from "effect"
import { startServer } from "refund-http/server"
import { configuration } from "refund-service/Configuration"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { refund, scratch } from "./support/refund.ts"

const accounts = {
  REFUND_ACCOUNTS: "acme-eu,globex",
  REFUND_ACCOUNT_ACME_EU_TENANTS: "default",
  REFUND_ACCOUNT_ACME_EU_STRIPE_SECRET_KEY: "sk_test_of_acme",
  REFUND_ACCOUNT_GLOBEX_TENANTS: "globex",
  REFUND_ACCOUNT_GLOBEX_STRIPE_SECRET_KEY: "sk_test_of_globex"
}

interface Where {
  readonly env: Readonly<Record<string, string>>
  readonly flags: ReadonlyArray<string>
  readonly stop: () => Promise<void>
}

const onFile = async (): Promise<Where> => {
  const env = { REFUND_DATABASE_URL: `file:${join(scratch, "accounts.db")}`, ...accounts }
  assert.strictEqual((await refund(["keys", "create", "ada", "--permission", "*"], { env })).code, 0)
  return { env, flags: [], stop: async () => {} }
}

const onServer = async (): Promise<Where> => {
  const REFUND_DATABASE_URL = `file:${join(scratch, "accounts-server.db")}`
  const settings = {
    PORT: "0",
    REFUND_DATABASE_URL,
    REFUND_API_KEYS: "ada:*:ada-secret",
    LOG_LEVEL: "none",
    ...accounts
  }
  const server = await startServer(await Effect.runPromise(configuration(settings)))
  return { env: { REFUND_API_KEY: "ada-secret" }, flags: ["--url", server.url], stop: server.stop }
}

describe.each([
  ["on a file", onFile],
  ["against a server", onServer]
] as const)("a tenant's accounts at its providers %s", (_, open) => {
  let where: Where
  beforeAll(async () => {
    where = await open()
  })
  afterAll(() => where.stop())
  const run = (...args: ReadonlyArray<string>) => refund(["providers", ...args, ...where.flags], { env: where.env })

  it("are shown by name, and nobody else's, and no credential", async () => {
    const { code, err, out } = await run("show")
    assert.strictEqual(code, 0, err)
    assert.match(out, /^stripe +the server's own +acme-eu$/m)
    assert.notMatch(out, /globex|sk_test/)
  })

  it("are chosen, shown as chosen, and given up", async () => {
    const chosen = await run("set", "stripe=acme-eu", "--json")
    assert.strictEqual(chosen.code, 0, chosen.err)
    assert.deepInclude(JSON.parse(chosen.out), { providers: { stripe: "acme-eu" } })
    assert.match((await run("show")).out, /^stripe +acme-eu +acme-eu$/m)
    const back = await run("set", "stripe=own", "--json")
    assert.deepStrictEqual(JSON.parse(back.out).providers, {})
  })

  it("cannot be another's, nor said in another way", async () => {
    const refused = await run("set", "stripe=globex")
    assert.strictEqual(refused.code, 1)
    assert.include(refused.err, "one of acme-eu")
    assert.strictEqual((await run("set", "acme-eu")).code, 2)
  })
})

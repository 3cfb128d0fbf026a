/** Tenants with accounts of their own at a provider, on one server: chosen, in force at once, told of, kept in the journal. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"
import { eventOf, refundObject, signature, startStripe } from "./support/stripe.ts"

let stripe: Awaited<ReturnType<typeof startStripe>>
let server: TestServer
let acme: ReturnType<typeof callerOf>
beforeAll(async () => {
  stripe = await startStripe()
  const accountOf = (name: string, tenants: string) => ({
    [`REFUND_ACCOUNT_${name}_TENANTS`]: tenants,
    [`REFUND_ACCOUNT_${name}_STRIPE_SECRET_KEY`]: `sk_test_${name}`,
    [`REFUND_ACCOUNT_${name}_STRIPE_WEBHOOK_SECRETS`]: `whsec_${name}`,
    [`REFUND_ACCOUNT_${name}_STRIPE_URL`]: stripe.url
  })
  server = await startServer({
    keys: "money:providers:manage:money-secret",
    env: {
      REFUND_ACCOUNTS: "eu,us,globex",
      REFUND_TENANT: "acme",
      REFUND_PROVIDERS_STRIPE_SECRET_KEY: "sk_test_OWN",
      REFUND_PROVIDERS_STRIPE_WEBHOOK_SECRETS: "whsec_OWN",
      REFUND_PROVIDERS_STRIPE_URL: stripe.url,
      ...accountOf("EU", "acme"),
      ...accountOf("US", "acme"),
      ...accountOf("GLOBEX", "globex")
    }
  })
  acme = callerOf(server)
})
afterAll(async () => {
  await server.stop()
  await stripe.close()
})

const refunded = async () => {
  const order = fresh("o")
  await acme("PUT", `/v1/orders/${order}`, {
    body: payment(order, 100, { provider: "stripe", reference: `ch_${order.slice(2)}` })
  })
  const headers = { "idempotency-key": order, prefer: "wait=30" }
  const made = await acme("POST", `/v1/orders/${order}/refunds`, { headers, body: { amount: 10 } })
  assert.strictEqual(made.body.state, "settled", JSON.stringify(made.body))
  const sent = stripe.asked.findLast(
    ({ form, method }) => method === "POST" && form.get("charge") === `ch_${order.slice(2)}`
  )
  return { order, id: made.body.id as string, whose: sent?.authorization }
}

describe("a tenant's accounts at its providers", () => {
  it("are those that the server lets it use, by name, without any credential", async () => {
    const { body, headers } = await acme("GET", "/v1/providers")
    assert.deepStrictEqual(body, {
      version: body.version,
      providers: {},
      usable: [
        { account: "eu", providers: ["stripe"] },
        { account: "us", providers: ["stripe"] }
      ]
    })
    assert.strictEqual(headers.get("etag"), `"${body.version}"`)
  })

  it("are where the next refund goes as soon as they are chosen, and the server's own where they are not", async () => {
    assert.strictEqual((await refunded()).whose, "Bearer sk_test_OWN")
    const chosen = await acme("PUT", "/v1/providers", { key: "money-secret", body: { providers: { stripe: "eu" } } })
    assert.deepStrictEqual([chosen.status, chosen.body.providers], [200, { stripe: "eu" }])
    assert.strictEqual((await refunded()).whose, "Bearer sk_test_EU")
    await acme("PUT", "/v1/providers", { body: { providers: { stripe: "us" }, version: chosen.body.version } })
    assert.strictEqual((await refunded()).whose, "Bearer sk_test_US")
    await acme("PUT", "/v1/providers", { body: { providers: {} } })
    assert.strictEqual((await refunded()).whose, "Bearer sk_test_OWN")
  })

  it("cannot be another tenant's, nor none at all; a version that is not the latest is refused", async () => {
    for (const account of ["globex", "none"]) {
      const refused = await acme("PUT", "/v1/providers", { body: { providers: { stripe: account } } })
      assert.deepStrictEqual([refused.status, refused.body.code], [400, "Malformed"])
      assert.deepInclude(refused.body.violations[0], { path: "providers.stripe", expected: "one of eu, us" })
    }
    const nowhere = await acme("PUT", "/v1/providers", { body: { providers: { paypal: "eu" } } })
    assert.strictEqual(nowhere.body.violations[0].expected, "left out: no account there may be used")
    const late = await acme("PUT", "/v1/providers", { body: { providers: {} }, headers: { "if-match": '"0"' } })
    assert.deepStrictEqual([late.status, late.body.code], [409, "VersionConflict"])
  })

  it("are in the journal by name, with who chose them; the attempt says which it went to", async () => {
    await acme("PUT", "/v1/providers", { key: "money-secret", body: { providers: { stripe: "eu" } } })
    const settings = await acme("GET", "/v1/journal?settings=true")
    const last = settings.body.entries.at(-1).entry
    assert.strictEqual(last.by, "money")
    assert.deepInclude(last.events[0], { _tag: "ProvidersSet", providers: { stripe: "eu" } })
    const { order } = await refunded()
    const journal = await acme("GET", `/v1/journal?order=${order}`)
    const events = journal.body.entries.flatMap(
      ({ entry }: { entry: { events: ReadonlyArray<unknown> } }) => entry.events
    )
    const started = events.find((event: { readonly _tag: string }) => event._tag === "AttemptStarted")
    assert.strictEqual(started.account, "eu")
    const told = JSON.stringify([settings.body, journal.body])
    for (const secret of ["sk_test_", "whsec_"]) assert.notInclude(told, secret)
    assert.isTrue((await server.journal()).ok)
  })

  it("tell of themselves at /webhooks/{tenant}/{provider}, each under its own signature and no other tenant's", async () => {
    const tell = async (path: string, secret: string) => {
      const form = new URLSearchParams({ amount: "1", charge: "ch_nobodys" })
      const body = eventOf("refund.updated", refundObject({ form, id: fresh("re") }))
      const headers = { "content-type": "application/json", "stripe-signature": signature(body, secret) }
      return (await fetch(`${server.url}/webhooks/${path}`, { method: "POST", headers, body })).status
    }
    assert.strictEqual(await tell("acme/stripe", "whsec_EU"), 200)
    assert.strictEqual(await tell("stripe", "whsec_US"), 200)
    assert.strictEqual(await tell("stripe", "whsec_OWN"), 200)
    assert.strictEqual(await tell("globex/stripe", "whsec_GLOBEX"), 200)
    assert.strictEqual(await tell("acme/stripe", "whsec_GLOBEX"), 401)
    assert.strictEqual(await tell("globex/stripe", "whsec_EU"), 401)
    assert.strictEqual(await tell("initech/stripe", "whsec_EU"), 404)
  })
})

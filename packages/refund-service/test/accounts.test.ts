/** Which account at a provider an attempt goes to, whose it may be, and how it is told of. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { TenantId } from "refund-core/Ids"
import { WebhookRefused } from "refund-core/ports/ProviderNews"
import { assumed, ProviderCapabilities, RefundProvider } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import {
  attemptId,
  caller,
  capture,
  minutes,
  noon,
  order,
  paid,
  refundId,
  register,
  request
} from "refund-testkit/build"
import { configuration, type Environment, secretsOf } from "../src/Configuration.ts"
import * as ProviderAccounts from "../src/ProviderAccounts.ts"
import { type Account, ProviderWebhooks, type Registered } from "../src/Providers.ts"
import { openLedger, providerOf, refundNow, settle, startWorker, tenant } from "./support/ledger.ts"

type Sent = ReturnType<typeof providerOf>
const registered = ({ service }: Sent, more: Partial<Registered> = {}): Registered => ({
  provider: service,
  capabilities: assumed,
  ...more
})
const accountOf = (sent: Sent, tenants: ReadonlyArray<string> = [tenant], more: Partial<Registered> = {}): Account => ({
  tenants: tenants as ReadonlyArray<TenantId>,
  providers: { simulator: registered(sent, more) }
})

const manager = caller({ permissions: ["providers:manage"] })
const chosen = (providers: Readonly<Record<string, string>>) => ProviderAccounts.set(manager, { providers })
const asked = (count: number) =>
  Refunds.use((refunds) => refunds.execute(request({ id: refundId(count), amount: 10n, capture: "c-1" })))
const ordered = Refunds.use((refunds) => refunds.execute(register(order({ captures: [capture("c-1")] }))))

const opened = () => {
  const [own, eu, us, theirs] = [providerOf({}), providerOf({}), providerOf({}), providerOf({})]
  const accounts = { eu: accountOf(eu), us: accountOf(us), theirs: accountOf(theirs, ["globex"]) }
  const ledger = openLedger({ providers: { simulator: registered(own) }, accounts })
  return { own, eu, us, theirs, ledger }
}
const counted = (...all: ReadonlyArray<Sent>) => all.map(({ submitted }) => submitted.length)

describe("an attempt", () => {
  it.effect("goes to the account that its tenant has set, from the next one on, without a restart", () =>
    Effect.gen(function* () {
      const { eu, ledger, own, theirs, us } = opened()
      const context = yield* ledger
      yield* startWorker(context)
      yield* Effect.gen(function* () {
        yield* ordered
        yield* asked(1)
        yield* settle
        assert.deepStrictEqual(counted(own, eu, us, theirs), [1, 0, 0, 0])
        yield* chosen({ simulator: "eu" })
        yield* asked(2)
        yield* settle
        yield* chosen({ simulator: "us" })
        yield* asked(3)
        yield* settle
        assert.deepStrictEqual(counted(own, eu, us, theirs), [1, 1, 1, 0])
        yield* chosen({})
        yield* asked(4)
        yield* settle
        assert.deepStrictEqual(counted(own, eu, us, theirs), [2, 1, 1, 0])
        assert.strictEqual((yield* refundNow(refundId(2))).attempts[0]?.account, "eu")
      }).pipe(Effect.provide(context))
    })
  )

  it.effect("that is sent again stays at the account that it began at: at another it would be paid twice", () =>
    Effect.gen(function* () {
      let reached = false
      const eu = providerOf({
        submit: ({ amount }) => Effect.succeed(reached ? paid(amount) : { _tag: "notSent", detail: "no connection" })
      })
      const us = providerOf({})
      const accounts = { eu: accountOf(eu), us: accountOf(us) }
      const context = yield* openLedger({ accounts })
      yield* startWorker(context)
      yield* Effect.gen(function* () {
        yield* ordered
        yield* chosen({ simulator: "eu" })
        yield* asked(1)
        yield* settle
        assert.strictEqual((yield* refundNow(refundId(1))).state, "approved")
        yield* chosen({ simulator: "us" })
        reached = true
        yield* TestClock.adjust(minutes(10))
        yield* settle
        assert.strictEqual((yield* refundNow(refundId(1))).state, "settled")
        assert.deepStrictEqual(counted(eu, us), [eu.submitted.length, 0])
        assert.lengthOf(new Set(eu.submitted.map(({ id }) => id)), 1)
      }).pipe(Effect.provide(context))
    })
  )

  it.effect(
    "at an account that is not there, or no longer its tenant's, is not sent, and its outcome not guessed",
    () =>
      Effect.gen(function* () {
        const { ledger, theirs } = opened()
        yield* Effect.gen(function* () {
          const provider = yield* RefundProvider
          const attempt = {
            id: attemptId(1),
            tenant,
            refundId: refundId(1),
            orderId: "o-1" as never,
            captureId: "c-1" as never,
            captureReference: null,
            provider: "simulator",
            amount: 1n,
            currency: "USD" as never,
            reference: null,
            startedAt: noon
          }
          for (const account of ["theirs", "nobodys", "__proto__"]) {
            const detail = `this server has no provider named simulator with an account ${account}`
            assert.deepStrictEqual(yield* provider.submit({ ...attempt, account }), { _tag: "notSent", detail })
            assert.deepStrictEqual(yield* provider.lookup({ ...attempt, account }), { _tag: "unknown", detail })
          }
          assert.lengthOf(theirs.submitted, 0)
        }).pipe(Effect.provide(yield* ledger))
      })
  )
})

describe("the accounts of a tenant", () => {
  it.effect("are chosen among those that the server lets it use, by who may manage them", () =>
    Effect.gen(function* () {
      const { ledger } = opened()
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* ProviderAccounts.show(manager), {
          version: 0,
          providers: {},
          usable: [
            { account: "eu", providers: ["simulator"] },
            { account: "us", providers: ["simulator"] }
          ]
        })
        for (const providers of [{ simulator: "theirs" }, { simulator: "none" }]) {
          const refused = yield* Effect.flip(chosen(providers))
          const expected = "one of eu, us"
          assert.deepInclude(refused, { _tag: "Rejected" })
          assert.deepStrictEqual((refused as { readonly violations?: unknown }).violations, [
            { _tag: "Malformed", path: "providers.simulator", expected }
          ])
        }
        const lesser = caller({ permissions: ["policy:manage"] })
        for (const tried of [ProviderAccounts.show(lesser), ProviderAccounts.set(lesser, { providers: {} })]) {
          assert.deepInclude(yield* Effect.flip(tried as Effect.Effect<unknown, unknown, never>), { _tag: "Rejected" })
        }
      }).pipe(Effect.provide(yield* ledger))
    })
  )

  it.effect("are what rules may count on of all of them", () =>
    Effect.gen(function* () {
      const day = 86_400_000
      const one = { ...assumed, honoursKeyFor: day, steps: { USD: 4n }, windowDays: 90 }
      const other = { ...assumed, honoursKeyFor: 0, lookup: "none" as const, partial: false, steps: { USD: 6n } }
      const accounts = {
        eu: accountOf(providerOf({}), [tenant], { capabilities: one }),
        us: accountOf(providerOf({}), [tenant], { capabilities: other })
      }
      const of = yield* Effect.provide(ProviderCapabilities, yield* openLedger({ accounts }))
      assert.deepStrictEqual(of("simulator"), {
        ...assumed,
        honoursKeyFor: 0,
        lookup: "none",
        partial: false,
        steps: { USD: 12n },
        windowDays: 90
      })
      assert.deepStrictEqual(of("elsewhere"), assumed)
    })
  )

  it.effect("tell of themselves under their own signatures, which no other tenant's are taken for", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const webhookOf = (signature: string) => ({
        receive: ({ headers }: { readonly headers: Readonly<Record<string, string | undefined>> }) => {
          if (headers["signature"] !== signature) return Effect.fail(new WebhookRefused({ detail: "not signed" }))
          told.push(signature)
          return Effect.succeed([])
        }
      })
      const accounts = {
        eu: accountOf(providerOf({}), [tenant], { webhook: webhookOf("eu") }),
        theirs: accountOf(providerOf({}), ["globex"], { webhook: webhookOf("theirs") })
      }
      const providers = { simulator: registered(providerOf({}), { webhook: webhookOf("own") }) }
      const webhooks = yield* Effect.provide(ProviderWebhooks, yield* openLedger({ accounts, providers }))
      const tell = (to: string, signature: string) =>
        webhooks("simulator", to as TenantId)?.receive({
          body: new Uint8Array(),
          headers: { signature },
          now: noon
        }) ?? Effect.die("no webhook")
      yield* tell(tenant, "own")
      yield* tell(tenant, "eu")
      yield* tell("globex", "theirs")
      assert.deepStrictEqual(told, ["own", "eu", "theirs"])
      assert.deepInclude(yield* Effect.flip(tell(tenant, "theirs")), { _tag: "WebhookRefused" })
      assert.deepInclude(yield* Effect.flip(tell("globex", "eu")), { _tag: "WebhookRefused" })
      assert.isNull(webhooks("elsewhere", tenant))
    })
  )
})

describe("accounts beside the server's own", () => {
  const told = (env: Environment) => Effect.runSync(Effect.result(configuration(env)))
  const sentences = (env: Environment) => {
    const result = told(env)
    assert(result._tag === "Failure", JSON.stringify(env))
    return result.failure.sentences
  }
  const eu = {
    REFUND_ACCOUNTS: "eu,us-2",
    REFUND_ACCOUNT_EU_TENANTS: "acme, globex",
    REFUND_ACCOUNT_EU_STRIPE_SECRET_KEY: "sk_test_of_eu",
    REFUND_ACCOUNT_US_2_TENANTS: "acme",
    REFUND_ACCOUNT_US_2_ADYEN_API_KEY: "adyen-key-of-us",
    REFUND_ACCOUNT_US_2_ADYEN_MERCHANT_ACCOUNT: "Shop_US"
  }

  it("have a name, tenants, and the credentials of one provider or several", () => {
    const result = told(eu)
    assert(result._tag === "Success", JSON.stringify(result))
    const { accounts, providers } = result.success
    assert.deepStrictEqual(Object.keys(accounts), ["eu", "us-2"])
    assert.deepStrictEqual(accounts["eu"]?.tenants as ReadonlyArray<string>, ["acme", "globex"])
    assert.strictEqual(accounts["eu"]?.providers.stripe?.secretKey, "sk_test_of_eu")
    assert.isNull(accounts["eu"]?.providers.adyen)
    assert.strictEqual(accounts["us-2"]?.providers.adyen?.merchantAccount, "Shop_US")
    assert.isNull(providers.stripe)
    const secrets = secretsOf(result.success)
    assert.includeMembers([...secrets], ["sk_test_of_eu", "adyen-key-of-us"])
  })

  it("stop the start where they are not whole, with a sentence that names the variable and repeats no secret", () => {
    assert.deepStrictEqual(sentences({ REFUND_ACCOUNTS: "EU" }), [
      'REFUND_ACCOUNTS must be different names of small letters, digits and -, each of at most 32 characters, not "EU".'
    ])
    assert.deepStrictEqual(sentences({ REFUND_ACCOUNTS: "eu" }), [
      "REFUND_ACCOUNT_EU_TENANTS must name the tenants that may use account eu, comma-separated.",
      "REFUND_ACCOUNTS names eu, so credentials must be set too: REFUND_ACCOUNT_EU_STRIPE_SECRET_KEY, …"
    ])
    assert.deepStrictEqual(sentences({ ...eu, REFUND_ACCOUNT_US_2_ADYEN_MERCHANT_ACCOUNT: "" }), [
      "REFUND_ACCOUNT_US_2_ADYEN_API_KEY is set, so REFUND_ACCOUNT_US_2_ADYEN_MERCHANT_ACCOUNT must be set too."
    ])
    const [unknown] = sentences({ ...eu, REFUND_ACCOUNT_UK_STRIPE_SECRET_KEY: "sk_test_of_uk" })
    assert.match(unknown ?? "", /^REFUND_ACCOUNT_UK_STRIPE_SECRET_KEY is not a variable of this server/)
    assert.notInclude(unknown ?? "", "sk_test_of_uk")
  })
})

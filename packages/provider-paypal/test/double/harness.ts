/** The adapter against the double, as the provider contract opens it. */
import { Effect, Exit } from "effect"
import type { RefundProvider } from "refund-core/ports/RefundProvider"
import { type Behaviour, everything, type ProviderHarness, type ProviderWorld } from "refund-testkit/ProviderHarness"
import { capabilities } from "../../src/capabilities.ts"
import { fromPayPal, toPayPal } from "../../src/internal/amounts.ts"
import { make } from "../../src/Provider.ts"
import { make as makeWebhook } from "../../src/Webhook.ts"
import { bytes, identity, signed } from "./deliveries.ts"
import { credentials, type Misbehaviour, PayPalDouble } from "./PayPalDouble.ts"

const options = { ...credentials, environment: "sandbox", timeoutMilliseconds: 30_000 } as const
const webhookId = "8PT597110X687430LKGECATA"

const met: { readonly [B in Behaviour]?: Misbehaviour | null } = {
  settles: null,
  declines: "declines",
  pendingThenSettles: "staysPending",
  pendingThenFails: "staysPending",
  hangsUnpaid: "hangsUnpaid",
  hangsPaid: "hangsPaid",
  resetsUnpaid: "resetsUnpaid",
  resetsPaid: "resetsPaid",
  breaksUnpaid: "breaksUnpaid",
  breaksPaid: "breaksPaid",
  garblesUnpaid: "garblesUnpaid",
  garblesPaid: "garblesPaid",
  busy: "busy",
  keyInUse: "keyInUse",
  otherAmount: "otherAmount",
  otherCurrency: "otherCurrency",
  otherRefund: "otherRefund"
}

const started = Effect.acquireRelease(
  Effect.promise(() => PayPalDouble.start()),
  (double) => Effect.promise(() => double.stop())
)

const open = Effect.gen(function* () {
  const double = yield* started
  const by = yield* Effect.promise(() => identity())
  const reached = make({ ...options, baseUrl: double.baseUrl }).provider
  // Nobody listens on this port.
  const unreached = make({ ...options, baseUrl: "http://127.0.0.1:1" }).provider
  const webhook = makeWebhook({
    environment: "sandbox",
    webhookIds: [webhookId],
    fetchCertificate: () => Effect.succeed(by.certificate)
  })
  let isReachable = true

  const provider: RefundProvider["Service"] = {
    ...reached,
    submit: (attempt) =>
      Effect.suspend(() => {
        const { submit } = isReachable ? reached : unreached
        isReachable = true
        return submit(attempt)
      })
  }
  const world: ProviderWorld = {
    capture: (amount, currency) =>
      Effect.sync(() => {
        const taken = toPayPal(amount, currency)
        if (taken === null) throw new Error(`no amount of PayPal's: ${amount} ${currency}`)
        return double.books.capture(taken.value, currency)
      }),
    arm: (behaviour) =>
      Effect.sync(() => {
        isReachable = behaviour !== "unreachable"
        double.arm(met[behaviour] ?? null)
      }),
    payouts: (reference) =>
      Effect.sync(() =>
        double.books
          .payouts(reference)
          .map(({ currency_code: currency, value }) => fromPayPal({ currency, value })?.amount ?? -1n)
      ),
    later: (reference, happening) =>
      Effect.sync(() => double.books.later(reference, happening === "settles" ? "COMPLETED" : "FAILED")),
    news: Effect.suspend(() =>
      Effect.forEach(double.books.events(), (event) => {
        const now = Date.now()
        return webhook.receive({ ...signed(bytes(event), { by, webhookId, at: now }), now })
      })
    ).pipe(
      Effect.map((told) => told.flat()),
      Effect.orDie
    )
  }
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => {
      if (Exit.isSuccess(exit) && double.faults.length > 0)
        throw new Error(`sent what PayPal refuses: ${double.faults}`)
    })
  )
  return { provider, world }
})

/** What was settled does not come back at PayPal, and nothing waits for the customer. */
const cannot: ReadonlySet<string> = new Set(["requiresAction", "reverses"])

export const harness: ProviderHarness = {
  capabilities,
  can: new Set([...everything].filter((ability) => !cannot.has(ability))),
  name: "paypal",
  currencies: ["USD", "JPY", "TND", "HUF", "TWD"],
  patienceMilliseconds: 1_000,
  open
}

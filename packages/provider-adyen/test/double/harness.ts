/** The adapter against the double, as the provider contract opens it. */
import { Effect, Exit } from "effect"
import type { Instant } from "refund-core/Ids"
import type { RefundProvider } from "refund-core/ports/RefundProvider"
import { type Behaviour, everything, type ProviderHarness, type ProviderWorld } from "refund-testkit/ProviderHarness"
import { capabilities } from "../../src/capabilities.ts"
import { fromAdyen, toAdyen } from "../../src/internal/amounts.ts"
import { make } from "../../src/Provider.ts"
import { make as makeWebhook } from "../../src/Webhook.ts"
import { AdyenDouble, apiKey, hmacKey, type Misbehaviour, merchantAccount } from "./AdyenDouble.ts"

const credentials = { apiKey, merchantAccount, environment: "test", timeoutMilliseconds: 30_000 } as const

/** Nobody listens on this port. */
const nowhere = "https://127.0.0.1:1/v72"

const met: { readonly [B in Behaviour]?: Misbehaviour | null } = {
  settles: null,
  declines: "declines",
  pendingThenSettles: "staysReceived",
  pendingThenFails: "staysReceived",
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
  Effect.promise(() => AdyenDouble.start()),
  (double) => Effect.promise(() => double.stop())
)

const open = Effect.gen(function* () {
  const double = yield* started
  const reached = make({ ...credentials, baseUrl: double.baseUrl }).provider
  const unreached = make({ ...credentials, baseUrl: nowhere }).provider
  const webhook = makeWebhook({ merchantAccount, environment: "test", hmacKeys: [hmacKey] })
  let isReachable = true
  const currencies = new Map<string, string>()

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
        const taken = toAdyen(amount, currency)
        if (taken === null) throw new Error(`no amount of Adyen's: ${amount} ${currency}`)
        const reference = double.capture(taken.value, currency)
        currencies.set(reference, currency)
        return reference
      }),
    arm: (behaviour) =>
      Effect.sync(() => {
        isReachable = behaviour !== "unreachable"
        double.arm(met[behaviour] ?? null)
      }),
    payouts: (reference) =>
      Effect.sync(() => {
        const currency = currencies.get(reference) ?? ""
        return double.payouts(reference).map((value) => fromAdyen({ currency, value })?.amount ?? -1n)
      }),
    later: (reference, happening) => Effect.sync(() => double.later(reference, happening)),
    news: Effect.suspend(() => {
      const now: Instant = Date.now()
      return Effect.map(
        Effect.forEach(double.deliveries(), (body) => webhook.receive({ body, headers: {}, now })),
        (told) => told.flat()
      )
    }).pipe(Effect.orDie)
  }
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => {
      if (Exit.isSuccess(exit) && double.faults.length > 0) throw new Error(`sent what Adyen refuses: ${double.faults}`)
    })
  )
  return { provider, world }
})

export const harness: ProviderHarness = {
  capabilities,
  can: new Set([...everything].filter((ability) => ability !== "requiresAction")),
  answers: "later",
  name: "adyen",
  currencies: ["USD", "JPY", "KWD", "CLP", "ISK", "IDR", "CVE"],
  patienceMilliseconds: 1_000,
  open
}

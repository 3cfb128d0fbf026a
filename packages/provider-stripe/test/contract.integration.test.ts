/** T68: the adapter over HTTP and the real SDK, against its double, through the contract of every provider. */
import { Effect, Result } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import { everything, type ProviderHarness, type ProviderWorld } from "refund-testkit/ProviderHarness"
import { providerContract } from "refund-testkit/providerContract"
import { capabilities } from "../src/capabilities.ts"
import { fromStripe, toStripe } from "../src/internal/amounts.ts"
import { type Opened, open } from "./support/opened.ts"

type By = "charge" | "payment_intent"

const worldOf = ({ arm, double, news }: Opened, by: By): ProviderWorld => {
  const { books } = double
  return {
    capture: (amount: bigint, currency: CurrencyCode) =>
      Effect.sync(() => {
        const { charge, paymentIntent } = books.take(Result.getOrThrow(toStripe(amount, currency)), currency, by)
        return paymentIntent ?? charge
      }),
    arm: (behaviour) => Effect.sync(() => arm(behaviour)),
    payouts: (reference) =>
      Effect.sync(() => {
        const currency = books.payment(reference)?.currency ?? ""
        return books.payouts(reference).flatMap((units) => fromStripe(units, currency)?.amount ?? [])
      }),
    later: (reference, happening) =>
      Effect.sync(() => {
        const id = books.refundsOf(reference)[0]?.id ?? ""
        if (happening === "settles") books.change(id, "succeeded")
        else books.change(id, "failed", happening === "reverses" ? "lost_or_stolen_card" : "declined")
      }),
    news: Effect.promise(news),
    setTime: (now) => Effect.sync(() => double.setTime(now))
  }
}

const harness = (by: By): ProviderHarness => ({
  capabilities,
  can: everything,
  name: "stripe",
  currencies: ["JPY", "USD", "KWD", "ISK", "MGA"],
  patienceMilliseconds: 500,
  open: Effect.map(open, (opened) => ({ provider: opened.provider, world: worldOf(opened, by) }))
})

providerContract("Stripe, by charge,", harness("charge"))
providerContract("Stripe, by payment intent,", harness("payment_intent"))

/** Many providers as one: an attempt goes to the provider that its capture names. */
import { Effect, Layer } from "effect"
import { type Attempt, RefundProvider } from "refund-core/ports/RefundProvider"
import { simulator } from "./SimulatorProvider.ts"

/** By the name that captures use. `manual` and `external` are nobody's: the worker never submits to them. */
export type Providers = Readonly<Record<string, RefundProvider["Service"]>>

export const builtIn: Providers = { simulator }

export const layer = (providers: Providers = builtIn) => {
  const providerOf = ({ provider }: Attempt) => (Object.hasOwn(providers, provider) ? providers[provider] : undefined)
  const detail = (attempt: Attempt) => `this server has no provider named ${attempt.provider}`
  return Layer.succeed(
    RefundProvider,
    RefundProvider.of({
      submit: (attempt) =>
        providerOf(attempt)?.submit(attempt) ?? Effect.succeed({ _tag: "notSent", detail: detail(attempt) }),
      // Whoever sent it knows what became of it; this server cannot say that nothing did.
      lookup: (attempt) =>
        providerOf(attempt)?.lookup(attempt) ?? Effect.succeed({ _tag: "unknown", detail: detail(attempt) })
    })
  )
}

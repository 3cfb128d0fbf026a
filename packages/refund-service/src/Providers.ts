/** The providers of a process, by the name that captures use: who is called, what each can do, how its webhooks are read. */
import { Context, Effect, Layer } from "effect"
import type { ProviderWebhook } from "refund-core/ports/ProviderNews"
import {
  type Attempt,
  assumed,
  type Capabilities,
  ProviderCapabilities,
  RefundProvider
} from "refund-core/ports/RefundProvider"
import { simulator, simulatorCapabilities } from "./SimulatorProvider.ts"

export interface Registered {
  readonly provider: RefundProvider["Service"]
  readonly capabilities: Capabilities
  /** Absent: it tells nothing of its own accord, or nothing that could be checked. */
  readonly webhook?: ProviderWebhook
}

/** `manual` and `external` are nobody's: the worker never submits to them. */
export type Providers = Readonly<Record<string, Registered>>

export const builtIn: Providers = { simulator: { provider: simulator, capabilities: simulatorCapabilities } }

/** How to read what a provider tells; null: it tells nothing here. */
export const ProviderWebhooks = Context.Reference<(provider: string) => ProviderWebhook | null>(
  "refund-service/ProviderWebhooks",
  { defaultValue: () => () => null }
)

/**
 * An attempt goes to the provider that its capture names. Rules read what providers can do, so this is provided to the
 * use cases (`Service.layer`) as well as to the worker.
 */
export const layer = (providers: Providers = builtIn) => {
  const named = (name: string) => (Object.hasOwn(providers, name) ? providers[name] : undefined)
  const detail = ({ provider }: Attempt) => `this server has no provider named ${provider}`
  return Layer.mergeAll(
    Layer.succeed(
      RefundProvider,
      RefundProvider.of({
        submit: (attempt) =>
          named(attempt.provider)?.provider.submit(attempt) ??
          Effect.succeed({ _tag: "notSent", detail: detail(attempt) }),
        // Whoever sent it knows what became of it; this server cannot say that nothing did.
        lookup: (attempt) =>
          named(attempt.provider)?.provider.lookup(attempt) ??
          Effect.succeed({ _tag: "unknown", detail: detail(attempt) })
      })
    ),
    Layer.succeed(ProviderCapabilities, (name) => named(name)?.capabilities ?? assumed),
    Layer.succeed(ProviderWebhooks, (name) => named(name)?.webhook ?? null)
  )
}

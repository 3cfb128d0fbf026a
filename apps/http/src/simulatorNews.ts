/**
 * The simulator's own webhooks, without a wire: what it has to tell of a refund is told once its time has come, for as
 * long as the process runs. After that it is found out by looking, as with any provider whose news was lost.
 */
import { Clock, Effect, FiberSet, Layer } from "effect"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import type { Attempt } from "refund-core/ports/RefundProvider"
import { Inbound } from "refund-service/Inbound"
import type { Providers } from "refund-service/Providers"
import { simulator, simulatorNews } from "refund-service/SimulatorProvider"

type Tell = (attempt: Attempt) => Effect.Effect<unknown>

/** The providers as they are, but for a simulator that tells; and the layer that tells for it. */
export const withSimulatorNews = (providers: Providers) => {
  const registered = providers["simulator"]
  if (registered?.provider !== simulator) return { providers, layer: Layer.empty }
  let tell: Tell = () => Effect.void
  const telling: Providers = {
    ...providers,
    simulator: {
      ...registered,
      provider: { ...simulator, submit: (attempt) => Effect.tap(simulator.submit(attempt), () => tell(attempt)) }
    }
  }
  const layer = Layer.effectDiscard(
    Effect.gen(function* () {
      const inbound = yield* Inbound
      const waiting = yield* FiberSet.make()
      tell = (attempt) =>
        Effect.forEach(
          simulatorNews(attempt),
          (news) => FiberSet.run(waiting, Effect.andThen(until(news), inbound.tell(attempt, [news]))),
          { discard: true }
        )
    })
  )
  return { providers: telling, layer }
}

const until = ({ at }: ProviderNews): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(Math.max(0, at - now)))

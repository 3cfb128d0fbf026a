/**
 * The simulator for the provider contract. It chooses by the capture's reference and remembers nothing, so what is armed
 * is written into the attempt on its way, and the payouts are what it says of the attempts that were sent.
 */
import { Clock, Effect } from "effect"
import type { AttemptId, Instant } from "refund-core/Ids"
import type { Attempt } from "refund-core/ports/RefundProvider"
import type { Ability, Behaviour, ProviderHarness } from "refund-testkit/ProviderHarness"
import { simulator, simulatorCapabilities, simulatorNews } from "../../src/SimulatorProvider.ts"

const references: { readonly [B in Behaviour]?: string } = {
  settles: "ch_1",
  declines: "sim_decline",
  requiresAction: "sim_action",
  hangsPaid: "sim_hang",
  garblesPaid: "sim_lost",
  breaksUnpaid: "sim_unsure",
  otherAmount: "sim_other_amount"
}

export const simulatorHarness = (changed: { readonly [B in Behaviour]?: string } = {}): ProviderHarness => {
  const chosen = { ...references, ...changed }
  const can = new Set<Ability>([...(Object.keys(chosen) as ReadonlyArray<Behaviour>), "busy", "reverses"])
  return { capabilities: simulatorCapabilities, can, name: "simulator", patienceMilliseconds: 20, open: open(chosen) }
}

const open = (chosen: { readonly [B in Behaviour]?: string }): ProviderHarness["open"] =>
  Effect.sync(() => {
    let time: Instant = 0
    let next = "ch_1"
    let drawn = 0
    const cards = new Map<AttemptId, string>()
    const sent: Array<Attempt> = []
    const clock: Clock.Clock = {
      currentTimeMillisUnsafe: () => time,
      currentTimeMillis: Effect.sync(() => time),
      currentTimeNanosUnsafe: () => BigInt(time) * 1_000_000n,
      currentTimeNanos: Effect.sync(() => BigInt(time) * 1_000_000n),
      monotonicTimeNanosUnsafe: () => BigInt(time) * 1_000_000n,
      monotonicTimeNanos: Effect.sync(() => BigInt(time) * 1_000_000n),
      sleep: () => Effect.never
    }
    const asked = (attempt: Attempt): Attempt => ({
      ...attempt,
      captureReference: cards.get(attempt.id) ?? attempt.captureReference
    })
    const atItsTime = Effect.provideService(Clock.Clock, clock)
    const lookup = (attempt: Attempt) => atItsTime(simulator.lookup(asked(attempt)))
    const sentOn = (reference: string) => sent.filter(({ captureReference }) => captureReference === reference)
    const paidBy = (attempt: Attempt) =>
      Effect.map(lookup(attempt), (found) => {
        if (found?._tag === "settled") return [found.amount]
        return found?._tag === "reversed" ? [attempt.amount] : []
      })

    return {
      provider: {
        submit: (attempt) =>
          Effect.suspend(() => {
            if (!cards.has(attempt.id)) {
              cards.set(attempt.id, next)
              sent.push(attempt)
            }
            next = "ch_1"
            return atItsTime(simulator.submit(asked(attempt)))
          }),
        lookup
      },
      world: {
        capture: () => Effect.sync(() => `ch_${++drawn}`),
        arm: (behaviour) =>
          Effect.sync(() => {
            next = chosen[behaviour] ?? (behaviour === "busy" ? "sim_busy" : "ch_1")
          }),
        payouts: (reference) =>
          Effect.suspend(() => Effect.forEach(sentOn(reference), paidBy)).pipe(Effect.map((paid) => paid.flat())),
        later: (reference, happening) =>
          Effect.sync(() => {
            const attempt = sentOn(reference).at(-1)
            if (attempt === undefined) throw new Error(`nothing was sent on ${reference}`)
            if (happening === "reverses") cards.set(attempt.id, "sim_reverse")
            time = attempt.startedAt + 60_000
          }),
        news: Effect.sync(() =>
          sent.flatMap((attempt) => simulatorNews(asked(attempt))).filter(({ at }) => at <= time)
        ),
        setTime: (now) =>
          Effect.sync(() => {
            time = now
          })
      }
    }
  })

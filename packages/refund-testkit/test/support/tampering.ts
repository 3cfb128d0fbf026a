/** Ledgers that break a law on purpose, to see it named. */
import { Effect, Layer, Result } from "effect"
import { apply } from "refund-core/apply"
import type { Event } from "refund-core/Event"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import { type Decision, type Facts, LedgerStore, type Scope, type Stamp } from "refund-core/ports/LedgerStore"
import { noon } from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"

export interface Tampering {
  /** What the rules are shown in place of the facts, when they decide and when they preview. */
  readonly deciding?: (facts: Facts, scope: Scope) => Facts
  readonly previewing?: (facts: Facts) => Facts
  /** What is committed in place of a decision's events; a rejection has none. */
  readonly events?: (events: ReadonlyArray<Event>, facts: Facts) => ReadonlyArray<Event>
  /** What is kept in place of what the events give. */
  readonly kept?: (after: Facts) => Facts
}

const stamp: Stamp = { at: noon, by: "nobody", door: "native" }
const same = (facts: Facts): Facts => facts

export const tampered = ({
  deciding = same,
  events: change = (events) => events,
  kept = same,
  previewing = same
}: Tampering): Layer.Layer<LedgerStore | LedgerReader> => {
  /** Commits what was decided, or what a rejection should not, and answers as decided. */
  const commit = <A, R>(facts: Facts, decided: Result.Result<Decision<A>, R>): Decision<Result.Result<A, R>> => {
    const decision = Result.isSuccess(decided) ? decided.success : null
    const events = change(decision?.events ?? [], facts)
    const by = decision?.stamp ?? stamp
    const after = events.length === 0 ? facts : kept(apply(facts, events, by))
    return { events, after, answer: Result.map(decided, ({ answer }) => answer), due: decision?.due ?? [], stamp: by }
  }
  return Layer.effect(
    LedgerStore,
    Effect.map(LedgerStore, (inner) =>
      LedgerStore.of({
        read: (scope, look) => inner.read(scope, (facts) => look(previewing(facts))),
        transact: (scope, decide) =>
          inner
            .transact(scope, (facts) => Result.succeed(commit(facts, decide(deciding(facts, scope)))))
            .pipe(Effect.flatMap(Effect.fromResult))
      })
    )
  ).pipe(Layer.provideMerge(layerMemory))
}

/** Decides on what was read before, and commits it to what is there by then. */
export const stale: Layer.Layer<LedgerStore | LedgerReader> = Layer.effect(
  LedgerStore,
  Effect.map(LedgerStore, (inner) =>
    LedgerStore.of({
      read: inner.read,
      transact: (scope, decide) =>
        Effect.gen(function* () {
          const decided = decide(yield* inner.read(scope, same))
          yield* Effect.yieldNow
          if (Result.isFailure(decided)) return yield* Effect.fail(decided.failure)
          const { success: decision } = decided
          return yield* inner.transact(scope, (facts) =>
            Result.succeed({ ...decision, after: apply(facts, decision.events, decision.stamp) })
          )
        })
    })
  )
).pipe(Layer.provideMerge(layerMemory))

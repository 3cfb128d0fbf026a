/**
 * The nine places at which a process may die with a refund half done (T28). A wrapper around one port kills it there;
 * the product has no hook for it.
 */
import { Effect, Layer } from "effect"
import { Deliveries } from "refund-core/ports/Deliveries"
import { Inbox } from "refund-core/ports/Inbox"
import { LedgerStore } from "refund-core/ports/LedgerStore"
import { Outbox } from "refund-core/ports/Outbox"
import type { RefundProvider } from "refund-core/ports/RefundProvider"
import type { Parts } from "../../src/server.ts"

export const points = {
  requested: "the request is committed, not answered",
  leased: "the lease is taken",
  unsent: "the attempt is committed, not sent",
  unanswered: "it is sent, there is no answer",
  unrecorded: "the answer is read, not committed",
  untold: "the outcome is committed, its events are not sent",
  unmarked: "an event is sent, not marked as sent",
  unapplied: "an event from the provider is stored, not applied",
  unacknowledged: "it is applied, not acknowledged"
} as const
export type Point = keyof typeof points

const die: Effect.Effect<never> = Effect.suspend(() => {
  process.kill(process.pid, "SIGKILL")
  return Effect.never
})

/** The parts of a server, of which one kills it. `unanswered` is the provider's doing: it pays, and kills its caller. */
export const killedAt = (point: Point, { ledger, providers }: Parts): Parts => ({
  ledger: (wrappers[point] ?? ((same) => same))(ledger),
  providers: Object.fromEntries(
    Object.entries(providers).map(([name, registered]) => [
      name,
      { ...registered, provider: killing(point, registered.provider) }
    ])
  )
})

const killing = (point: Point, provider: RefundProvider["Service"]): RefundProvider["Service"] => ({
  ...provider,
  submit: (attempt) => {
    if (point === "unsent") return die
    return point === "unrecorded" ? Effect.andThen(provider.submit(attempt), die) : provider.submit(attempt)
  }
})

type Ledger = Parts["ledger"]

/** Kills after a commit that has an event of this name. */
const afterCommit =
  (tag: string) =>
  (ledger: Ledger): Ledger =>
    Layer.effect(
      LedgerStore,
      Effect.map(LedgerStore, (inner) =>
        LedgerStore.of({
          ...inner,
          transact: (scope, decide) => {
            let isThere = false
            return inner
              .transact(scope, (facts) => {
                const decided = decide(facts)
                isThere = decided._tag === "Success" && decided.success.events.some((event) => event._tag === tag)
                return decided
              })
              .pipe(Effect.tap(() => (isThere ? die : Effect.void)))
          }
        })
      )
    ).pipe(Layer.provideMerge(ledger))

const wrappers: Partial<Record<Point, (ledger: Ledger) => Ledger>> = {
  requested: afterCommit("RefundRequested"),
  untold: afterCommit("RefundSettled"),
  leased: (ledger) =>
    Layer.effect(
      Outbox,
      Effect.map(Outbox, (inner): Outbox["Service"] => ({
        ...inner,
        fresh: Effect.andThen(inner.fresh, die),
        take: (limit: number) => Effect.tap(inner.take(limit), (due) => (due.length > 0 ? die : Effect.void))
      }))
    ).pipe(Layer.provideMerge(ledger)),
  unmarked: (ledger) =>
    Layer.effect(
      Deliveries,
      Effect.map(Deliveries, (inner): Deliveries["Service"] => ({ ...inner, done: () => die }))
    ).pipe(Layer.provideMerge(ledger)),
  unapplied: (ledger) =>
    Layer.effect(
      Inbox,
      Effect.map(Inbox, (inner): Inbox["Service"] => ({
        ...inner,
        put: (...told: Parameters<typeof inner.put>) => Effect.andThen(inner.put(...told), die)
      }))
    ).pipe(Layer.provideMerge(ledger)),
  unacknowledged: (ledger) =>
    Layer.effect(
      Inbox,
      Effect.map(Inbox, (inner): Inbox["Service"] => ({ ...inner, done: () => die }))
    ).pipe(Layer.provideMerge(ledger))
}

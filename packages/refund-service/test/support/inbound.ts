/** News told to the inbound use case over a ledger in memory, and what came of it. */
import { Effect, type Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Command } from "refund-core/Command"
import { Inbox, type InboxEvent } from "refund-core/ports/Inbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { Refunds } from "refund-core/Refunds"
import { begin, noon, refundId, register, request } from "refund-testkit/build"
import { externalId } from "../../src/externalId.ts"
import { Inbound } from "../../src/Inbound.ts"
import { type Ledger, layerLedger, refundNow, tenant } from "./ledger.ts"

export const to = { tenant, provider: "simulator" }
export const minute = 60_000

export const inLedger = <A, E>(
  test: Effect.Effect<A, E, Ledger>,
  layer: Layer.Layer<Ledger> = layerLedger({ worker: false })
) => Effect.andThen(TestClock.setTime(noon), Effect.provide(test, layer))

export const execute = (...commands: ReadonlyArray<Command>) =>
  Effect.andThen(Refunds, (refunds) =>
    Effect.forEach(commands, (command) => refunds.execute(command), { discard: true })
  )
export const tell = (...events: ReadonlyArray<ProviderNews>) => Inbound.use((inbound) => inbound.tell(to, events))
export const inbox = Inbox.use((kept) => kept.list(tenant, {}, { limit: 100, before: null }))
/** Applies what is due, as the worker's loop does. */
export const drain = Effect.gen(function* () {
  const kept = yield* Inbox
  const inbound = yield* Inbound
  for (let events = yield* kept.take(100); events.length > 0; events = yield* kept.take(100)) {
    yield* Effect.forEach(events, inbound.apply, { discard: true })
  }
})
export const stateOf = (count: number) => Effect.map(refundNow(refundId(count)), ({ state }) => state)
export const outside = (reference: string) => refundNow(externalId("simulator", reference))
/** The newest event's state, and what is said of it. */
export const verdict = Effect.map(inbox, ([first]: ReadonlyArray<InboxEvent>) => {
  if (first === undefined) throw new Error("the inbox is empty")
  const { detail, dueAt, state } = first
  return { state, detail, isDue: dueAt !== null }
})

/** Refund 1 of 40, sent to the provider as attempt 1. */
export const sent = [register(), request({ id: refundId(1), amount: 40n }), begin(refundId(1))]

/** T39: what five refunds are told, each event three times over and in any order, comes to the same. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Inbox } from "refund-core/ports/Inbox"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { Refunds } from "refund-core/Refunds"
import { attemptId, begin, capture, noon, order, refundId, register, request } from "refund-testkit/build"
import { externalId } from "../src/externalId.ts"
import { Inbound } from "../src/Inbound.ts"
import { layerLedger, orderNow, tenant } from "./support/ledger.ts"
import { failed, news, pending, reversed, settled } from "./support/news.ts"
import { drawing, shuffled } from "./support/random.ts"

/** Four of ours and one that somebody made at the provider's desk, each with all that is told of it, oldest first. */
const stories: ReadonlyArray<ReadonlyArray<ProviderNews>> = [
  [news("1a", pending("re_1"), { ours: 1 }), news("1b", settled("re_1"), { ours: 1 }, 60)],
  [
    news("2a", pending("re_2"), { ours: 2 }, 1),
    news("2b", settled("re_2"), { ours: 2 }, 61),
    news("2c", reversed("re_2"), { ours: 2 }, 120)
  ],
  [news("3a", pending("re_3"), { ours: 3 }, 2), news("3b", failed("re_3"), { ours: 3 }, 62)],
  // Its first event carries nothing of ours: by the provider's name alone it is the same refund.
  [news("4a", settled("re_4"), { ours: 4 }, 3), news("4b", failed("re_4"), {}, 130)],
  [news("5a", pending("re_5"), {}, 4), news("5b", settled("re_5", 30n), {}, 63), news("5c", reversed("re_5"), {}, 140)]
]

/** Twice under one id, as a provider repeats itself, and once as an event of its own that says the same. */
const threefold = (event: ProviderNews): ReadonlyArray<ProviderNews> => [
  event,
  event,
  { ...event, eventId: `${event.eventId} again` }
]
const events = stories.flat().flatMap(threefold)

const drain = Effect.gen(function* () {
  const inbox = yield* Inbox
  const inbound = yield* Inbound
  yield* Effect.forEach(yield* inbox.take(100), inbound.apply, { discard: true })
})

/** What the ledger has come to when all has been told in this order, and looked at again for a day. */
const cameTo = (told: ReadonlyArray<ProviderNews>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(noon)
    const refunds = yield* Refunds
    yield* refunds.execute(register(order({ captures: [capture("c-1", 1_000n)] })))
    for (let count = 1; count <= 4; count++) {
      yield* refunds.execute(request({ id: refundId(count), amount: 40n }))
      yield* refunds.execute(begin(refundId(count), attemptId(count)))
    }
    const inbound = yield* Inbound
    for (const each of told) yield* inbound.tell({ tenant, provider: "simulator" }, [each])
    for (let hour = 0; hour < 3; hour++) {
      yield* TestClock.adjust("1 hour")
      yield* drain
    }
    const { head, refunds: all } = yield* orderNow
    const inbox = yield* Inbox.use((kept) => kept.list(tenant, {}, { limit: 100, before: null }))
    return {
      held: head.held,
      refunded: head.refunded.original,
      refunds: all.map(({ id, providerReference, state }) => [id, state, providerReference]).sort(),
      open: inbox.filter(({ state }) => state !== "applied").map(({ news, detail }) => [news.eventId, detail])
    }
  }).pipe(Effect.provide(layerLedger({ worker: false })))

const expected = {
  held: 0n,
  refunded: 40n,
  refunds: [
    [refundId(1), "settled", "re_1"],
    [refundId(2), "reversed", "re_2"],
    [refundId(3), "failed", null],
    [refundId(4), "reversed", "re_4"],
    [externalId("simulator", "re_5"), "reversed", "re_5"]
  ].sort(),
  open: []
}

describe("T39", () => {
  it.effect("told in their order, they come to what they should", () =>
    Effect.map(cameTo(events), (state) => assert.deepStrictEqual(state as unknown, expected))
  )

  // A thousand in `npm run test:deep`.
  const runs = process.env["REFUND_TEST_DEEP"] === undefined ? 100 : 1_000
  it.effect(
    `${runs} orders of ${events.length} events come to the same`,
    () =>
      Effect.gen(function* () {
        for (let seed = 1; seed <= runs; seed++) {
          assert.deepStrictEqual((yield* cameTo(shuffled(events, drawing(seed)))) as unknown, expected, `seed ${seed}`)
        }
      }),
    600_000
  )
})

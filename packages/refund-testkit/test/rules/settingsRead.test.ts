/** Who may see what a tenant has set, and what they see of it. */
import { describe, it } from "@effect/vitest"
import { assertFailure, deepStrictEqual } from "@effect/vitest/utils"
import { Effect, Layer } from "effect"
import { settingsChain } from "refund-core/Journal"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { type Rejected, rejected } from "refund-core/Violation"
import { caller, policy } from "refund-testkit/build"
import { apiKey, createKey, endpoint, setEndpoint } from "refund-testkit/buildSettings"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"

type Refunded = typeof Refunds.Service
type Ask<A> = (refunds: Refunded) => Effect.Effect<A, Rejected | LedgerUnavailable>

const [shop, books] = [endpoint("shop"), endpoint("books")]
const manager = caller({ permissions: ["keys:manage"] })
const listener = caller({ permissions: ["webhooks:manage"] })

/** In a ledger of its own. */
const ask = <A>(asked: Ask<A>) =>
  Effect.flatMap(Refunds, asked).pipe(Effect.provide(Layer.provide(Refunds.layer, Layer.fresh(layerMemory))))

const onceSet =
  <A>(asked: Ask<A>): Ask<A> =>
  (refunds) =>
    Effect.gen(function* () {
      yield* refunds.execute(createKey(apiKey("shop")))
      yield* refunds.execute(setEndpoint(shop))
      yield* refunds.execute(setEndpoint(books))
      yield* refunds.execute(policy({ fourEyes: false }))
      return yield* asked(refunds)
    })

const isRefused = (asked: Ask<unknown>, permission: string) =>
  Effect.map(Effect.result(ask(asked)), (result) =>
    assertFailure(result, rejected([{ _tag: "NotPermitted", permission }]))
  )

describe("what a tenant has set", () => {
  it.effect("is shown to who manages that, each by a permission of its own", () =>
    Effect.gen(function* () {
      yield* isRefused((refunds) => refunds.endpoints(manager), "webhooks:manage")
      yield* isRefused((refunds) => refunds.keys(listener), "keys:manage")
      yield* isRefused((refunds) => refunds.settings(listener), "policy:manage")
    })
  )

  it.effect("has a journal that only who manages keys may read; an order's is for reports", () =>
    Effect.gen(function* () {
      const reports = caller({ permissions: ["reports:read"] })
      yield* isRefused((refunds) => refunds.journal(reports, settingsChain), "keys:manage")
      yield* isRefused((refunds) => refunds.journal(manager, settingsChain), "reports:read")
      const both = caller({ permissions: ["reports:read", "keys:manage"] })
      deepStrictEqual((yield* ask(onceSet((refunds) => refunds.journal(both, settingsChain)))).length, 4)
      deepStrictEqual(yield* ask((refunds) => refunds.journal(reports, "order:o-1")), [])
    })
  )

  it.effect("is where its events are sent", () =>
    Effect.gen(function* () {
      deepStrictEqual(yield* ask(onceSet((refunds) => refunds.endpoints(listener))), [shop, books])
    })
  )

  it.effect("is nowhere in the beginning, and nobody's keys", () =>
    Effect.gen(function* () {
      deepStrictEqual(yield* ask((refunds) => refunds.endpoints(listener)), [])
      deepStrictEqual(yield* ask((refunds) => refunds.keys(manager)), [])
    })
  )

  it.effect("is its keys, without a secret, and the version of it all", () =>
    Effect.gen(function* () {
      deepStrictEqual(yield* ask(onceSet((refunds) => refunds.keys(manager))), [apiKey("shop")])
      const settings = yield* ask(onceSet((refunds) => refunds.settings(caller())))
      deepStrictEqual([settings.version, settings.overrides], [4, { native: { fourEyes: false } }])
    })
  )
})

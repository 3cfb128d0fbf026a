import { deepStrictEqual, ok, strictEqual } from "node:assert"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { dispute, request } from "../../build.ts"
import { type DeliveriesLayer, overOf, shop } from "./shop.ts"

export const listening = (it: Vitest.Methods, storeLayer: DeliveriesLayer): void => {
  const over = overOf(storeLayer)

  it.live("listens from when it was made, to what it asked for and is not muted, and to no other tenant", () =>
    over(
      Effect.gen(function* () {
        const { ask, begun, fanOut, refunded, set, toldNow } = yield* shop
        const other = yield* shop
        yield* refunded(1)
        yield* set("all")
        yield* set("some", { events: ["refund.submitted", "refund.s*"] })
        yield* other.set("theirs")
        yield* refunded(2)
        yield* begun(1)
        yield* other.refunded(1)
        deepStrictEqual((yield* toldNow).toSorted(), [
          "all order:o-1 refund.submitted",
          "all order:o-2 refund.created",
          "some order:o-1 refund.submitted",
          "theirs order:o-1 refund.created"
        ])
        strictEqual(yield* fanOut(100), 0)
        yield* refunded(3)
        yield* ask(request({ amount: 10n, order: "o-3", skipEvents: true }))
        yield* ask(dispute("open", { order: "o-3", capture: "c-3" }))
        strictEqual(yield* fanOut(100), 2)
      })
    )
  )

  it.live("stands still while it is disabled, and then hears what it missed", () =>
    over(
      Effect.gen(function* () {
        const { fanOut, refunded, set, toldNow } = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* fanOut(100)
        yield* set("all", { enabled: false })
        yield* refunded(2)
        strictEqual(yield* fanOut(100), 0)
        deepStrictEqual(yield* toldNow, [])
        yield* set("all")
        deepStrictEqual(yield* toldNow, ["all order:o-1 refund.created", "all order:o-2 refund.created"])
      })
    )
  )

  it.live("hears nothing more once it is removed, and begins anew when it is made again", () =>
    over(
      Effect.gen(function* () {
        const { all, fanOut, refunded, remove, replay, set, tenant, toldNow } = yield* shop
        yield* set("all")
        yield* refunded(1)
        strictEqual(yield* fanOut(100), 1)
        yield* remove("all")
        yield* refunded(2)
        deepStrictEqual(yield* toldNow, [])
        deepStrictEqual(
          (yield* all()).map((each) => [each.endpointId, each.state]),
          [["all", "dead"]]
        )
        strictEqual(yield* replay(tenant, { endpointId: "all" }), 0)
        yield* set("all")
        yield* refunded(3)
        deepStrictEqual(yield* toldNow, ["all order:o-3 refund.created"])
        strictEqual(yield* replay(tenant, { endpointId: "all" }), 1)
      })
    )
  )

  it.live("that is removed and made again between two looks waits for nothing from before", () =>
    over(
      Effect.gen(function* () {
        const { fanOut, refunded, remove, set, toldNow } = yield* shop
        yield* set("all")
        yield* refunded(1)
        yield* fanOut(100)
        yield* remove("all")
        yield* refunded(2)
        yield* set("all")
        yield* refunded(3)
        deepStrictEqual(yield* toldNow, ["all order:o-3 refund.created"])
      })
    )
  )

  it.live("is given no more at once than was asked for, and each once, whoever reads at the same time", () =>
    over(
      Effect.gen(function* () {
        const { all, begun, fanOut, refunded, set } = yield* shop
        yield* set("a", { events: ["refund.submitted"] })
        for (const id of ["b", "c"]) yield* set(id)
        for (const number of [1, 2, 3]) yield* refunded(number)
        yield* begun(1)
        const some = Effect.gen(function* () {
          const noted: Array<number> = []
          while (noted.at(-1) !== 0) noted.push(yield* fanOut(2))
          return noted
        })
        const noted = (yield* Effect.all([some, some], { concurrency: 2 })).flat()
        ok(noted.every((each) => each <= 2))
        strictEqual(
          noted.reduce((sum, each) => sum + each, 0),
          9
        )
        strictEqual(new Set((yield* all()).map((each) => `${each.endpointId} ${each.told.id}`)).size, 9)
      })
    )
  )
}

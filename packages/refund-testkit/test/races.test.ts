import { describe, it } from "@effect/vitest"
import { deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Effect, Layer } from "effect"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import { register, request } from "../src/build.ts"
import { layerMemory } from "../src/LedgerStoreMemory.ts"
import { stale } from "./support/tampering.ts"

/** How many of fifty requests of 60 on 100 are accepted. */
const accepted = (ledger: Layer.Layer<LedgerStore | LedgerReader>) =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    yield* refunds.execute(register())
    const asked = Array.from({ length: 50 }, () => Effect.result(refunds.execute(request({ amount: 60n }))))
    const answers = yield* Effect.all(asked, { concurrency: "unbounded" })
    return answers.filter((answer) => answer._tag === "Success").length
  }).pipe(Effect.provide(Layer.provide(Refunds.layer, ledger)))

describe("the ledger in memory", () => {
  it.effect("interleaves, so that a race over it is one: whoever decides on what was read before pays too often", () =>
    Effect.gen(function* () {
      strictEqual((yield* accepted(stale)) > 1, true)
      deepStrictEqual(yield* accepted(layerMemory), 1)
    })
  )
})

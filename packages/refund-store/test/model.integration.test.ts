import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { assertModelAgrees } from "refund-testkit/modelAgrees"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

describe("the reference model", () => {
  it.live("agrees with SQLite on every decision, every figure and every account in a hundred random histories", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile
      yield* assertModelAgrees({ runs: 100, length: 40, seed: 20_261_104 }).pipe(Effect.provide(ledgerAt(file)))
    })
  )
})

/** `npm run test:deep`: the reference model beside SQLite, command by command. */
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { assertModelAgrees } from "refund-testkit/modelAgrees"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"

describe("the reference model", () => {
  it.live(
    "agrees with SQLite in a thousand histories of up to 128 commands",
    () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* assertModelAgrees({ runs: 1_000, length: 128, seed: 20_261_104 }).pipe(Effect.provide(ledgerAt(file)))
      }),
    3_600_000
  )
})

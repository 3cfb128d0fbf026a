/** `npm run test:deep`: T66 at its full length. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { noPostgres } from "./support/postgres.ts"
import { assertSameJournals } from "./support/sameScript.ts"

describe.skipIf(noPostgres !== null)("T66: the same script on SQLite and on PostgreSQL", () => {
  it.live(
    "leaves the same journals after ten thousand commands",
    () =>
      Effect.gen(function* () {
        const { commands, entries } = yield* assertSameJournals(10_000, 256, 20_261_122)
        assert.isAtLeast(commands, 10_000)
        console.log(`${commands} commands, ${entries} entries`)
      }),
    3_600_000
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { noPostgres } from "./support/postgres.ts"
import { assertSameJournals } from "./support/sameScript.ts"

describe.skipIf(noPostgres !== null)("T66: the same script on SQLite and on PostgreSQL", () => {
  it.live("leaves the same journals after four hundred commands", () =>
    Effect.gen(function* () {
      const { commands, entries } = yield* assertSameJournals(400, 60, 20_261_122)
      assert.isAtLeast(commands, 400)
      assert.isAbove(entries, commands / 4)
    })
  )
})

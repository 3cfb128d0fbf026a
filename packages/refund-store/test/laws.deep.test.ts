/** `npm run test:deep`: a thousand histories of up to 512 commands on files, each recomputed at nine points. */
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layer } from "refund-store/SqliteLedger"
import { assertLawsHold } from "refund-testkit/lawsHold"
import { temporaryFolder } from "./ledgerFile.ts"

const hour = 3_600_000

describe("every law holds on SQLite", () => {
  it.live(
    "over a thousand histories of up to 512 commands, a hundred on each file",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        for (let part = 0; part < 10; part++) {
          const ledger = layer({ file: join(folder, `${part}.db`), synchronous: "OFF" })
          yield* assertLawsHold({ runs: 100, length: 512, seed: `20261103 ${part}` }).pipe(Effect.provide(ledger))
        }
      }),
    hour
  )
})

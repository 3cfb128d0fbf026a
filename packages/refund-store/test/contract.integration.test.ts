import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layer as opened } from "refund-store/SqliteLedger"
import { assertLawsHold, type Options } from "refund-testkit/lawsHold"
import { ledgerContract, type StoreOptions } from "refund-testkit/ledgerContract"
import { afterAll } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "refund-contract-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const layerOf = (thread: boolean) => (options: StoreOptions) =>
  opened({ ...options, file: join(folder, `${++files}.db`), synchronous: "OFF", thread })
const layer = layerOf(false)

ledgerContract("The ledger on SQLite", layer)
ledgerContract("The ledger on SQLite, written on a thread of its own", layerOf(true))

const seed = 20_261_103

const held = (options: Options, on = layer) => assertLawsHold(options).pipe(Effect.provide(on({})))

describe("every law holds on SQLite", () => {
  it.live("over a hundred random histories", () => held({ runs: 100, length: 40, seed }), 180_000)
  it.live("over fifty that are asked for by four at the same time", () =>
    held({ runs: 50, length: 40, seed, together: 4 })
  )
  it.live("over fifty that are asked for by four at the same time, written on a thread of its own", () =>
    held({ runs: 50, length: 40, seed, together: 4 }, layerOf(true))
  )
})

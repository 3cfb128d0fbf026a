/** T66: the same commands, one after the other, on a file and on PostgreSQL: then the journals are compared, letter by letter. */
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import type { Command } from "refund-core/Command"
import { TenantId } from "refund-core/Ids"
import { type LedgerReader, LedgerReader as Reader } from "refund-core/ports/LedgerReader"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { ProviderCapabilities } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { capabilitiesIn, customerIds, type History, histories, orderIds } from "refund-testkit/histories"
import { runHistory } from "refund-testkit/lawsHold"
import { ledgerAt as onFile, temporaryFile } from "../ledgerFile.ts"
import { ledgerAt as onPostgres, place } from "./postgresLedger.ts"

type Ledger = LedgerStore | LedgerReader

interface Script {
  readonly tenant: TenantId
  readonly history: History
  readonly commands: ReadonlyArray<Command>
}

/** What random histories asked of a file: histories look at what there is, so they are made there, and told again elsewhere. */
const scripts = (steps: number, length: number, seed: number) =>
  Effect.gen(function* () {
    const made: Array<Script> = []
    let asked = 0
    const follow = (history: History) =>
      Effect.gen(function* () {
        if (asked >= steps) return true
        const tenant = TenantId.make(`script ${made.length}`)
        const { broken, commands } = yield* runHistory(history, tenant)
        made.push({ tenant, history, commands })
        asked += commands.length
        return broken.length === 0
      })
    const result = yield* Arbitrary.checkEffect(histories(length), follow, { runs: steps, seed, size: 3 * length })
    assert.strictEqual(result._tag, "Passed")
    return made
  })

const replayed = ({ commands, history }: Script) =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    for (const command of commands) yield* Effect.exit(refunds.execute(command))
  }).pipe(
    Effect.provide(Layer.provide(Refunds.layer, Layer.succeed(ProviderCapabilities, capabilitiesIn(history))), {
      local: true
    })
  )

const currencies = ["USD", "EUR", "JPY", "KWD"]
const chains = [
  "settings",
  ...orderIds.map((id) => `order:${id}`),
  ...customerIds.flatMap((id) => currencies.map((currency) => `credit:${currency}:${id}`))
]

const journalOf = (tenant: TenantId) =>
  Effect.gen(function* () {
    const reader = yield* Reader
    return yield* Effect.forEach(chains, (chain) => reader.journal(tenant, chain))
  })

/** How many commands were asked, and how many entries they left. */
export const assertSameJournals = (steps: number, length: number, seed: number) =>
  Effect.gen(function* () {
    const file = yield* temporaryFile
    const at = yield* place
    let [commands, entries] = [0, 0]
    const overFile: Layer.Layer<Ledger, unknown> = onFile(file)
    yield* Effect.gen(function* () {
      const made = yield* scripts(steps, length, seed).pipe(Effect.provide(overFile))
      for (const script of made) {
        yield* replayed(script)
        const [here, there] = [
          yield* journalOf(script.tenant),
          yield* journalOf(script.tenant).pipe(Effect.provide(overFile))
        ]
        assert.deepStrictEqual(here, there)
        commands += script.commands.length
        entries += here.flat().length
      }
    }).pipe(Effect.provide(onPostgres(at)))
    return { commands, entries }
  })

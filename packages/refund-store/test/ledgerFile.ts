/** A ledger's file in a folder of its own, gone after the test. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import type { Deliveries } from "refund-core/ports/Deliveries"
import type { Feed } from "refund-core/ports/Feed"
import type { Inbox } from "refund-core/ports/Inbox"
import type { KeyUses } from "refund-core/ports/KeyUses"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerStore, LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Outbox } from "refund-core/ports/Outbox"
import { Refunds } from "refund-core/Refunds"
import { layer, type SqliteLedgerOptions } from "../src/SqliteLedger.ts"

export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "refund-store-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

export const temporaryFile = Effect.map(temporaryFolder, (folder) => join(folder, "refunds.db"))

export type Services = Refunds | LedgerStore | LedgerReader | Outbox | Feed | Deliveries | Inbox | KeyUses

/** On a machine that has other work too, five seconds of trying again are over soon. */
const patient = { busyMilliseconds: 60_000 }

/** The use cases over a file that is there, closed when the effect ends. */
export const ledgerAt = (
  file: string,
  options: Partial<SqliteLedgerOptions> = {}
): Layer.Layer<Services, LedgerUnavailable> =>
  Layer.fresh(Refunds.layer.pipe(Layer.provideMerge(layer({ synchronous: "OFF", ...patient, ...options, file }))))

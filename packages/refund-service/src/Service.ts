/** The ledger as a door needs it, over any store: use cases, credentials, outcomes, what providers tell. */
import { Layer } from "effect"
import type { Inbox } from "refund-core/ports/Inbox"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import type { Outcomes } from "refund-core/ports/Outcomes"
import { Refunds } from "refund-core/Refunds"
import { Access } from "./Access.ts"
import { Inbound } from "./Inbound.ts"
import * as OutcomesLive from "./Outcomes.ts"
import { Wakes } from "./Wakes.ts"

export type Service = Refunds | Access | Outcomes | Wakes | Inbound

/** Provide `Providers.layer` to it: rules read what providers can do, and webhooks are read by their provider. */
export const layer = (options: {
  /** How long an answer with the outcome waits for it. */
  readonly waitMilliseconds: number
}): Layer.Layer<Service, never, LedgerStore | LedgerReader | Inbox> =>
  Layer.mergeAll(Inbound.layer, Access.layer, OutcomesLive.layer(options.waitMilliseconds)).pipe(
    Layer.provideMerge(Refunds.layer),
    Layer.provideMerge(Wakes.layer)
  )

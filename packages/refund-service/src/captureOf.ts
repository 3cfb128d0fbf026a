import { Effect } from "effect"
import type { CaptureId, OrderId } from "refund-core/Ids"
import type { InboxEvent } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"

export interface NamedCapture {
  readonly orderId: OrderId
  readonly captureId: CaptureId
}

/** The capture that was registered under one of the provider's names for it. */
export const captureOf = Effect.fnUntraced(function* (
  { provider, tenant }: Pick<InboxEvent, "provider" | "tenant">,
  references: ReadonlyArray<string>
) {
  const reader = yield* LedgerReader
  for (const captureReference of references) {
    const found = yield* reader.match(tenant, provider, { captureReference })
    if (found?._tag === "capture") return found satisfies NamedCapture
  }
  return null
})

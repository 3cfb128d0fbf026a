/**
 * Heads that were written down elsewhere find what the journal alone cannot tell: a tail that was dropped, or a whole
 * order, by somebody who made all that is left agree again.
 */
import type { ChainHead, VerifyReport } from "./ports/LedgerReader.ts"

type Found = { readonly entries: number; readonly hash: string | null }

/** `found`: of each head's chain, how far it goes now, and the hash of the entry that was the last of it then. */
export const firstLost = (heads: ReadonlyArray<ChainHead>, found: ReadonlyArray<Found>): VerifyReport["problem"] => {
  for (const [index, { chain, entries, hash }] of heads.entries()) {
    const now = found[index]
    if (now === undefined || now.entries < entries) {
      const what =
        now === undefined || now.entries === 0
          ? "the checkpoint has the chain, the ledger has not"
          : "the checkpoint has the entry, the ledger has not"
      return { chain, seq: (now?.entries ?? 0) + 1, what }
    }
    if (now.hash !== hash) return { chain, seq: entries, what: "the entry is not the one that the checkpoint has" }
  }
  return null
}

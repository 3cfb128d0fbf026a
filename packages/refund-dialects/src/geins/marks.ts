/** What the ledger keeps of how a row was settled, so that Geins can tell "processed" from "settled". */
import { isRefunded, type Refund } from "refund-core/Refund"

const processed = "processed"

/** The detail of a settlement by SetAsProcessed. */
export const processedAs = (reference: string | null): string =>
  reference === null ? processed : `${processed}: ${reference}`

export const isProcessed = ({ detail, state }: Refund): boolean =>
  isRefunded(state) && detail !== null && (detail === processed || detail.startsWith(`${processed}: `))

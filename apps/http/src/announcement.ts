/** What the start says to the person who started it. */
import type { Configuration } from "refund-service/Configuration"
import { exampleId } from "./example.ts"

export const announcement = (
  { firstKey, url }: { readonly url: string; readonly firstKey: string | null },
  { database, keys, worker }: Pick<Configuration, "database" | "keys" | "worker">
): string => {
  const key =
    firstKey === null
      ? keys.length > 0
        ? "those of REFUND_API_KEYS, and what was made before"
        : "what was made before; secrets are not kept"
      : `${firstKey}   (may do everything; shown only now)`
  return `
  The refund ledger answers at  ${url}
  ledger                        ${database}${worker ? "" : "   (no worker in this process)"}
  ${firstKey === null ? "keys     " : "admin key"}                     ${key}

  A refund of 19.99 USD:

  curl -i ${url}/v1/orders/${exampleId}/refunds \\
    -H 'Authorization: Bearer ${firstKey ?? "<your key>"}' \\
    -H 'Content-Type: application/json' \\
    -H 'Idempotency-Key: my-first-refund' \\
    -H 'Prefer: wait=5' \\
    -d '{ "amount": 1999, "captureId": "882", "reason": "return" }'

`
}

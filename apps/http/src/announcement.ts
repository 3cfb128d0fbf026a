/** What the start says to the person who started it. */
import type { Configuration } from "refund-service/Configuration"
import { shownDatabase } from "refund-service/databaseConfiguration"
import { exampleId } from "./example.ts"

export const announcement = (
  { firstKey, url }: { readonly url: string; readonly firstKey: string | null },
  { database, keys, providers, worker }: Pick<Configuration, "database" | "keys" | "providers" | "worker">
): string => {
  const key =
    firstKey === null
      ? keys.length > 0
        ? "those of REFUND_API_KEYS, and what was made before"
        : "what was made before; secrets are not kept"
      : `${firstKey}   (may do everything; shown only now)`
  return `
  The refund ledger answers at  ${url}
  its calls, to read            ${url}/docs
  ledger                        ${shownDatabase(database)}${worker ? "" : "   (no worker in this process)"}
  providers                     ${providersIn(providers).join(", ")}
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

export const workerAnnouncement = (
  { database, providers }: Pick<Configuration, "database" | "providers">,
  url: string | null
): string =>
  `The worker is at work on ${shownDatabase(database)} (${providersIn(providers).join(", ")})${
    url === null ? "" : `, and says how it is at ${url}/readyz`
  }\n`

const providersIn = (providers: Configuration["providers"]): ReadonlyArray<string> => [
  "simulator",
  ...Object.entries(providers).flatMap(([name, settings]) => (settings === null ? [] : [name]))
]

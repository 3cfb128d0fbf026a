/** A server on a file of its own, in this process. */
import { Effect } from "effect"
import { startServer as start } from "refund-http/server"
import { configuration } from "refund-service/Configuration"

export const adminKey = "admin-secret"

export const startServer = async (database: string, keys = "") => {
  const settings = await Effect.runPromise(
    configuration({
      PORT: "0",
      REFUND_DATABASE_URL: database,
      REFUND_API_KEYS: [`admin:*:${adminKey}`, keys].join(","),
      LOG_LEVEL: "none"
    })
  )
  return start(settings)
}

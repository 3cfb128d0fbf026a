/** A ledger behind a real socket, in this process, on a file of its own. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { configuration } from "refund-service/Configuration"
import type { Providers } from "refund-service/Providers"
import { partsOf, startServer as start } from "../../src/server.ts"

export interface TestServer {
  readonly url: string
  /** A key that may do everything. */
  readonly adminKey: string
  /** The file, to start a second server on it: `startServer({ env: { REFUND_DATABASE_URL: server.database } })`. */
  readonly database: string
  readonly stop: () => Promise<void>
  /** What `GET /v1/journal/verify` says: the same number of entries before and after means nothing was recorded. */
  readonly journal: () => Promise<{ readonly ok: boolean; readonly orders: number; readonly entries: number }>
}

export const adminKey = "admin-secret"

export const startServer = async (
  options: {
    /** More keys, as in REFUND_API_KEYS: `clerk:refunds:request+refunds:read:clerk-secret`. */
    readonly keys?: string
    readonly env?: Readonly<Record<string, string>>
    /** More than are configured. */
    readonly providers?: Providers
  } = {}
): Promise<TestServer> => {
  const folder = await mkdtemp(join(tmpdir(), "refunds-"))
  const settings = await Effect.runPromise(
    configuration({
      PORT: "0",
      REFUND_DATABASE_URL: `file:${join(folder, "refunds.db")}`,
      REFUND_API_KEYS: [`admin:*:${adminKey}`, options.keys ?? ""].join(","),
      LOG_LEVEL: "none",
      ...options.env
    })
  )
  const parts = await partsOf(settings)
  const running = await start(settings, { ...parts, providers: { ...parts.providers, ...options.providers } })
  return {
    url: running.url,
    adminKey,
    database: settings.database,
    stop: async () => {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
    journal: async () => {
      const response = await fetch(`${running.url}/v1/journal/verify`, {
        headers: { authorization: `Bearer ${adminKey}` }
      })
      return (await response.json()) as Awaited<ReturnType<TestServer["journal"]>>
    }
  }
}

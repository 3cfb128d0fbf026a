/**
 * For vitest, as a global setup: nothing is started until a test asks for a PostgreSQL (`shared.ts`), and what was
 * started is gone when the run ends, however many processes its tests were in.
 */
import { mkdtempSync, renameSync, rmSync, watch, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startNeighbour } from "./neighbour.ts"
import { noPostgres, type PostgresServer, startPostgres } from "./server.ts"

/** Tells the tests' processes where to ask. */
export const sharedFolder = "REFUND_TEST_POSTGRES"

export default (): (() => Promise<void>) => {
  // Where several packages' tests are one run, they share one server.
  if (process.env[sharedFolder] !== undefined) return async () => {}
  if (noPostgres !== null) console.warn(noPostgres)
  const folder = mkdtempSync(join(tmpdir(), "refund-wanted-"))
  process.env[sharedFolder] = folder
  let server: Promise<PostgresServer> | null = null
  let endNeighbour = async () => {}
  const watcher = watch(folder, { persistent: false }, (_, name) => {
    if (name !== "wanted" || server !== null) return
    server = startPostgres()
    server.then(
      ({ url }) => {
        const milliseconds = Number(process.env["REFUND_TEST_NEIGHBOUR"] ?? 0)
        if (milliseconds > 0) endNeighbour = startNeighbour(url(), milliseconds)
        tell(folder, url())
      },
      (error: unknown) => tell(folder, `PostgreSQL was not started: ${error}`)
    )
  })
  return async () => {
    watcher.close()
    await endNeighbour()
    await server?.then(
      (started) => started.remove(),
      () => {}
    )
    rmSync(folder, { recursive: true, force: true })
    delete process.env[sharedFolder]
  }
}

/** Written whole, or not there. */
const tell = (folder: string, answer: string): void => {
  writeFileSync(join(folder, "url.new"), answer)
  renameSync(join(folder, "url.new"), join(folder, "url"))
}

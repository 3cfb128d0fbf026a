/**
 * For vitest, as the global setup of an app whose tests start it: bundled once for the run, as it ships. A process
 * that loads the sources instead takes three times as long to start.
 */
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { TestProject } from "vitest/node"

const bundler = fileURLToPath(new URL("../bundle.mjs", import.meta.url))

export default async (project: TestProject): Promise<() => void> => {
  const folder = mkdtempSync(join(tmpdir(), "refund-bundle-"))
  const bundle = join(folder, "main.js")
  await promisify(execFile)(process.execPath, [bundler, "src/main.ts", bundle], { cwd: project.config.root })
  project.provide("bundle", bundle)
  return () => rmSync(folder, { recursive: true, force: true })
}

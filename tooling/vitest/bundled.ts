/**
 * For vitest, as the global setup of a package whose tests start programs: each bundled once for the run, as an app
 * ships. A process that loads the sources instead takes three times as long to start; one that finds here what was
 * compiled for an earlier one, as all do that are given NODE_COMPILE_CACHE, four fifths.
 */
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { TestProject } from "vitest/node"

const bundler = fileURLToPath(new URL("../bundle.mjs", import.meta.url))

export default async ({ config, provide }: TestProject): Promise<() => void> => {
  const folder = mkdtempSync(join(tmpdir(), "refund-programs-"))
  const bundled = async (entry: string) => {
    const program = join(folder, basename(entry, ".ts"), "main.js")
    await promisify(execFile)(process.execPath, [bundler, entry, program], { cwd: config.root })
    return [entry, program] as const
  }
  process.env["NODE_COMPILE_CACHE"] ??= join(folder, "compiled")
  provide("programs", Object.fromEntries(await Promise.all((config.provide.started ?? []).map(bundled))))
  return () => rmSync(folder, { recursive: true, force: true })
}

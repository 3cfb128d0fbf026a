#!/usr/bin/env node
/** What starts before anything large is loaded: the version needs nothing, and what is loaded is compiled once for all runs. */
import { enableCompileCache } from "node:module"
import { homedir } from "node:os"
import { join } from "node:path"
import { version } from "./version.ts"

const args = process.argv.slice(2)

if (args.length === 1 && args[0] === "--version") {
  console.log(`refund v${version}`)
} else {
  // In a folder of its user's own: compiled code that others could write would be run as theirs.
  const folder = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache")
  enableCompileCache?.(join(folder, "refund"))
  await import("./program.ts")
}

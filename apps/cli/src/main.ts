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
  // Node 22 says with every command that its SQLite is new; whoever runs the command can do nothing about it.
  process.removeAllListeners("warning")
  process.on("warning", (warning) => {
    if (!warning.message.startsWith("SQLite is an experimental feature")) console.error(String(warning))
  })
  await import("./program.ts")
}

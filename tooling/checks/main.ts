import { fileURLToPath } from "node:url"
import * as arrows from "./arrows.ts"
import * as coreIsPure from "./core-is-pure.ts"
import * as noMachineWords from "./no-machine-words.ts"
import * as rulesAreListed from "./rules-are-listed.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const findings = [coreIsPure, arrows, rulesAreListed, noMachineWords].flatMap(({ check }) => check(root))

for (const finding of findings) process.stderr.write(`${finding}\n`)
process.exitCode = findings.length === 0 ? 0 : 1

// The way in: `npm start`, `npm test` and their siblings, from a fresh clone, on any Node >= 18 with npm. It has no
// dependencies, because nothing is installed yet when it runs. It fetches the pinned pnpm, lets that install the
// workspace (with the pinned Node on Linux), and hands over. It says little unless something fails.
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const minimum = [22, 19]
const windows = process.platform === "win32"
const suffix = windows ? ".exe" : ""
const pnpmVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split("@")[1]
const pnpmPackage = `@pnpm/exe.${process.platform}-${process.arch}`
const pnpmHome = join(root, "tooling", ".toolchain", `pnpm-${pnpmVersion}`)
const pnpm = join(pnpmHome, "node_modules", pnpmPackage, `pnpm${suffix}`)
const rootBin = join(root, "node_modules", ".bin")
const toolBin = join(root, "tooling", "node_modules", ".bin")
const bin = (folder, name) => join(folder, windows ? `${name}.cmd` : name)

const env = {
  ...process.env,
  PATH: [rootBin, dirname(pnpm), toolBin, process.env.PATH].join(delimiter),
  DO_NOT_TRACK: "1",
  TURBO_TELEMETRY_DISABLED: "1"
}

const say = (text) => process.stderr.write(`${text}\n`)
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`

/** Whatever was started last and must not outlive this process. */
let current
let serving = false
let stopping = false

const exitCodeOf = (code, signal) => code ?? 128 + (constants.signals[signal] ?? 1)

/** Runs to its end. `quiet` keeps the output, to be shown only if it fails. */
const run = (command, args, { quiet = false, extraEnv = {} } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...env, ...extraEnv },
      shell: windows,
      stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"]
    })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        output += chunk
      })
    }
    current = child
    child.on("error", (error) => resolve({ code: 127, output: `${output}${command}: ${error.message}\n` }))
    child.on("close", (code, signal) => resolve({ code: exitCodeOf(code, signal), output }))
  })

class Failed extends Error {
  constructor(what, next, output = "") {
    super(what)
    this.next = next
    this.output = output
  }
}

const installPnpm = async () => {
  if (existsSync(pnpm)) return
  const since = Date.now()
  say(`Fetching pnpm ${pnpmVersion} (once) …`)
  mkdirSync(pnpmHome, { recursive: true })
  writeFileSync(join(pnpmHome, "package.json"), '{ "private": true }\n')
  const options = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
  const { code, output } = await run(
    "npm",
    ["install", "--prefix", pnpmHome, ...options, `${pnpmPackage}@${pnpmVersion}`],
    { quiet: true }
  )
  if (code !== 0 || !existsSync(pnpm)) {
    rmSync(pnpmHome, { recursive: true, force: true })
    throw new Failed(
      "npm could not fetch pnpm from the package registry.",
      "Check that the machine reaches its registry (`npm ping`, `npm config get registry`, proxy settings), then run the same command again.",
      output
    )
  }
  say(`  done in ${seconds(since)}`)
}

const installWorkspace = async () => {
  const since = Date.now()
  const first = !existsSync(join(root, "node_modules", ".modules.yaml"))
  if (first) say("Installing dependencies (the first time takes a while) …")
  const { code, output } = await run(pnpm, ["install", "--frozen-lockfile", "--reporter=append-only"], { quiet: true })
  if (code !== 0) {
    throw new Failed(
      "pnpm could not install the dependencies.",
      /OUTDATED_LOCKFILE|frozen-lockfile/.test(output)
        ? "A package.json changed without the lockfile: run `node tooling/run.mjs install --no-frozen-lockfile` and commit pnpm-lock.yaml."
        : "Check that the machine reaches its package registry and has about 1 GB of free disk, then run the same command again.",
      output
    )
  }
  if (first) say(`  done in ${seconds(since)}`)
}

/** The pinned Node where the registry has one for this system, else the one that runs this file. */
const findNode = async () => {
  const pinned = ["linux-x64", "linux-arm64"]
    .map((platform) => join(root, "node_modules", `node-${platform}`, "bin", "node"))
    .find((path) => path.includes(`-${process.arch}`) && existsSync(path))
  if (pinned !== undefined) return pinned
  const [major, minor] = process.versions.node.split(".").map(Number)
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
    throw new Failed(
      `This system needs Node ${minimum.join(".")} or newer; it has ${process.versions.node}, and the registry offers no pinned one for it.`,
      "Install a current Node, then run the same command again."
    )
  }
  return process.execPath
}

const prepare = async () => {
  await installPnpm()
  await installWorkspace()
  return findNode()
}

const turbo = (tasks, options) =>
  run(
    bin(rootBin, "turbo"),
    ["run", ...tasks, "--output-logs=errors-only", "--log-order=grouped", "--log-prefix=none"],
    options
  )

/**
 * Runs a server until it ends or this process is told to stop. The child leads its own process group, so that it hears
 * of a stop once (a terminal's Ctrl-C would otherwise reach it twice), and follows this process down by itself
 * (tooling/follow.mjs) when it cannot be told any more.
 */
const serve = async (command, args) => {
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
    detached: !windows
  })
  current = child
  serving = true
  return new Promise((resolve) => {
    child.on("error", (error) => {
      say(error.message)
      resolve(127)
    })
    child.on("exit", (code, signal) => resolve(stopping && signal === "SIGTERM" ? 0 : exitCodeOf(code, signal)))
  })
}

const stop = (signal) => {
  if (stopping) return
  stopping = true
  const ended = () => process.exit(exitCodeOf(null, signal))
  if (current === undefined || current.exitCode !== null || current.signalCode !== null) ended()
  // An install or a test run that was stopped is over; a server says itself how it ended.
  if (!serving) current.once("close", ended)
  current.kill(signal === "SIGHUP" ? "SIGTERM" : signal)
  // Five seconds is what a process manager grants; the ledger survives a kill, so a hung stop costs nothing but this.
  setTimeout(() => {
    say("It did not stop within 4.5 s and was killed.")
    current.kill("SIGKILL")
  }, 4_500).unref()
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(signal))

// `kill <npm>` may end npm and its shell but not this process: when the parent is gone, so is the reason to run.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) stop("SIGTERM")
}, 250).unref()

const start = async () => {
  const node = await prepare()
  const since = Date.now()
  const { code, output } = await turbo(["bundle", "--filter=refund-http", "--filter=refund-cli"], { quiet: true })
  if (code !== 0)
    throw new Failed(
      "The server and the shell could not be built.",
      "The messages above name the file and the line.",
      output
    )
  if (Date.now() - since > 2_000) say(`Built in ${seconds(since)}`)
  return serve(node, [
    "--enable-source-maps",
    "--import",
    join(root, "tooling", "follow.mjs"),
    join("apps", "http", "dist", "main.js")
  ])
}

const dev = async () => {
  const node = await prepare()
  const tsx = join(root, "tooling", "node_modules", "tsx", "dist", "cli.mjs")
  return serve(node, [
    tsx,
    "watch",
    "--conditions=refund/source",
    "--enable-source-maps",
    join("apps", "http", "src", "main.ts")
  ])
}

const vitest = (node, filters, extraEnv) =>
  run(
    node,
    [
      join(root, "node_modules", "vitest", "vitest.mjs"),
      "run",
      "--root",
      root,
      "--config",
      join(root, "tooling", "vitest", "everything.config.ts"),
      ...filters
    ],
    { extraEnv }
  )

/** What must hold besides the tests; each that does not hold counts as one failure. Effect's rules are the types' too. */
const types = ["types", () => turbo(["check", "--continue"], { quiet: true })]
/** At once: a package is built after those that it is made of, and meanwhile there are others' types to look at. */
const typesAndBuild = ["types and build", () => turbo(["check", "build", "--continue"], { quiet: true })]
const style = ["style", () => run(bin(toolBin, "biome"), ["check", "--error-on-warnings", "."], { quiet: true })]
/** Not among the steps of `npm test`: tooling/test holds the repository against the same checks. */
const house = (node) => ["house", () => run(node, [join(root, "tooling", "checks", "main.ts")], { quiet: true })]

const runSteps = async (chosen) => {
  let failed = 0
  for (const [name, step] of chosen) {
    const since = Date.now()
    const { code, output } = await step()
    if (code === 0) say(`${name.padEnd(15)} ok      ${seconds(since)}`)
    else {
      failed += 1
      say(`${name.padEnd(15)} FAILED  ${seconds(since)}\n${output.trimEnd()}\n`)
    }
  }
  return failed
}

const closingLine = ({ passed, failed, skipped }) => {
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return failed === 0 ? 0 : 1
}

/** With arguments only the tests whose path matches run: `npm test -- packages/refund-core`. */
const test = async (filters, extraEnv = {}) => {
  const total = { passed: 0, failed: 0, skipped: 0 }
  try {
    const node = await prepare()
    if (filters.length === 0) total.failed += await runSteps([typesAndBuild, style])
    const file = join(root, "tooling", ".toolchain", `totals-${process.pid}.json`)
    const { code } = await vitest(node, filters, { ...extraEnv, REFUND_TEST_TOTALS: file })
    const counted = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { passed: 0, failed: 0, skipped: 0 }
    rmSync(file, { force: true })
    for (const key of Object.keys(total)) total[key] += counted[key]
    // The run itself may fail where no single test did, by a crash or for want of tests: that is a failure too.
    if (code !== 0 && counted.failed === 0) total.failed += 1
  } catch (error) {
    report(error)
    total.failed += 1
  }
  return closingLine(total)
}

const lint = async () => {
  const node = await prepare()
  return (await runSteps([style, types, house(node)])) === 0 ? 0 : 1
}

const report = (error) => {
  if (!(error instanceof Failed)) throw error
  if (error.output !== "") say(error.output.trimEnd())
  say(`\n${error.message}\n${error.next}`)
}

const after = async (go) => {
  const node = await prepare()
  return (await go(node)).code
}

const commands = {
  start,
  dev,
  test: (args) => test(args),
  // Longer random histories and the suites that take minutes; a test asks for them by reading REFUND_TEST_DEEP.
  "test:deep": (args) => test(args, { REFUND_TEST_DEEP: "1" }),
  // The packages as npm packs and installs them, on every Node and TypeScript that is promised, under publint and attw.
  "test:packages": (args) => test(["tooling/test/packages", ...args], { REFUND_TEST_PACKAGES: "1" }),
  // Killed at each of the nine points a hundred times on each store, instead of twice on a file and once on PostgreSQL.
  "test:faults": (args) => test(["apps/http/test/faults", ...args], { REFUND_TEST_FAULTS: "100" }),
  // A million requests that are almost right; REFUND_TEST_FUZZ says how many, REFUND_TEST_FUZZ_SEED which.
  "test:fuzz": (args) =>
    test(["apps/http/test/fuzz", ...args], { REFUND_TEST_FUZZ: process.env.REFUND_TEST_FUZZ ?? "1000000" }),
  // What the rules and their rows would not notice if the core changed.
  "test:mutation": (args) =>
    after(() => run(bin(toolBin, "stryker"), ["run", join("tooling", "mutation", "stryker.config.mjs"), ...args])),
  build: (args) => after(() => turbo(["build", ...args])),
  check: (args) => after(() => turbo(["check", ...args])),
  lint,
  format: () => after(() => run(bin(toolBin, "biome"), ["check", "--write", "."])),
  // What is measured is what is here now: built first.
  bench: async (args) => (await after(() => turbo(["build"]))) || script(join("tooling", "bench", "main.ts"), args),
  // What one decision of the core costs, however many refunds its order has. Without tsx, which gives every inner function
  // its name anew each time it is made: a third of such a decision's time, and of nobody's who imports the core.
  "bench:decisions": (args) =>
    after((node) =>
      run(node, ["--conditions=refund/source", join("packages", "refund-testkit", "bench", "decisions.ts"), ...args])
    )
}

const script = (file, args) =>
  after((node) =>
    run(node, [
      join(root, "tooling", "node_modules", "tsx", "dist", "cli.mjs"),
      "--conditions=refund/source",
      file,
      ...args
    ])
  )

/** Any other word is pnpm's, with the pinned Node on its path: `node tooling/run.mjs --filter refund-core test`. */
const passThrough = async (args) => {
  await installPnpm()
  return (await run(pnpm, args)).code
}

const [command, ...args] = process.argv.slice(2)
try {
  if (command === undefined) {
    say(`usage: node tooling/run.mjs ${Object.keys(commands).join(" | ")} | <pnpm arguments>`)
    process.exitCode = 2
  } else
    process.exitCode = await (Object.hasOwn(commands, command)
      ? commands[command](args)
      : passThrough([command, ...args]))
} catch (error) {
  report(error)
  process.exitCode = 1
}

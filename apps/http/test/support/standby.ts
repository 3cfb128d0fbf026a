/** A second PostgreSQL that follows the first, which answers nothing before both have it; and an address for whichever leads. */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process"
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import type { PostgresServer } from "../../../../tooling/postgres/server.ts"

const user: Pick<SpawnOptions, "uid" | "gid"> = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Both processes end before this resumes; the server goes on. */
const ended = (program: string, args: ReadonlyArray<string>): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...user, cwd: "/", stdio: "ignore" })
    child.once("error", reject)
    child.once("exit", resolve)
  })

/** Of one that runs, and has no ledger yet. It is halted to be copied: there is no program among these that would do without. */
export const startStandby = async (primary: PostgresServer, port: number) => {
  const [data, control] = [join(primary.folder, "standby"), join(primary.folder, "native", "bin", "pg_ctl")]
  const own = join(primary.folder, "data")
  await primary.halt("fast")
  cpSync(own, data, { recursive: true, preserveTimestamps: true })
  const conninfo = `host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`
  appendFileSync(join(data, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`)
  writeFileSync(join(data, "standby.signal"), "")
  if (user.uid !== undefined) spawnSync("chown", ["-R", `${user.uid}:${user.gid}`, data])
  spawnSync("chmod", ["700", data])
  appendFileSync(join(own, "postgresql.auto.conf"), "synchronous_standby_names = 'standby'\n")
  await primary.start()
  const told = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`
  const log = join(primary.folder, "run", "standby.log")
  const started = await ended(control, ["start", "-w", "-t", "60", "-D", data, "-l", log, "-o", told])
  if (started !== 0) throw new Error("the standby could not be started")
  return {
    promote: async () => {
      if ((await ended(control, ["promote", "-w", "-D", data])) !== 0) throw new Error("the standby did not take over")
    },
    log: () => readFileSync(log, "utf8"),
    halt: () => ended(control, ["stop", "-w", "-m", "immediate", "-D", data])
  }
}

/** Leads to one port, and after `move` to another; who is connected then is cut off. */
export const movingAddress = async (first: number) => {
  let port = first
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const database = connect(port, "127.0.0.1")
    for (const [from, to] of [
      [client, database],
      [database, client]
    ] as const) {
      open.add(from)
      from.on("error", () => to.destroy())
      from.on("close", () => {
        open.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const cut = () => {
    for (const each of open) each.destroy()
  }
  const address = server.address()
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    move: (to: number) => {
      port = to
      cut()
    },
    close: () => {
      cut()
      server.close()
    }
  }
}

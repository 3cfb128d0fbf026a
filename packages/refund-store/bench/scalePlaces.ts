/** Where the ledgers of `scale.ts` are, and what they take there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Layer, type ManagedRuntime } from "effect"
import * as Runtime from "effect/ManagedRuntime"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { layer as postgres } from "refund-store/PostgresLedger"
import { layer as sqlite } from "refund-store/SqliteLedger"
import { startPostgres } from "../../../tooling/postgres/server.ts"

export type Ledger = ManagedRuntime.ManagedRuntime<Refunds | LedgerReader, unknown>

/** A machine that others use may stand still for a while. */
const patience = 120_000
const patient = { busyMilliseconds: patience, lockMilliseconds: patience, statementMilliseconds: patience }

/** Of this process and of the database's own, in microseconds. */
export type Cpu = () => number

const ticks = 10_000
export const cpuOf = (postmaster: number | null): Cpu => {
  const server = () => {
    if (postmaster === null || !existsSync("/proc/self/stat")) return 0
    let sum = 0
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : ""
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      // Its processes, and those of them that have ended.
      if (Number(fields[1]) === postmaster) sum += Number(fields[11]) + Number(fields[12])
      if (Number(pid) === postmaster) sum += Number(fields[13]) + Number(fields[14])
    }
    return sum * ticks
  }
  return () => {
    const { system, user } = process.cpuUsage()
    return system + user + server()
  }
}

export interface Place {
  /** Of the one that is built, and of the one that is empty. */
  readonly open: (which: "built" | "empty") => Ledger
  readonly folder: string | null
  readonly postmaster: number | null
  readonly bytes: () => Promise<number>
  readonly remove: () => Promise<void>
}

export const onSqlite = async (kept: string | undefined): Promise<Place> => {
  const folder = kept ?? mkdtempSync(join(tmpdir(), "refund-scale-"))
  mkdirSync(folder, { recursive: true })
  rmSync(join(folder, "empty"), { recursive: true, force: true })
  const fileOf = (which: string) => join(folder, which, "refunds.db")
  return {
    open: (which) =>
      Runtime.make(Refunds.layer.pipe(Layer.provideMerge(sqlite({ file: fileOf(which), busyMilliseconds: patience })))),
    folder: kept ?? null,
    postmaster: null,
    // What is still in the log beside it counts as well.
    bytes: async () => {
      const db = new DatabaseSync(fileOf("built"), { readOnly: true })
      const figure = (pragma: string) => Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0])
      const bytes = figure("page_count") * figure("page_size")
      db.close()
      return bytes
    },
    remove: async () => {
      rmSync(kept === undefined ? folder : join(folder, "empty"), { recursive: true, force: true })
    }
  }
}

export const onPostgres = async (given: string | undefined, kept: string | undefined): Promise<Place> => {
  const { default: pg } = await import("pg")
  const server = given === undefined ? await startPostgres() : null
  const url = given ?? server?.url() ?? ""
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query("DROP SCHEMA IF EXISTS scale_empty CASCADE")
  return {
    open: (which) =>
      Runtime.make(Refunds.layer.pipe(Layer.provideMerge(postgres({ url, schema: `scale_${which}`, ...patient })))),
    folder: kept ?? null,
    postmaster:
      server === null
        ? null
        : Number(readFileSync(join(server.folder, "data", "postmaster.pid"), "utf8").split("\n")[0]),
    bytes: async () => {
      const sql = `SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'scale_built'::regnamespace`
      return (await client.query<{ readonly bytes: number }>(sql)).rows[0]?.bytes ?? 0
    },
    remove: async () => {
      await client.query("DROP SCHEMA IF EXISTS scale_empty CASCADE")
      await client.end()
      await server?.remove()
    }
  }
}

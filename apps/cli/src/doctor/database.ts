/** Of a ledger's file: how large it is, what is left to be written into it, and how much room there is. */
import { statfsSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { isPostgres, shownDatabase } from "refund-service/databaseConfiguration"
import { bad, type Finding, good, look } from "./Finding.ts"

const mebibyte = 1024 * 1024
/** `wal_autocheckpoint` is 16,384 pages of 4 KiB; a few times that says that nobody gets to it. */
const longLog = 256 * mebibyte
const littleRoom = 1024 * mebibyte

const sizeOf = (path: string): number | null => statSync(path, { throwIfNoEntry: false })?.size ?? null

const shown = (bytes: number): string =>
  bytes >= 1024 * mebibyte ? `${(bytes / 1024 / mebibyte).toFixed(1)} GiB` : `${(bytes / mebibyte).toFixed(1)} MiB`

/** `path`: of the file, where it is one. */
export const databaseFindings = (url: string, path: string): ReadonlyArray<Finding> => {
  if (isPostgres(url)) return [good("database", `${shownDatabase(url)} answers`)]
  const size = sizeOf(path)
  const log = sizeOf(`${path}-wal`) ?? 0
  if (size === null) return [bad("database", `there is no ${path}`, "`refund order put` or `refund serve` makes it")]
  return [good("database", `${path} answers, ${shown(size)}`), logOf(log), roomOf(path, size + log)]
}

const logOf = (log: number): Finding =>
  log <= longLog
    ? good("write-ahead log", shown(log))
    : look(
        "write-ahead log",
        `${shown(log)} wait to be written into the file`,
        "Somebody reads without an end: look for a process that has the file open for hours"
      )

const roomOf = (path: string, needed: number): Finding => {
  const { bavail, bsize } = statfsSync(dirname(path))
  const room = bavail * bsize
  const found = `${shown(room)} free`
  if (room < littleRoom) {
    return bad("disk", found, "Make room: without any, requests are refused with 503 until there is")
  }
  return room < needed ? look("disk", found, "A backup of the ledger would not fit beside it") : good("disk", found)
}

/** What PostgreSQL, or the way to it, says when it cannot; and what is to be done then. */
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { unavailable } from "../connection.ts"

/**
 * `again`: others were in the way, the same may work now. `crowded`: there are too many locks, fewer at a time may work. `lost`: the connection, or the server behind it, is gone.
 * `taken`: another transaction has written what this one wanted to be the first to write: read anew and decide again.
 * `refused`: it will not work before somebody does something about it. `fault`: the program's.
 */
export type Failure = "again" | "crowded" | "lost" | "taken" | "refused" | "fault"

const again: ReadonlyMap<string, string> = new Map([
  ["40001", "two transactions were in each other's way"],
  ["40P01", "two transactions waited for each other"],
  ["55P03", "another transaction keeps what is wanted"],
  ["57014", "a statement took too long"],
  ["25P03", "a transaction was left alone for too long"],
  ["25P04", "a transaction took too long"]
])

const refused: ReadonlyMap<string, string> = new Map([
  ["28000", "the database does not let the ledger in"],
  ["28P01", "the database does not let the ledger in"],
  ["3D000", "there is no such database"],
  ["42501", "the ledger may not do this in the database"],
  ["53100", "the database's disk is full"],
  ["53400", "the database is at a limit of its configuration"]
])

/** Classes 08 (connection), 53300 (too many), 57P0x (shutting down, starting up), 58 (system), 25006 (a standby's). */
const isLost = (code: string): boolean =>
  code.startsWith("08") || code.startsWith("57P") || code.startsWith("58") || code === "53300" || code === "25006"

/** The operating system's words for a way that does not work, and Node's own for what lies between. */
const network = /^(E(AI_)?[A-Z0-9]+|ERR_(SSL|TLS|STREAM|SOCKET)_\w+)$/

/** What `pg` says without a code: the socket ended, or nobody answered in time. */
const words =
  /connection terminated|connection error|not queryable|timeout exceeded|timeout expired|read timeout|client was closed/i

const codeOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined
  return typeof code === "string" ? code : ""
}

const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(", ")
  return error instanceof Error ? error.message : String(error)
}

const fromNetwork = (error: unknown): boolean =>
  error instanceof Error &&
  (network.test(codeOf(error)) ||
    words.test(error.message) ||
    (error instanceof AggregateError && error.errors.some(fromNetwork)))

/** The column that says whose a capture is refuses to become another's, which is told as a missing value. */
const isOthersCapture = (error: unknown): boolean =>
  codeOf(error) === "23502" && (error as { readonly table?: unknown }).table === "captures"

export const failureOf = (error: unknown): Failure => {
  const code = codeOf(error)
  if (again.has(code)) return "again"
  if (code === "53200") return "crowded"
  if (code === "23505" || isOthersCapture(error)) return "taken"
  if (refused.has(code)) return "refused"
  return isLost(code) || fromNetwork(error) ? "lost" : "fault"
}

/** Whether the database itself said it, with one of its five-letter codes: else nobody knows what it did. */
export const isAnswer = (error: unknown): boolean => /^(?=.*\d)[0-9A-Z]{5}$/.test(codeOf(error))

/** Null where the error is no obstacle of the store's but a fault of the program's. */
export const obstacleOf = (error: unknown): LedgerUnavailable | null => {
  if (error instanceof LedgerUnavailable) return error
  const code = codeOf(error)
  switch (failureOf(error)) {
    case "again":
      return unavailable(`${again.get(code)}: ${messageOf(error)}`)
    case "crowded":
      return unavailable(`the database has no room for more locks: ${messageOf(error)}`)
    case "lost":
      return unavailable(`the database cannot be reached: ${messageOf(error)}`)
    case "taken":
      return unavailable(`others write what this would write: ${messageOf(error)}`)
    case "refused":
      return unavailable(`${refused.get(code)}: ${messageOf(error)}`, 30)
    case "fault":
      return null
  }
}

/**
 * The thread that a ledger's file is written on: takes turns one after the other, and answers each. It is a file of its
 * own in whatever the ledger is built into, so it imports nothing but what is beside it and Node's own modules.
 */
import { parentPort, workerData } from "node:worker_threads"
import { opened, Session, type Synchronous, type Turn } from "./session.ts"

const { path, synchronous } = workerData as { readonly path: string; readonly synchronous: Synchronous }

/** What an error says about itself; as an error it would arrive without SQLite's code. */
const told = (error: unknown) =>
  error instanceof Error
    ? { message: error.message, errcode: (error as { readonly errcode?: unknown }).errcode }
    : { message: String(error) }

const answer = (work: () => unknown): void => {
  let answered: object
  try {
    answered = { answered: work() }
  } catch (error) {
    answered = { error: told(error) }
  }
  parentPort?.postMessage(answered)
}

let session: Session | undefined
answer(() => {
  session = new Session(opened(path, synchronous))
})

parentPort?.on("message", (turn: Turn | null) => {
  if (turn !== null) return answer(() => session?.turn(turn))
  session?.close()
  parentPort?.close()
})

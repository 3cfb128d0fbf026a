/** Transactions on a ledger's file, in this thread or on one of its own. */
import { existsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { answerToNotUnicode, canBeKept } from "../answering.ts"
import type { Ask, Asking, Each } from "../ask.ts"
import { connect, isBusy, unavailable } from "../connection.ts"
import { type Answered, type Asked, Session, type Synchronous, type Turn, type Versions } from "./session.ts"

/** What a transaction answers, and what it writes last, together with its commit. */
export interface Ending<A> {
  readonly answer: A
  readonly written: ReadonlyArray<Each>
}

/** Takes the turns of one transaction after the other. Where a turn fails, all of its transaction is undone. */
interface Turns {
  readonly take: (turn: Turn) => Promise<Answered>
  readonly close: () => Promise<void>
}

export interface Writing {
  /** Durable once it resolves; undone where it, or `onBegun`, throws. One at a time. */
  readonly transact: <A>(work: () => Asking<Ending<A>>, onBegun: (versions: Versions) => void) => Promise<A>
  readonly close: () => Promise<void>
}

export const writingHere = (path: string, synchronous: Synchronous): Writing => {
  const session = new Session(connect(path, synchronous))
  return over({
    take: async (turn) => session.turn(turn),
    close: async () => session.close()
  })
}

/** Others may keep the file to themselves for so long: who makes it, who brings it in order, who closes it last. */
export const writingOnThread = async (
  path: string,
  synchronous: Synchronous,
  busyMilliseconds: number
): Promise<Writing> => {
  const thread = new Thread(path, synchronous)
  const until = performance.now() + busyMilliseconds
  for (;;) {
    try {
      await thread.start()
      return over(thread)
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error
    }
    await setTimeout(1 + Math.random() * 2)
  }
}

const over = (turns: Turns): Writing => ({
  transact: (work, onBegun) => transact(turns, work(), onBegun),
  close: () => turns.close()
})

const transact = async <A>(
  turns: Turns,
  work: Asking<Ending<A>>,
  onBegun: (versions: Versions) => void
): Promise<A> => {
  let isOpen = false
  const turn = async (asked: ReadonlyArray<Asked>, ends: Turn["ends"]): Promise<Answered["answers"]> => {
    const begins = !isOpen
    isOpen = false
    const { answers, versions } = await turns.take({ begins, asked, ends })
    isOpen = ends === null
    if (versions !== null) onBegun(versions)
    return answers
  }
  try {
    let step = work.next()
    while (step.done !== true) step = work.next(await answerTo(step.value, (asked) => turn(asked, null)))
    const { answer, written } = step.value
    await turn(written.map(toAsked), "COMMIT")
    return answer
  } catch (error) {
    if (isOpen) await turn([], "ROLLBACK")
    throw error
  }
}

const toAsked = ({ rows, statement: { sql } }: Each): Asked => ({ sql, rows, counts: false })

const answerTo = async (
  ask: Ask,
  turn: (asked: ReadonlyArray<Asked>) => Promise<Answered["answers"]>
): Promise<unknown> => {
  if ("each" in ask) return turn(ask.each.map(toAsked))
  const { kind, sql, values } = ask
  if (!canBeKept(values)) return answerToNotUnicode(ask)
  const [answer] = await turn([{ sql, rows: [values], counts: kind === "run" }])
  return kind === "row" ? (answer as ReadonlyArray<unknown>)[0] : answer
}

interface Waiting {
  readonly resolve: (answered: Answered) => void
  readonly reject: (error: unknown) => void
}

type Message =
  | { readonly answered: Answered }
  | { readonly error: { readonly message: string; readonly errcode?: number } }

/** Beside this file, whatever both were built into. */
const file = new URL(import.meta.url.endsWith(".ts") ? "./writerThread.ts" : "./writerThread.js", import.meta.url)

/** Whoever builds the ledger into a file of theirs may have left the thread's out. */
export const hasThread = (): boolean => existsSync(file)

class Thread implements Turns {
  readonly #path
  readonly #synchronous
  #worker: Worker | null = null
  #waiting: Waiting | null = null

  constructor(path: string, synchronous: Synchronous) {
    this.#path = path
    this.#synchronous = synchronous
  }

  /** Resumes once it has the file open. */
  async start(): Promise<void> {
    try {
      await this.#begin()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  #begin(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      const workerData = { path: this.#path, synchronous: this.#synchronous }
      // What this process was started with (a loader, a script on the command line) is not the thread's. Node 22 says that its
      // SQLite is new, and this process has said so already.
      const worker = new Worker(file, {
        workerData,
        execArgv: ["--disable-warning=ExperimentalWarning"],
        name: "refund-store writer"
      })
      this.#worker = worker
      worker.on("message", (message: Message) => this.#answer(message))
      worker.on("error", (error) => this.#lose(worker, error))
      worker.on("exit", () => this.#lose(worker, new Error("it ended")))
    })
  }

  /** A transaction of a thread that is gone is gone, too; the next one has another thread. */
  async take(turn: Turn): Promise<Answered> {
    if (this.#worker === null && turn.begins) await this.start()
    const worker = this.#worker
    if (worker === null) throw lost("it is gone")
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      worker.ref()
      worker.postMessage(turn)
    })
  }

  close(): Promise<void> {
    const worker = this.#worker
    if (worker === null) return Promise.resolve()
    this.#worker = null
    return new Promise((resolve) => {
      worker.ref()
      worker.once("exit", () => resolve())
      worker.postMessage(null)
    })
  }

  /** A process that has nothing else to do may end. */
  #settle(): Waiting | null {
    const waiting = this.#waiting
    this.#waiting = null
    this.#worker?.unref()
    return waiting
  }

  #answer(message: Message): void {
    const waiting = this.#settle()
    if ("answered" in message) return waiting?.resolve(message.answered)
    const { errcode, message: says } = message.error
    waiting?.reject(Object.assign(new Error(says), errcode === undefined ? {} : { errcode }))
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    this.#settle()?.reject(lost(error instanceof Error ? error.message : String(error)))
  }
}

/** Whether what it was about to commit is in the file nobody can say. */
const lost = (why: string): LedgerUnavailable =>
  unavailable(`the thread that writes the ledger's file is gone, ask again with the same key: ${why}`)

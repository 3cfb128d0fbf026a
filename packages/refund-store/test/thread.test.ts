/** What becomes of decisions when the thread that writes the file is gone: nobody is told of what is not durable. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import { assertInclude } from "@effect/vitest/utils"
import { Effect } from "effect"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Refunds } from "refund-core/Refunds"
import { caller, capture, order, register, request } from "refund-testkit/build"
import { inject, vi } from "vitest"
import { writingOnThread } from "../src/internal/sqlite/writing.ts"
import { ledgerAt, temporaryFile, temporaryFolder } from "./ledgerFile.ts"

const { tenant } = caller()

const ask = (key: string) => Refunds.use((refunds) => refunds.execute(request({ amount: 1n, key })))
const askAll = (keys: ReadonlyArray<string>) =>
  Effect.forEach(keys, (key) => Effect.result(ask(key)), { concurrency: "unbounded" })
const keys = Array.from({ length: 20 }, (_, index) => `k-${index}`)

interface Sent {
  readonly ends: string | null
}

/** The thread ends before, or after, it is told the next thing that is `told`. */
const ending = (isTold: (sent: Sent) => boolean, arrives: boolean) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const post = Worker.prototype.postMessage
      const spy = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, sent) {
        if (sent === null || !isTold(sent)) return post.call(this, sent)
        spy.mockRestore()
        const end = () => void this.terminate()
        if (!arrives) return void setImmediate(end)
        // It says that it has done it, and nobody hears that any more but who ends it then.
        this.removeAllListeners("message")
        this.once("message", end)
        post.call(this, sent)
      })
      return spy
    }),
    (spy) => Effect.sync(() => spy.mockRestore())
  )

const commits = ({ ends }: Sent) => ends === "COMMIT"
const reads = ({ ends }: Sent) => ends === null

describe("a thread that ends", () => {
  for (const [when, isTold, arrives] of [
    ["while facts are read", reads, false],
    ["before it is told to commit", commits, false],
    ["once it has committed, before it says so", commits, true]
  ] as const) {
    it.live(`${when}: all of its batch are told that it is unavailable; asked again, each is made once`, () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* Effect.gen(function* () {
          const { execute } = yield* Refunds
          yield* execute(register(order({ captures: [capture("c-1", 1_000n)] })))
          yield* ending(isTold, arrives)
          for (const lost of yield* askAll(keys)) {
            assert.deepInclude(lost, { _tag: "Failure" })
            if (lost._tag === "Failure") assert.strictEqual(lost.failure._tag, "LedgerUnavailable")
          }
          const again = yield* Effect.forEach(keys, ask, { concurrency: "unbounded" })
          assert.deepStrictEqual([...new Set(again.map(({ replayed }) => replayed))], [arrives])
          const reader = yield* LedgerReader
          const view = yield* reader.order(tenant, { order: register().orderId })
          assert.strictEqual(view?.refunds.length, keys.length)
          assert.isTrue((yield* reader.verify(tenant)).ok)
        }).pipe(Effect.provide(ledgerAt(file, { thread: true })))
      })
    )
  }
})

describe("a file that a thread cannot open", () => {
  it.live("is told as what SQLite says, and nothing of the thread is left", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const refused = yield* Effect.flip(
        Effect.tryPromise(() => writingOnThread(join(folder, "none", "a.db"), "OFF", 0))
      )
      assertInclude(String(refused.cause), "unable to open database file")
    })
  )
})

describe("a file that another keeps to itself while the thread opens it", () => {
  const kept = Effect.gen(function* () {
    const file = yield* temporaryFile
    const db = new DatabaseSync(file)
    db.exec("PRAGMA journal_mode = WAL; PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE kept (id INTEGER)")
    const release = () => db.isOpen && db.close()
    yield* Effect.addFinalizer(() => Effect.sync(release))
    return { file, release }
  })

  it.live("is opened as soon as it is free", () =>
    Effect.gen(function* () {
      const { file, release } = yield* kept
      yield* Effect.forkScoped(Effect.andThen(Effect.sleep(200), Effect.sync(release)))
      const { close } = yield* Effect.promise(() => writingOnThread(file, "OFF", 20_000))
      yield* Effect.promise(close)
    })
  )

  it.live("is not waited for longer than a ledger may be busy", () =>
    Effect.gen(function* () {
      const { file } = yield* kept
      const refused = yield* Effect.flip(Effect.tryPromise(() => writingOnThread(file, "OFF", 100)))
      assertInclude(String(refused.cause), "database is locked")
    })
  )
})

describe("a program that the ledger is bundled into", () => {
  it("has the thread's file beside it, and beside its parts", () => {
    const folder = dirname(inject("programs")["test/racer.ts"] ?? "")
    for (const part of [".", "parts"]) assert.isTrue(existsSync(join(folder, part, "writerThread.js")), part)
  })
})

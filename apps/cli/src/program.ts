/** Puts the command line together: the store, the server, the process around it. */
import { readFileSync } from "node:fs"
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Service from "refund-service/Service"
import { ServerProcess } from "./commands/serve.ts"
import { LedgerFiles } from "./EmbeddedLedger.ts"
import { cannotBe } from "./files.ts"
import { LedgerPlaces } from "./LedgerPlaces.ts"
import { processShell } from "./processShell.ts"
import { run } from "./run.ts"
import { Shell } from "./Shell.ts"
import { storeAt, storePlaces } from "./storePlaces.ts"

const schema = process.env["REFUND_DATABASE_SCHEMA"] ?? ""

const files = LedgerFiles.of({
  open: (url) => Service.layer({ waitMilliseconds: 5_000 }).pipe(Layer.provideMerge(storeAt(url, schema)))
})

// Loaded only to serve: no other command should wait for Express.
const server = ServerProcess.of({
  run: (env) => Effect.promise(async () => (await import("refund-http/server")).serve(env)),
  work: (env) => Effect.promise(async () => (await import("refund-http/server")).work(env))
})

const { env, stderr, stdin, stdout } = process

/** On standard error, since standard output may go elsewhere. */
const ask = async (question: string): Promise<string> => {
  const { createInterface } = await import("node:readline")
  const terminal = createInterface({ input: stdin, output: stderr })
  return new Promise((resolve) => {
    terminal.once("SIGINT", () => terminal.close())
    terminal.once("close", () => resolve(""))
    terminal.question(question, (said) => {
      resolve(said)
      terminal.close()
    })
  })
}

// Whoever reads the output may have seen enough, as `head` has.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
  // What was asked for may have happened all the same.
  stderr.write(`${cannotBe("written", "standard output", error)}\n`)
  process.exit(3)
})
// Words that nobody can be told change nothing of what is done, nor the exit code.
stderr.on("error", () => {})

process.exitCode = await run(process.argv.slice(2)).pipe(
  Effect.provideService(
    Shell,
    processShell({
      env,
      stdout,
      stderr,
      readInput: () => readFileSync(0, "utf8"),
      openInput: () => stdin,
      ...(stdin.isTTY ? { ask } : {})
    })
  ),
  Effect.provideService(LedgerFiles, files),
  Effect.provideService(LedgerPlaces, storePlaces(schema)),
  Effect.provideService(ServerProcess, server),
  Effect.provide(NodeServices.layer),
  Effect.runPromise
)

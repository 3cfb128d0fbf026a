/** The command line in this process: fast enough for every command in every place. `bundle.ts` has it as a shell does. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Service from "refund-service/Service"
import { afterAll } from "vitest"
import { ServerProcess } from "../../src/commands/serve.ts"
import { LedgerFiles } from "../../src/EmbeddedLedger.ts"
import { LedgerPlaces } from "../../src/LedgerPlaces.ts"
import { processShell } from "../../src/processShell.ts"
import { run } from "../../src/run.ts"
import { Shell } from "../../src/Shell.ts"
import { storeAt, storePlaces } from "../../src/storePlaces.ts"

/** A folder that is gone when the file's tests are over. */
export const scratch = mkdtempSync(join(tmpdir(), "refund-cli-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export type Environment = Readonly<Record<string, string>>

export interface Around {
  readonly env?: Environment
  readonly input?: string
  readonly isTTY?: boolean
  /** Somebody sits at the terminal, and says this to whatever is asked. */
  readonly says?: string
  readonly busyMilliseconds?: number
  readonly serve?: ServerProcess["Service"]["run"]
  readonly work?: ServerProcess["Service"]["work"]
}

export const refund = async (args: ReadonlyArray<string>, around: Around = {}): Promise<Ran> => {
  const { busyMilliseconds = 5_000, env = {}, input = "", isTTY = false, says } = around
  const { serve = () => Effect.succeed(0), work = () => Effect.succeed(0) } = around
  let out = ""
  let err = ""
  const shell = processShell({
    env,
    stdout: { isTTY, write: (text) => (out += text) },
    stderr: { isTTY, write: (text) => (err += text) },
    readInput: () => input,
    ...(says === undefined
      ? {}
      : {
          ask: async (question: string) => {
            err += question
            return says
          }
        })
  })
  const schema = env["REFUND_DATABASE_SCHEMA"] ?? ""
  const files = LedgerFiles.of({
    open: (file) =>
      Service.layer({ waitMilliseconds: 5_000 }).pipe(
        Layer.provideMerge(storeAt(file, schema, { synchronous: "OFF", busyMilliseconds }))
      )
  })
  const code = await run(args).pipe(
    Effect.provideService(Shell, shell),
    Effect.provideService(LedgerFiles, files),
    Effect.provideService(LedgerPlaces, storePlaces(schema)),
    Effect.provideService(ServerProcess, ServerProcess.of({ run: serve, work })),
    Effect.provide(NodeServices.layer),
    Effect.runPromise
  )
  return { code, out, err }
}

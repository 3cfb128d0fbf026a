/** `refund serve`: the HTTP server with its worker, on the same file. */
import { Context, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { databaseFile } from "../connect.ts"
import { Told, Usage } from "../failures.ts"
import { Shell } from "../Shell.ts"
import { Url } from "../settings.ts"

/** Runs until a signal, and answers the server's exit code. Only `main.ts` knows how to start one. */
export class ServerProcess extends Context.Service<
  ServerProcess,
  { readonly run: (env: Readonly<Record<string, string | undefined>>) => Effect.Effect<number> }
>()("refund-cli/ServerProcess") {}

const setting = (name: string, variable: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(`<${name}>`),
    Flag.withDescription(`${description} (else ${variable})`),
    Flag.optional
  )

export const serve = Command.make(
  "serve",
  { port: setting("port", "PORT", "The port to listen on"), host: setting("host", "HOST", "The address to listen on") },
  Effect.fnUntraced(function* ({ host, port }) {
    if (Option.isSome(yield* Url)) return yield* new Usage({ sentence: "serve starts a server; --url names one" })
    const { env } = yield* Shell
    const server = yield* ServerProcess
    const file = yield* databaseFile
    const code = yield* server.run({
      ...env,
      ...(Option.isSome(port) ? { PORT: port.value } : {}),
      ...(Option.isSome(host) ? { HOST: host.value } : {}),
      REFUND_DATABASE_URL: file.startsWith("file:") ? file : `file:${file}`
    })
    // The server has said why.
    if (code !== 0) return yield* new Told({ code: code === 2 ? 2 : 3 })
  })
).pipe(
  Command.withDescription("Start the HTTP server with its worker and the five dialects; SIGTERM and Ctrl-C stop it"),
  Command.withExamples([
    { command: "refund serve" },
    { command: "refund serve --port 8080 --database /var/lib/refunds/refunds.db" }
  ])
)

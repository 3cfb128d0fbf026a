/** `refund serve` and `refund worker`: the server with its worker, or the worker alone, on the same ledger. */
import { Context, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { isPostgres } from "refund-service/databaseConfiguration"
import { databaseUrl, notOnServer } from "../connect.ts"
import { Told } from "../failures.ts"
import { Shell } from "../Shell.ts"

type Run = (env: Readonly<Record<string, string | undefined>>) => Effect.Effect<number>

/** Both run until a signal, and answer the process's exit code. Only `main.ts` knows how to start them. */
export class ServerProcess extends Context.Service<ServerProcess, { readonly run: Run; readonly work: Run }>()(
  "refund-cli/ServerProcess"
) {}

const setting = (name: string, variable: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(`<${name}>`),
    Flag.withDescription(`${description} (else ${variable})`),
    Flag.optional
  )

/** With the environment, and what the flags say in place of it. */
const started = Effect.fnUntraced(function* (
  name: "serve" | "worker",
  flags: Readonly<Record<string, Option.Option<string>>>
) {
  yield* notOnServer(name)
  const { env } = yield* Shell
  const server = yield* ServerProcess
  const database = yield* databaseUrl
  const named = Object.entries(flags).flatMap(([variable, value]) =>
    Option.isSome(value) ? [[variable, value.value]] : []
  )
  const code = yield* (name === "serve" ? server.run : server.work)({
    ...env,
    ...Object.fromEntries(named),
    REFUND_DATABASE_URL: database.startsWith("file:") || isPostgres(database) ? database : `file:${database}`
  })
  // The process has said why.
  if (code !== 0) return yield* new Told({ code: code === 2 ? 2 : 3 })
})

export const serve = Command.make(
  "serve",
  { port: setting("port", "PORT", "The port to listen on"), host: setting("host", "HOST", "The address to listen on") },
  ({ host, port }) => started("serve", { PORT: port, HOST: host })
).pipe(
  Command.withDescription("Start the HTTP server with its worker and the five dialects; SIGTERM and Ctrl-C stop it"),
  Command.withExamples([
    { command: "refund serve" },
    { command: "refund serve --port 8080 --database /var/lib/refunds/refunds.db" }
  ])
)

export const worker = Command.make("worker", {}, () => started("worker", {})).pipe(
  Command.withDescription(
    "Start a worker alone: it pays what is due, applies what providers told and sends webhooks, beside any number of servers and workers"
  ),
  Command.withExamples([
    { command: "refund worker" },
    { command: "refund worker --database /var/lib/refunds/refunds.db" }
  ])
)

/** `refund config`: what a server started here would be configured with. Secrets are not shown. */
import { Effect, Option, Schema } from "effect"
import { Command } from "effect/cli"
import { configuration, variables } from "refund-service/Configuration"
import { shownDatabase } from "refund-service/databaseConfiguration"
import { Told, Usage } from "../failures.ts"
import { answer } from "../output/answer.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { type Cell, table } from "../output/table.ts"
import { Shell } from "../Shell.ts"
import { Database, Url } from "../settings.ts"

export const ConfigBody = Schema.Struct({
  ok: Schema.Boolean,
  variables: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      /** What applies; null where it is a secret, or there is none. */
      value: Schema.NullOr(Schema.String),
      default: Schema.String,
      set: Schema.Boolean,
      secret: Schema.Boolean,
      means: Schema.String
    })
  ),
  /** A sentence for each value that would stop the start. */
  faults: Schema.Array(Schema.String)
}).annotate({ identifier: "Configuration" })
export type ConfigBody = typeof ConfigBody.Type

/** The environment as a server would have it from this command line. */
export const surroundings = Effect.gen(function* () {
  const { env } = yield* Shell
  const named = Option.getOrUndefined(yield* Database)
  if (named === undefined) return env
  return { ...env, REFUND_DATABASE_URL: /^[a-z][a-z0-9+.-]+:/i.test(named) ? named : `file:${named}` }
})

export const faultsOf = (env: Shell["Service"]["env"]): Effect.Effect<ReadonlyArray<string>> =>
  configuration(env).pipe(
    Effect.as([]),
    Effect.catch(({ sentences }) => Effect.succeed(sentences))
  )

export const config = Command.make(
  "config",
  {},
  Effect.fnUntraced(function* () {
    if (Option.isSome(yield* Url)) {
      return yield* new Usage({ sentence: "config is about this environment; the server at --url has its own" })
    }
    const env = yield* surroundings
    const faults = yield* faultsOf(env)
    const body: ConfigBody = { ok: faults.length === 0, variables: known(env), faults }
    yield* answer(ConfigBody, body, (paint) => configInWords(body, paint))
    if (body.ok) return
    const { paint, tell } = yield* Shell
    for (const fault of faults) tell(`${paint.told("red", "✗")} ${harmless(fault)}`)
    return yield* new Told({ code: 2 })
  })
).pipe(
  Command.withDescription(
    "Every variable of a server and worker: what it is here, or its default. Secrets are not shown; exit code 2 where something is malformed"
  ),
  Command.withExamples([{ command: "refund config" }, { command: "refund config --json" }])
)

const known = (env: Shell["Service"]["env"]): ConfigBody["variables"] =>
  Object.entries(variables).map(([name, variable]) => {
    const given = env[name] ?? ""
    const secret = "secret" in variable && variable.secret
    const value = given === "" ? variable.default : given
    return {
      name,
      value: secret || value === "" ? null : name === "REFUND_DATABASE_URL" ? databaseOf(value) : value,
      default: variable.default,
      set: given !== "",
      secret,
      means: variable.means
    }
  })

/** What is no address at all may still have a password in it. */
const databaseOf = (url: string): string => {
  if (!url.includes("@") || URL.canParse(url)) return shownDatabase(url)
  return "(malformed)"
}

const configInWords = ({ variables }: ConfigBody, paint: Paint): string =>
  table(
    [{ name: "variable" }, { name: "" }, { name: "value" }, { name: "what it means" }],
    variables.map(
      ({ means, name, secret, set, value }): ReadonlyArray<Cell> => [
        name,
        set ? { text: "set", style: "green" } : { text: "default", style: "dim" },
        secret && set ? { text: "(a secret)", style: "dim" } : (value ?? ""),
        { text: means, style: "dim" }
      ]
    ),
    paint
  )

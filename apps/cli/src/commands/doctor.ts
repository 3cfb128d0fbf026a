/** `refund doctor`: whether all is well, and what to do where it is not. */
import { Clock, Effect, Option, Schema } from "effect"
import { Command } from "effect/cli"
import { configuration } from "refund-service/Configuration"
import { databaseUrl, withLedger } from "../connect.ts"
import { databaseFindings } from "../doctor/database.ts"
import { bad, Finding, good } from "../doctor/Finding.ts"
import { ledgerFindings } from "../doctor/ledger.ts"
import { serverFindings } from "../doctor/server.ts"
import { Told } from "../failures.ts"
import { LedgerPlaces } from "../LedgerPlaces.ts"
import { answer } from "../output/answer.ts"
import { harmless, type Paint, type Style } from "../output/paint.ts"
import { pathOf } from "../processShell.ts"
import { Json, Url } from "../settings.ts"
import { faultsOf, surroundings } from "./config.ts"

export const DoctorBody = Schema.Struct({ ok: Schema.Boolean, findings: Schema.Array(Finding) }).annotate({
  identifier: "Findings"
})
type DoctorBody = typeof DoctorBody.Type

export const doctor = Command.make(
  "doctor",
  {},
  Effect.fnUntraced(function* () {
    const here = Option.isSome(yield* Url) ? [] : yield* configured
    const asked = yield* looked.pipe(
      Effect.map((findings) => ({ findings, isThere: true })),
      Effect.catchTag("Unavailable", ({ detail }) => {
        const finding = bad("ledger", detail, "Nothing else can be looked at until it answers")
        return Effect.succeed({ findings: [finding], isThere: false })
      })
    )
    const findings = [...here, ...asked.findings]
    const body: DoctorBody = { ok: findings.every(({ state }) => state !== "bad"), findings }
    yield* answer(DoctorBody, body, (paint) => findings.map((each) => inWords(each, paint)).join("\n"))
    if (!body.ok) return yield* new Told({ code: asked.isThere ? 1 : 3 })
  })
).pipe(
  Command.withDescription(
    "Look at configuration, database, clock, what waits and for how long, webhooks, inbox and keys, with advice. Exit code 1 where something is bad"
  ),
  Command.withExamples([
    { command: "refund doctor" },
    { command: "refund doctor --url https://refunds.example --key-file admin.key --json" }
  ])
)

const configured = Effect.gen(function* () {
  const env = yield* surroundings
  const faults = yield* faultsOf(env)
  if (faults.length > 0) {
    return faults.map((fault) => bad("configuration", fault, "`refund config` lists every variable"))
  }
  const { providers } = yield* Effect.orDie(configuration(env))
  const named = Object.entries(providers).flatMap(([name, settings]) => (settings === null ? [] : [name]))
  const found = named.length === 0 ? "none but the simulator, manual and external" : named.join(", ")
  return [good("configuration", "every variable can be read"), good("providers", found)]
})

/** What is opened answers: a file's figures are worth looking at after that. */
const looked = Effect.gen(function* () {
  const now = yield* Clock.currentTimeMillis
  const server = Option.getOrNull(yield* Url)
  const beneath = server === null ? ofDatabase(yield* databaseUrl) : serverFindings(server)
  return yield* withLedger((ledger) =>
    Effect.gen(function* () {
      const findings = yield* ledgerFindings(ledger, now)
      return [...(yield* beneath), ...findings]
    })
  ).pipe(Effect.provideService(Json, false))
})

/** What was opened is current: its tables were made so, unless a newer program's had refused it. */
const ofDatabase = (url: string) =>
  Effect.gen(function* () {
    const places = yield* LedgerPlaces
    const schema = yield* places.migrate(url).pipe(
      Effect.map(({ after }) => good("schema", `number ${after}, the one that this program knows`)),
      Effect.catch(({ detail }) => Effect.succeed(bad("schema", detail, "`refund migrate` says more")))
    )
    const [database, ...more] = databaseFindings(url, pathOf(url))
    return database === undefined ? [schema] : [database, schema, ...more]
  })

const marks: Record<Finding["state"], readonly [Style, string]> = {
  good: ["green", "✓"],
  look: ["yellow", "!"],
  bad: ["red", "✗"],
  unknown: ["dim", "?"]
}

const width = 22

const inWords = ({ about, advice, found, state }: Finding, paint: Paint): string => {
  const [style, mark] = marks[state]
  const line = `${paint(style, mark)} ${about.padEnd(width)} ${harmless(found)}`
  return advice === null ? line : `${line}\n  ${" ".repeat(width)} ${paint("dim", `→ ${advice}`)}`
}

/** `refund import`: orders, captures and refunds by the file. */
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { kinds } from "refund-service/importing/fields"
import { withLedger } from "../connect.ts"
import { Told, Unavailable, type Usage } from "../failures.ts"
import { importInto } from "../importing/importing.ts"
import { failing, Resumption } from "../importing/Resumption.ts"
import type { Tally } from "../importing/tally.ts"
import { answer } from "../output/answer.ts"
import { barOn } from "../output/bar.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { table } from "../output/table.ts"
import { type OpenFile, Shell } from "../Shell.ts"
import { fileArgument } from "./fileNames.ts"

/** What `--json` prints. */
export const ImportBody = Schema.Struct({
  file: Schema.String,
  dryRun: Schema.Boolean,
  rows: Schema.Int,
  /** Made, or changed, by this import. */
  made: Schema.Int,
  /** There already, the same. */
  there: Schema.Int,
  rejected: Schema.Int,
  /** By the rule that was broken first: how many, and the first of them. */
  reasons: Schema.Array(
    Schema.Struct({ code: Schema.String, count: Schema.Int, row: Schema.Int, example: Schema.String })
  ),
  /** One of the rejected rows: nobody could tell where it ends, and nothing behind it was read. Null: all was read. */
  endedAtRow: Schema.NullOr(Schema.Int),
  /** Where the other rejected rows are, each with its reason; null: there are none, or nothing was written. */
  rejectedFile: Schema.NullOr(Schema.String)
})
export type ImportBody = typeof ImportBody.Type

const many = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.between(0, 100))
const yes = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const flags = {
  file: fileArgument("file").pipe(Argument.withDescription("CSV with a header, or JSON lines; - reads standard input")),
  kind: Flag.Literals("kind", kinds).pipe(
    Flag.withDescription("What the rows are; else their columns say it"),
    Flag.optional
  ),
  format: Flag.Literals("format", ["csv", "jsonl"]).pipe(
    Flag.withDescription("How they are written; else the first line says it"),
    Flag.optional
  ),
  map: many("map", '"Their column=ourField"', 'What a column means; "Their column=" leaves it out'),
  default: many("default", "field=value", "For rows whose cell is empty, or where there is no such column"),
  ignoreOthers: yes("ignore-others", "Leave out all columns that nobody knows"),
  decimalComma: yes("decimal-comma", "Amounts are written 19,99"),
  dryRun: yes("dry-run", "Decide every row by the ledger as it is, and write nothing")
}

type Flags = Command.Command.Config.Infer<typeof flags>

/** None of what cannot be read again: there is no file to go on in, nor to write anything beside. */
const resumptionOf = (flags: Flags, { head, size }: OpenFile): Effect.Effect<Resumption | null, Usage> => {
  const { dryRun, file, ...how } = flags
  if (dryRun || size === null || file.startsWith("/dev/")) return Effect.succeed(null)
  const ending = head.trimStart().startsWith("{") ? "jsonl" : "csv"
  const rejected = `${file}.rejected.${Option.getOrElse(how.format, () => ending)}`
  return failing(file, () => new Resumption(file, how, rejected))
}

export const importFile = Command.make(
  "import",
  flags,
  Effect.fnUntraced(function* (input) {
    const shell = yield* Shell
    const { dryRun, file } = input
    const source = yield* shell.openFile(file)
    const resumption = yield* resumptionOf(input, source)
    const { before, tally } = yield* withLedger(
      (ledger) =>
        importInto(ledger, {
          chunks: source.chunks,
          size: source.size,
          reading: {
            kind: Option.getOrNull(input.kind),
            format: Option.getOrNull(input.format),
            maps: input.map,
            defaults: input.default,
            ignoresOthers: input.ignoreOthers,
            hasDecimalComma: input.decimalComma
          },
          dryRun,
          resumption,
          bar: barOn(shell)
        }),
      { makesFile: !dryRun }
    ).pipe(Effect.mapError((failure) => (failure._tag === "Unavailable" ? goesOn(failure, resumption) : failure)))
    if (before > 0)
      shell.tell(`Went on after ${numbered(before)} ${before === 1 ? "row" : "rows"} that an import before had done.`)
    const isApart = tally.rejected > (tally.endedAtRow === null ? 0 : 1)
    const rejectedFile = resumption !== null && isApart ? resumption.rejectedPath : null
    const body: ImportBody = { file, dryRun, ...tally, rejectedFile }
    yield* answer(ImportBody, body, (paint) => inWords(body, paint))
    if (tally.rejected > 0) return yield* new Told({ code: 1 })
  })
).pipe(
  Command.withDescription(
    "Orders, captures and refunds by the file, each row for itself; run it again after whatever went wrong, nothing is made twice"
  ),
  Command.withExamples([
    { command: "refund import refunds.csv --dry-run", description: "what would be rejected, and why" },
    { command: 'refund import old.csv --map "Order No=orderId" --default currency=EUR --default settled=true' },
    { command: "refund import - --kind orders < orders.jsonl", description: "JSON lines: amounts are minor units" }
  ])
)

const goesOn = ({ detail }: Unavailable, resumption: Resumption | null): Unavailable =>
  new Unavailable({
    detail: `${detail}. Run the same command again: ${resumption === null ? "what is done is not made twice" : "it goes on where it stopped"}`
  })

const numbered = (count: number): string => count.toLocaleString("en")

const inWords = (body: ImportBody & Tally, paint: Paint): string => {
  const { dryRun, made, reasons, rejected, rows, there } = body
  const would = dryRun ? "would be " : ""
  const head = `${numbered(rows)} ${rows === 1 ? "row" : "rows"}: ${numbered(made)} ${would}made, ${numbered(there)} there already, ${numbered(rejected)} ${would}rejected`
  if (rejected === 0) return head
  const lines = reasons.map(({ code, count, example, row }) => [code, numbered(count), String(row), example])
  const columns = [
    { name: "why" },
    { name: "rows", right: true },
    { name: "first", right: true },
    { name: "for example" }
  ] as const
  return [head, table(columns, lines, paint), ...whatToMend(body)].join("\n\n")
}

const whatToMend = ({ endedAtRow, file, rejectedFile }: ImportBody): ReadonlyArray<string> => {
  const who = endedAtRow === null ? "They" : `All but row ${endedAtRow}`
  const whole = file === "-" ? "the file" : harmless(file)
  return [
    ...(rejectedFile === null
      ? []
      : [`${who} are in ${harmless(rejectedFile)}: mend them there, and import that file`]),
    ...(endedAtRow === null
      ? []
      : [
          `Reading ended at row ${endedAtRow}: mend ${whole} itself and import it again; what was made is not made twice`
        ])
  ]
}

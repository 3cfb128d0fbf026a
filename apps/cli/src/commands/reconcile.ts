/** `refund reconcile`: a provider's settlement report against the ledger. */
import { writeFileSync } from "node:fs"
import { basename } from "node:path"
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { timeToJson } from "refund-api/Time"
import { withLedger } from "../connect.ts"
import { Told, Usage } from "../failures.ts"
import { failing } from "../importing/Resumption.ts"
import { answer } from "../output/answer.ts"
import { barOn } from "../output/bar.ts"
import { csvRows, figureOf, guarded } from "../output/csv.ts"
import { harmless, type Paint } from "../output/paint.ts"
import { table } from "../output/table.ts"
import { type FormName, formNames } from "../reconciling/reading.ts"
import { type Found, type Line, reconcileWith } from "../reconciling/reconciling.ts"
import { Shell } from "../Shell.ts"

const verdicts = ["matched", "differing", "missing_here", "missing_there", "ambiguous", "unreadable"] as const

/** What `--json` prints, and the report's JSON file holds. */
export const ReconciledBody = Schema.Struct({
  file: Schema.String,
  provider: Schema.String,
  /** The days it is about. */
  from: Schema.NullOr(Schema.String),
  until: Schema.NullOr(Schema.String),
  marked: Schema.Boolean,
  /** The row that reading ended in, since nobody can say where it ends: what is missing there is not known. Null: all was read. */
  unreadFrom: Schema.NullOr(Schema.Int),
  counts: Schema.Record(Schema.Literals(verdicts), Schema.Int),
  rows: Schema.Array(
    Schema.Struct({
      /** Of the report; null: it has none. */
      row: Schema.NullOr(Schema.Int),
      verdict: Schema.Literals(verdicts),
      reference: Schema.NullOr(Schema.String),
      refundId: Schema.NullOr(Schema.String),
      orderId: Schema.NullOr(Schema.String),
      /** What the report says, minor units. */
      amount: Schema.NullOr(Schema.Int),
      currency: Schema.NullOr(Schema.String),
      why: Schema.String,
      reconciledIn: Schema.NullOr(Schema.String)
    })
  )
})
export type ReconciledBody = typeof ReconciledBody.Type

const only = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const flags = {
  file: Argument.String("file").pipe(Argument.withDescription("The report, CSV; - reads standard input")),
  provider: Flag.Literals("provider", formNames).pipe(Flag.withDescription("Whose report it is; generic: any CSV")),
  as: only("as", "<name>", "What captures call the provider, where that is another name"),
  map: Flag.String("map").pipe(
    Flag.withMetavar('"Their column=ourField"'),
    Flag.withDescription("For a generic report: reference, refundId, amount, currency, fee, at, kind"),
    Flag.between(0, 20)
  ),
  mark: Flag.Boolean("mark").pipe(
    Flag.withDescription("Mark what matches as reconciled, and book the bank and the fees; else only look"),
    Flag.withDefault(false)
  ),
  from: only("from", "<day>", "The first day it is about, UTC; else that of its rows"),
  until: only("until", "<day>", "The day after the last; else that of its rows"),
  lookback: Flag.Int("lookback").pipe(
    Flag.withMetavar("<days>"),
    Flag.withDescription("How long before its first day a refund may have been asked for"),
    Flag.filter(
      (days) => days >= 0 && days <= 3_650,
      () => "from 0 to 3650 days"
    ),
    Flag.withDefault(90)
  ),
  output: only("output", "<name>", "Write <name>.csv and <name>.json; else beside the file, ending in .reconciled")
}

const dayOf = (name: string, text: Option.Option<string>): Effect.Effect<number | null, Usage> => {
  if (Option.isNone(text)) return Effect.succeed(null)
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text.value) ? Date.parse(`${text.value}T00:00:00Z`) : Number.NaN
  if (!Number.isNaN(instant)) return Effect.succeed(instant)
  return Effect.fail(new Usage({ sentence: `--${name} is a day such as 2026-10-01, not ${text.value}` }))
}

const mapsOf = (form: FormName, maps: ReadonlyArray<string>): Effect.Effect<ReadonlyMap<string, string>, Usage> => {
  const wrong = maps.find((each) => each.lastIndexOf("=") < 1)
  if (wrong !== undefined)
    return Effect.fail(new Usage({ sentence: `--map ${wrong}: write it as "Their column=ourField"` }))
  if (maps.length > 0 && form !== "generic") {
    return Effect.fail(new Usage({ sentence: "--map is for a generic report: the others have their own columns" }))
  }
  return Effect.succeed(
    new Map(maps.map((each) => [each.slice(0, each.lastIndexOf("=")).trim(), each.slice(each.lastIndexOf("=") + 1)]))
  )
}

export const reconcileReport = Command.make(
  "reconcile",
  flags,
  Effect.fnUntraced(function* (input) {
    const shell = yield* Shell
    const { file, mark, provider: form } = input
    const provider = Option.getOrElse(input.as, () => form as string)
    if (provider === "generic") return yield* new Usage({ sentence: "Say --as: what captures call the provider" })
    const maps = yield* mapsOf(form, input.map)
    const [from, until] = [yield* dayOf("from", input.from), yield* dayOf("until", input.until)]
    const { chunks } = yield* shell.openFile(file)
    const report = file === "-" ? `${form} report` : basename(file).slice(0, 255)
    const asked = { chunks, form, maps, provider, report, mark, from, until, lookbackDays: input.lookback }
    const found = yield* withLedger((ledger) => reconcileWith(ledger, { ...asked, bar: barOn(shell) }))
    const body = bodyOf(file, provider, mark, found)
    const name = Option.getOrElse(input.output, () => (file === "-" ? null : `${file}.reconciled`))
    if (name !== null) yield* written(name, body)
    yield* answer(ReconciledBody, body, (paint) => inWords(body, name, paint))
    if (body.counts.matched < body.rows.length) return yield* new Told({ code: 1 })
  })
).pipe(
  Command.withDescription(
    "A provider's settlement report against the ledger: matched, differing, missing here, missing there; nothing is guessed"
  ),
  Command.withExamples([
    { command: "refund reconcile payouts.csv --provider stripe", description: "look, and write a report beside it" },
    { command: "refund reconcile settlement.csv --provider adyen --mark", description: "and mark what matches" },
    { command: 'refund reconcile bank.csv --provider generic --as manual --map "Ref=reference" --from 2026-10-01' }
  ])
)

const bodyOf = (
  file: string,
  provider: string,
  marked: boolean,
  { from, lines, unreadFrom, until }: Found
): ReconciledBody => ({
  file,
  provider,
  from: from === null ? null : timeToJson(from),
  until: until === null ? null : timeToJson(until),
  marked,
  unreadFrom,
  counts: Object.fromEntries(
    verdicts.map((verdict) => [verdict, lines.filter((line) => line.verdict === verdict).length])
  ) as ReconciledBody["counts"],
  rows: lines.map(rowOf)
})

const rowOf = ({ asked, ...line }: Line): ReconciledBody["rows"][number] => ({
  ...line,
  amount: asked === null ? null : asked.amount,
  currency: asked === null ? null : asked.currency
})

const columns = [
  "row",
  "verdict",
  "reference",
  "refundId",
  "orderId",
  "amount",
  "currency",
  "why",
  "reconciledIn"
] as const

const written = (name: string, body: ReconciledBody) =>
  Effect.andThen(
    failing(`${name}.json`, () => writeFileSync(`${name}.json`, `${JSON.stringify(body, null, 2)}\n`)),
    failing(`${name}.csv`, () => {
      const rows = body.rows.map((row) =>
        columns.map((column) =>
          column === "amount" && row.amount !== null && row.currency !== null
            ? figureOf(BigInt(row.amount), row.currency)
            : guarded(row[column])
        )
      )
      writeFileSync(`${name}.csv`, csvRows([columns, ...rows]))
    })
  )

/** Of what does not match, so many are shown; all are in the files. */
const shownAtMost = 20

const inWords = (body: ReconciledBody, name: string | null, paint: Paint): string => {
  const counts = verdicts.flatMap((verdict) =>
    body.counts[verdict] > 0 ? [`${body.counts[verdict]} ${wordsOf[verdict]}`] : []
  )
  const head = counts.length === 0 ? "No refunds, there or here" : counts.join(", ")
  const days =
    body.from === null || body.until === null
      ? []
      : [`From ${body.from.slice(0, 10)} until ${body.until.slice(0, 10)}, UTC`]
  const ended =
    body.unreadFrom === null
      ? []
      : [
          `Reading ended in row ${body.unreadFrom}: which refunds are missing there is not known. Mend the file, and reconcile it again`
        ]
  const others = body.rows.filter(({ verdict }) => verdict !== "matched")
  const rows = others
    .slice(0, shownAtMost)
    .map(({ orderId, reference, row, verdict, why }) => [
      row === null ? "" : String(row),
      wordsOf[verdict],
      reference ?? "",
      orderId ?? "",
      why
    ])
  const names = [
    { name: "row", right: true },
    { name: "what" },
    { name: "reference" },
    { name: "order" },
    { name: "why" }
  ] as const
  const more = others.length > shownAtMost ? [`And ${others.length - shownAtMost} more`] : []
  const where = name === null ? [] : [`All of it is in ${harmless(name)}.csv and .json`]
  const marking = body.counts.matched === 0 || body.marked ? [] : ["Nothing was marked: --mark does"]
  return [
    head,
    ...days,
    ...ended,
    ...(rows.length === 0 ? [] : [table(names, rows, paint)]),
    ...more,
    ...marking,
    ...where
  ].join("\n\n")
}

const wordsOf = {
  matched: "matched",
  differing: "differing",
  missing_here: "missing here",
  missing_there: "missing there",
  ambiguous: "ambiguous",
  unreadable: "unreadable"
} as const

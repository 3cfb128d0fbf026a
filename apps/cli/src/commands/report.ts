/** `refund report`: what refunds come to, and how long those that are open have been so. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { AgeingBody, ReportBody, type ReportParametersJson } from "refund-api/ReportBody"
import { type ReportGroup, reportDates, reportGroups } from "refund-core/Report"
import { withLedger } from "../connect.ts"
import { Usage } from "../failures.ts"
import { answer } from "../output/answer.ts"
import { ageingInWords, reportInWords } from "../output/report.ts"
import { ageingCsv, reportCsv } from "../output/reportCsv.ts"
import { Shell } from "../Shell.ts"
import { Json } from "../settings.ts"
import { only } from "./refundFilters.ts"
import { timeOf } from "./times.ts"

const shared = {
  currency: only("currency", "<code>", "Only this currency; they are never added to one another"),
  csv: Flag.Boolean("csv").pipe(
    Flag.withDescription("As CSV, with decimals: a row for each line of the table"),
    Flag.withDefault(false)
  )
}

const flags = {
  from: only("from", "<day>", "Only from this day or time on: 2026-11-01, or 2026-11-01T00:00:00+01:00"),
  to: only("to", "<day>", "Only before this day or time; the day itself is left out"),
  dated: Flag.Literals("dated", reportDates).pipe(
    Flag.withDescription(
      "By when they were asked for, or by when the money moved (those that it did not are left out)"
    ),
    Flag.withDefault("requested" as const)
  ),
  ...shared
}

const isCsv = Effect.fnUntraced(function* (csv: boolean) {
  if (csv && (yield* Json)) return yield* new Usage({ sentence: "Say --csv or --json, not both" })
  return csv
})

const stated = (query: Readonly<Record<string, Option.Option<string>>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )

const about: Record<ReportGroup, { readonly description: string; readonly example: string }> = {
  day: { description: "What refunds come to, day by day (UTC)", example: "--from 2026-11-01 --to 2026-12-01" },
  reason: { description: "What refunds come to, by the reasons that were given", example: "--currency USD" },
  state: { description: "What refunds come to, by what became of them", example: "--from 2026-11-01" },
  provider: {
    description: "What refunds come to, by who moves the money",
    example: "--dated settled --from 2026-11-01 --csv"
  }
}

const figures = reportGroups.map((group) =>
  Command.make(
    group,
    flags,
    Effect.fnUntraced(function* ({ csv, currency, dated, from, to }) {
      const asCsv = yield* isCsv(csv)
      const { print, screen } = yield* Shell
      const query: ReportParametersJson = {
        ...stated({ from: Option.map(from, timeOf), to: Option.map(to, timeOf), currency }),
        dated
      }
      yield* withLedger((ledger) =>
        Effect.flatMap(ledger.report(group, query), (report) =>
          asCsv
            ? Effect.sync(() => print(reportCsv(report)))
            : answer(ReportBody, report, (paint) => reportInWords(report, { paint, chart: screen !== null }))
        )
      )
    })
  ).pipe(
    Command.withDescription(about[group].description),
    Command.withExamples([
      { command: `refund report ${group} ${about[group].example}` },
      { command: `refund report ${group} --json`, description: "minor units, for a program" }
    ])
  )
)

const ageing = Command.make(
  "ageing",
  shared,
  Effect.fnUntraced(function* ({ csv, currency }) {
    const asCsv = yield* isCsv(csv)
    const { print, screen } = yield* Shell
    yield* withLedger((ledger) =>
      Effect.flatMap(ledger.ageing(stated({ currency })), (found) =>
        asCsv
          ? Effect.sync(() => print(ageingCsv(found)))
          : answer(AgeingBody, found, (paint) => ageingInWords(found, { paint, chart: screen !== null }))
      )
    )
  })
).pipe(
  Command.withDescription("How long the refunds that are open have been so, by state, and the oldest of each"),
  Command.withExamples([
    { command: "refund report ageing" },
    { command: "refund report ageing --currency USD --csv > open.csv" }
  ])
)

export const report = Command.make("report").pipe(
  Command.withDescription(
    "Figures for whoever keeps the books, each currency for itself; a chart beside them on a terminal"
  ),
  Command.withSubcommands([...figures, ageing])
)

/** The reports in the API's form, for both apps. */
import { Effect } from "effect"
import {
  type AgeingJson,
  ageingToJson,
  type ReportJson,
  reportToJson,
  toAgeingQuery,
  toReportQuery
} from "refund-api/ReportBody"
import type { Caller } from "refund-core/Command"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { Refunds } from "refund-core/Refunds"
import type { ReportGroup } from "refund-core/Report"
import type { Rejected } from "refund-core/Violation"

type Failure = Rejected | LedgerUnavailable

export const report = (caller: Caller, by: ReportGroup, asked: unknown): Effect.Effect<ReportJson, Failure, Refunds> =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const query = yield* Effect.fromResult(toReportQuery(by, asked))
    return yield* Effect.fromResult(reportToJson(query, yield* refunds.report(caller, query)))
  })

export const ageing = (caller: Caller, asked: unknown): Effect.Effect<AgeingJson, Failure, Refunds> =>
  Effect.gen(function* () {
    const refunds = yield* Refunds
    const query = yield* Effect.fromResult(toAgeingQuery(asked))
    return yield* Effect.fromResult(ageingToJson(caller.now, yield* refunds.ageing(caller, query)))
  })

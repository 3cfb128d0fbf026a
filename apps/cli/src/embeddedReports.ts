/** Of a file: its reports. */
import { Effect } from "effect"
import { AgeingBody, type AgeingParametersJson, ReportBody, type ReportParametersJson } from "refund-api/ReportBody"
import type { Caller } from "refund-core/Command"
import type { ReportGroup } from "refund-core/Report"
import * as Reports from "refund-service/Reports"
import { reading } from "./reading.ts"

const readReport = reading(ReportBody)
const readAgeing = reading(AgeingBody)

export const report = (caller: Caller, by: ReportGroup, query: ReportParametersJson) =>
  Effect.map(Reports.report(caller, by, query), readReport)

export const ageing = (caller: Caller, query: AgeingParametersJson) =>
  Effect.map(Reports.ageing(caller, query), readAgeing)

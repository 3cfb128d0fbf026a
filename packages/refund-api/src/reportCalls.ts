/** Figures for whoever keeps the books. */
import { type ReportGroup, reportGroups } from "refund-core/Report"
import type { Call, Calls } from "./Call.ts"
import { AgeingBody, AgeingParameters, ReportBody, ReportParameters } from "./ReportBody.ts"

const summaries: Record<ReportGroup, string> = {
  day: "What refunds come to, day by day (UTC)",
  reason: "What refunds come to, by the reasons that were given",
  state: "What refunds come to, by what became of them",
  provider: "What refunds come to, by who moves the money"
}

const shared = { about: "Books", permission: "reports:read", refusals: [] } as const

const figures = (group: ReportGroup): readonly [string, Call] => [
  `GET /v1/reports/${group}`,
  {
    ...shared,
    summary: summaries[group],
    query: ReportParameters,
    answers: { 200: { description: "Figures of each currency, never added to another's.", schema: ReportBody } },
    example: { query: { from: "2026-11-01T00:00:00Z", currency: "USD" } }
  }
]

export const reportCalls: Calls = {
  ...Object.fromEntries(reportGroups.map(figures)),
  "GET /v1/reports/ageing": {
    ...shared,
    summary: "How long the refunds that are open have been so, by state, and the oldest of each",
    query: AgeingParameters,
    answers: { 200: { description: "Counted from when each was asked for.", schema: AgeingBody } },
    example: {}
  }
}

/** What refunds come to, and how long those that are open have been so. */
import { Effect } from "effect"
import { reportGroups } from "refund-core/Report"
import { ageing, report } from "refund-service/Reports"
import { ok, route } from "./nativeAnswers.ts"

export const reportRoutes = [
  ...reportGroups.map((group) =>
    route("GET", `/v1/reports/${group}`, ({ caller, query }) =>
      Effect.map(report(caller, group, query), (body) => ok(body))
    )
  ),
  route("GET", "/v1/reports/ageing", ({ caller, query }) => Effect.map(ageing(caller, query), (body) => ok(body)))
]

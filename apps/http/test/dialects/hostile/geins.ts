import { badDates, notFlag, notInt32, notObject } from "../../support/badInputs.ts"
import { type HostileDoor, misspelt, notBearer, type Target, text } from "./HostileDoor.ts"

const basic = (user: string, key: string) => `Basic ${Buffer.from(`${user}:${key}`).toString("base64")}`

export const geins: HostileDoor = {
  door: "geins",
  credentials: (key) => ({ authorization: basic("user", key), "x-apikey": key }),
  noCredentials: [
    ...notBearer,
    { "x-apikey": "admin-secret" },
    { authorization: basic("user", "admin-secret") },
    { authorization: basic("user", "admin-secret"), "x-apikey": "" },
    { authorization: basic("user", "admin-secret"), "x-apikey": "other" },
    { authorization: basic("user", "nobody"), "x-apikey": "nobody" },
    { authorization: basic("admin-secret", "user"), "x-apikey": "admin-secret" },
    { authorization: "Basic %%%", "x-apikey": "admin-secret" },
    { authorization: "Basic YWRtaW4tc2VjcmV0", "x-apikey": "admin-secret" }
  ],
  forbidden: 400,
  targets: (waiting) => {
    const decide = (
      what: string,
      refund: string,
      good: Target["good"],
      bad: Target["bad"],
      required: ReadonlyArray<string> = []
    ): Target => ({
      what,
      path: (id) => `/API/Order/${id}/Refund/${refund}/${what}`,
      names: "order",
      good,
      amount: null,
      bad,
      required,
      status: 400
    })
    const moments = [...badDates, '"2099-01-01T00:00:00Z"', '"1999-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"']
    const statuses = [
      ...notObject,
      "[8]",
      "[-1]",
      '["1"]',
      "[1.5]",
      "[[]]",
      "[null]",
      "[true]",
      "[1e400000000]"
    ].filter((each) => each !== "[]" && each !== "[{}]")
    return [
      {
        what: "Creates refund",
        path: (id) => `/API/Order/${id}/Refund`,
        names: "order",
        good: { RefundAmount: "1" },
        amount: "RefundAmount",
        bad: {
          OrderRowId: [...notInt32, "0", "8", "-1"],
          Reference: text(255),
          Description: text(2_000),
          Author: text(2_000),
          ToBalance: [...notFlag, "true"],
          Settled: notFlag,
          SkipRefundEvents: notFlag,
          RefundsRequireApproval: notFlag,
          RefundType: [...notInt32, "4", "-1", "2.0", "99", '"2"', '"Default"'],
          ...misspelt("refundAmount", "settled", "skipRefundEvents", "TOBALANCE", "refundtype")
        },
        required: ["RefundAmount"],
        status: 400
      },
      decide(
        "SetAsSettled",
        waiting.settle,
        { SettledByAdminUserId: "5" },
        { SettledByAdminUserId: notInt32, SettledOn: moments }
      ),
      decide(
        "SetAsProcessed",
        waiting.process,
        { ExternalId: '"klarna-1"' },
        { ExternalId: text(255), Reference: text(255), ProcessedOn: moments }
      ),
      decide(
        "SetApproval",
        waiting.approve,
        { Approved: "true" },
        { Approved: [...notFlag, "null"], ApprovalDecidedBy: text(2_000), ApprovalDecidedOn: badDates },
        ["Approved"]
      ),
      {
        what: "Query refunds",
        path: () => "/API/Refund/Query",
        names: "order",
        good: { IncludeStatuses: "[0]" },
        amount: null,
        bad: {
          CreatedAfter: badDates,
          CreatedBefore: badDates,
          ApprovedAfter: badDates,
          ApprovedBefore: badDates,
          UpdatedAfter: badDates,
          UpdatedBefore: badDates,
          IncludeStatuses: statuses,
          ExcludeStatuses: statuses
        },
        required: [],
        status: 400
      }
    ]
  },
  reads: [(id) => `/API/Order/${id}/Refund/List`, (id) => `/API/Order/9001/Refund/${id}`],
  nowhere: [
    "",
    "/",
    "/API",
    "/api/Order/9001/Refund",
    "/API/Order/9001",
    "/API/Order//Refund",
    "/API/Order/9001/refund"
  ],
  badQueries: []
}

/** The five dialects as a hostile caller sees them: where they take what, and which of it they may not take. */
import { badDates, badTexts, notFlag, notInt32, notObject, notText } from "../support/badInputs.ts"

/** A call that would change something if it were taken: a good body's fields, and bad values for each. */
export interface Target {
  readonly what: string
  /** Behind the dialect's prefix; `id` is the order's or the capture's. */
  readonly path: (id: string) => string
  readonly names: "order" | "capture"
  readonly good: Readonly<Record<string, string>>
  /** The field with the amount; null: it has none. */
  readonly amount: string | null
  readonly bad: Readonly<Record<string, ReadonlyArray<string>>>
  /** Fields that have to be there. */
  readonly required: ReadonlyArray<string>
  readonly status: 400 | 422
}

/** Refunds of order 9001 that wait for somebody: to be told settled, or processed, or approved. */
export interface Waiting {
  readonly settle: string
  readonly process: string
  readonly approve: string
}

export interface HostileDoor {
  readonly door: string
  readonly credentials: (key: string) => Readonly<Record<string, string>>
  readonly noCredentials: ReadonlyArray<Readonly<Record<string, string>>>
  /** What a credential without the right is told. */
  readonly forbidden: 400 | 401 | 403
  readonly targets: (waiting: Waiting) => ReadonlyArray<Target>
  readonly reads: ReadonlyArray<(id: string) => string>
  /** Paths that are nobody's. */
  readonly nowhere: ReadonlyArray<string>
  readonly badQueries: ReadonlyArray<string>
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const notBearer = [
  {},
  { authorization: "" },
  { authorization: "Bearer" },
  { authorization: "Bearer " },
  { authorization: "Bearer nobody" },
  { authorization: "Bearer admin-secret x" },
  { authorization: "Basic YWRtaW46YWRtaW4tc2VjcmV0" },
  { authorization: "Token admin-secret" },
  { authorization: "admin-secret" },
  { authorization: `Bearer ${"k".repeat(8_000)}` },
  { authorization: "Bearer ' OR '1'='1" },
  { "x-api-key": "admin-secret" },
  { cookie: "connect.sid=admin-secret" }
]

const text = (maxLength: number) => [...notText, ...badTexts(maxLength)]
const misspelt = (...names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, ["1", '"x"', "true"]]))

const kibo: HostileDoor = {
  door: "kibo",
  credentials: bearer,
  noCredentials: [...notBearer, { "x-vol-app-claims": "" }, { "x-vol-app-claims": "nobody" }],
  forbidden: 403,
  targets: () => [
    {
      what: "Create Refund",
      path: (id) => `/api/commerce/orders/${id}/refunds`,
      names: "order",
      good: { amount: "1" },
      amount: "amount",
      bad: {
        reason: text(2_000),
        reasonCode: text(2_000),
        refundMethod: text(2_000),
        orderId: [...notText, '"other"', '""', '"9002 "'],
        payment: [...notObject, ...notText.map((id) => `{"id":${id}}`), '{"id":""}', `{"id":"${"x".repeat(256)}"}`],
        ...misspelt("Amount", "AMOUNT", "Reason", "Payment", "refundmethod", "OrderID")
      },
      required: ["amount"],
      status: 400
    }
  ],
  reads: [(id) => `/api/commerce/orders/${id}`],
  nowhere: [
    "",
    "/",
    "/api",
    "/api/commerce",
    "/api/commerce/orders",
    "/API/commerce/orders/9001/refunds",
    "/api/commerce/orders//refunds"
  ],
  badQueries: [
    "(",
    ")",
    "a(",
    "a)",
    "a,,b",
    "a()",
    "a(b",
    ",",
    "a b(c))",
    "$",
    "a.b",
    "é(",
    "a".repeat(2_001),
    "(".repeat(2_000)
  ].map((fields) => `responseFields=${encodeURIComponent(fields)}`)
}

const basic = (user: string, key: string) => `Basic ${Buffer.from(`${user}:${key}`).toString("base64")}`

const geins: HostileDoor = {
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

const moyasar: HostileDoor = {
  door: "moyasar",
  credentials: bearer,
  noCredentials: notBearer,
  forbidden: 403,
  targets: () => [
    {
      what: "refund",
      path: (id) => `/v1/orders/${id}/refund`,
      names: "order",
      good: { amount: "1" },
      amount: "amount",
      bad: {
        transaction_id: [
          ...notText,
          ...[
            '""',
            '"x"',
            '" "',
            '"none"',
            '"0191f5a7"',
            '"f351a2a3-97c4-4f12-add3-80c1044091f"',
            '"{f351a2a3-97c4-4f12-add3-80c1044091f5}"'
          ],
          ...[
            '"f351a2a397c44f12add380c1044091f5"',
            '"g351a2a3-97c4-4f12-add3-80c1044091f5"',
            '" f351a2a3-97c4-4f12-add3-80c1044091f5"'
          ],
          ...[
            '"f351a2a3-97c4-4f12-add3-80c1044091f5\\u0000"',
            '"urn:uuid:f351a2a3-97c4-4f12-add3-80c1044091f5"',
            '"capture-of-nobody"'
          ],
          `"${"f".repeat(10_240)}"`,
          ...badTexts(255)
        ],
        ...misspelt("Amount", "AMOUNT", "Transaction_id", "TRANSACTION_ID")
      },
      required: ["amount"],
      status: 422
    }
  ],
  reads: [],
  nowhere: [
    "",
    "/",
    "/v1",
    "/v1/orders",
    "/v1/orders/9001",
    "/V1/orders/9001/refund",
    "/v1/orders//refund",
    "/v1/orders/9001/refunds"
  ],
  badQueries: []
}

const maverick: HostileDoor = {
  door: "maverick",
  credentials: bearer,
  noCredentials: notBearer,
  forbidden: 403,
  targets: () => [
    {
      what: "Refund",
      path: (id) => `/payment/${id}/refund`,
      names: "capture",
      good: { terminal: '{"id":24}', amount: '"1"' },
      amount: "amount",
      bad: {
        terminal: [
          ...notObject,
          "null",
          "{}",
          ...[...notInt32, "0", "-1", "25", "24.0", "2.4e1", "null"].map((id) => `{"id":${id}}`),
          '{"Id":24}'
        ],
        order: [
          ...notObject,
          ...[
            "-1",
            '"-1"',
            '""',
            '"x"',
            "true",
            "[]",
            "{}",
            '"1,00"',
            "1e400000000",
            '"1e2"',
            "1.99999",
            '"NaN"'
          ].flatMap((each) => [`{"tax":${each}}`, `{"tax":0,"discounts":${each}}`])
        ],
        externalId: text(255),
        ...misspelt("Amount", "AMOUNT", "Terminal", "Order", "externalID")
      },
      required: ["terminal"],
      status: 422
    }
  ],
  reads: [(id) => `/payment/${id}`],
  nowhere: [
    "",
    "/",
    "/payment",
    "/payments/9101",
    "/Payment/9101/refund",
    "/payment//refund",
    "/payment/9101/void",
    "/payment/9101/refunds"
  ],
  badQueries: []
}

const medusa: HostileDoor = {
  door: "medusa",
  credentials: (key) => ({ "x-medusa-access-token": key }),
  noCredentials: [...notBearer, { "x-medusa-access-token": "" }, { "x-medusa-access-token": "nobody" }],
  forbidden: 401,
  targets: () => {
    const unknown = [
      "foo",
      "Amount",
      "Reason",
      "payment_id",
      "settled",
      "constructor",
      "toString",
      "hasOwnProperty",
      "",
      "a.b",
      "é",
      "0"
    ]
    return [
      {
        what: "Refund Payment",
        path: (id) => `/admin/payments/${id}/refund`,
        names: "capture",
        good: { amount: "1", reason: '"return"' },
        amount: "amount",
        bad: {
          reason: [
            ...notText,
            '"refund"',
            '"Return"',
            '""',
            '" return"',
            '"return\\u0000"',
            "null",
            '["return"]',
            '"discount,return"'
          ],
          note: text(2_000),
          no_notification: ["true", "false", "null"],
          ...misspelt(...unknown)
        },
        required: ["amount", "reason"],
        status: 400
      },
      {
        what: "Create a Refund",
        path: (id) => `/admin/orders/${id}/refund`,
        names: "order",
        good: { amount: "1", reason: '"late"' },
        amount: "amount",
        bad: {
          reason: [...text(2_000), '""', "null"],
          note: text(2_000),
          no_notification: notFlag,
          ...misspelt(...unknown)
        },
        required: ["amount", "reason"],
        status: 400
      }
    ]
  },
  reads: [(id) => `/admin/payments/${id}`, (id) => `/admin/orders/${id}`],
  nowhere: [
    "",
    "/",
    "/admin",
    "/admin/payments",
    "/admin/orders",
    "/Admin/payments/9101/refund",
    "/admin/payments//refund",
    "/store/orders/9001"
  ],
  badQueries: []
}

export const hostileDoors: ReadonlyArray<HostileDoor> = [kibo, geins, moyasar, maverick, medusa]

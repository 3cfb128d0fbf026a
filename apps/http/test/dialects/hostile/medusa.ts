import { notFlag, notText } from "../../support/badInputs.ts"
import { type HostileDoor, misspelt, notBearer, text } from "./HostileDoor.ts"

export const medusa: HostileDoor = {
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

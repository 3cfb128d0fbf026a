import { notObject, notText } from "../../support/badInputs.ts"
import { bearer, type HostileDoor, misspelt, notBearer, text } from "./HostileDoor.ts"

export const kibo: HostileDoor = {
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

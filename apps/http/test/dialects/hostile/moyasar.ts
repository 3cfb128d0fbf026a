import { badTexts, notText } from "../../support/badInputs.ts"
import { bearer, type HostileDoor, misspelt, notBearer } from "./HostileDoor.ts"

export const moyasar: HostileDoor = {
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

import { notInt32, notObject } from "../../support/badInputs.ts"
import { bearer, type HostileDoor, misspelt, notBearer, text } from "./HostileDoor.ts"

export const maverick: HostileDoor = {
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

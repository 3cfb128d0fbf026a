/** What a column can mean, for each kind of row: how its cell is read, and where in an item of the API it goes. */
import type { BatchItemJson } from "refund-api/BatchBody"

export const kinds = ["orders", "captures", "refunds"] as const
export type Kind = (typeof kinds)[number]

/** Amounts are decimals of the row's currency. */
export type Reading = "text" | "amount" | "amountOrAll" | "flag" | "time" | "json"

type Fields = Readonly<Record<string, Reading>>

export const fieldsOf: Readonly<Record<Kind, Fields>> = {
  orders: {
    orderId: "text",
    currency: "text",
    customerId: "text",
    taxIncluded: "flag",
    subtotal: "amount",
    tax: "amount",
    discounts: "amount",
    total: "amount",
    shipping: "amount",
    invoiceFee: "amount",
    captureId: "text",
    captureAmount: "amount",
    authorizedAmount: "amount",
    provider: "text",
    reference: "text",
    tender: "text",
    capturedAt: "time"
  },
  captures: {
    orderId: "text",
    captureId: "text",
    amount: "amount",
    currency: "text",
    authorizedAmount: "amount",
    provider: "text",
    reference: "text",
    tender: "text",
    capturedAt: "time"
  },
  refunds: {
    orderId: "text",
    amount: "amountOrAll",
    currency: "text",
    type: "text",
    captureId: "text",
    lineId: "text",
    destination: "text",
    reason: "text",
    note: "text",
    reference: "text",
    author: "text",
    metadata: "json",
    tax: "amount",
    discounts: "amount",
    settled: "flag",
    settledAt: "time",
    requiresApproval: "flag",
    skipEvents: "flag",
    id: "text",
    idempotencyKey: "text"
  }
}

/** Without these columns, or a default for them, no row of the kind means anything. */
export const needed: Readonly<Record<Kind, ReadonlyArray<string>>> = {
  orders: ["orderId", "currency"],
  captures: ["orderId", "captureId", "amount", "currency", "provider", "tender", "capturedAt"],
  refunds: ["orderId", "amount", "currency"]
}

/** The kind of rows that have these columns; null where they could be of several. */
export const kindOf = (columns: ReadonlySet<string>): Kind | null => {
  const has = (...names: ReadonlyArray<string>) => names.every((name) => columns.has(name))
  if (!has("orderId")) return null
  if (has("amount")) return has("captureId") && (has("tender") || has("capturedAt")) ? "captures" : "refunds"
  return has("currency") ? "orders" : null
}

type Values = Readonly<Record<string, unknown>>

const without = (values: Values, ...names: ReadonlyArray<string>): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))

const charge = (values: Values, name: string): Values =>
  values[name] === undefined ? {} : { [name]: { amount: values[name] } }

const ofCapture = ["captureId", "captureAmount", "authorizedAmount", "provider", "reference", "tender", "capturedAt"]

/** The time of a capture must be said: an empty cell says that the money is only authorized. */
const capture = (values: Values, amount: string): Values => ({
  id: values["captureId"],
  amount: values[amount],
  ...without(Object.fromEntries(ofCapture.map((name) => [name, values[name]])), "captureId", "captureAmount"),
  capturedAt: values["capturedAt"] ?? null
})

/** What the row asks for, in the API's form. Whether it is complete and right, the ledger says. */
export const itemOf = (kind: Kind, values: Values): BatchItemJson => {
  switch (kind) {
    case "orders": {
      const { orderId: id } = values
      const parts = { ...charge(values, "shipping"), ...charge(values, "invoiceFee") }
      const captures = values["captureId"] === undefined ? {} : { captures: [capture(values, "captureAmount")] }
      const rest = without(values, "orderId", "shipping", "invoiceFee", ...ofCapture)
      return plain({ order: { id, ...rest, ...parts, ...captures } })
    }
    case "captures": {
      const { currency, orderId } = values
      return plain({ capture: { orderId, currency, ...capture(values, "amount") } })
    }
    case "refunds":
      return plain({ refund: values })
  }
}

/** Without what is undefined, as JSON has it. */
const plain = (item: unknown): BatchItemJson => JSON.parse(JSON.stringify(item)) as BatchItemJson

/** What each dialect's description says of whose word each call, status and field is, as the README's tables. */
import type { Dialect } from "../../src/Dialect.ts"
import { geins } from "../../src/geins/inbound.ts"
import { kibo } from "../../src/kibo/inbound.ts"
import { maverick } from "../../src/maverick/inbound.ts"
import { medusa } from "../../src/medusa/inbound.ts"
import { moyasar } from "../../src/moyasar/inbound.ts"
import type { JsonSchema, OpenApi, Source } from "../../src/OpenApi.ts"
import geinsVendor from "../specs/geins_refund_return.json" with { type: "json" }
import kiboVendor from "../specs/kibo_order_refunds.json" with { type: "json" }
import medusaVendor from "../specs/medusa_v1_admin_refund.json" with { type: "json" }

export interface Vendor {
  readonly dialect: Dialect
  readonly title: string
  /** The vendor's own description, and its name of each schema of ours. */
  readonly theirs: { readonly components: { readonly schemas: object } } | null
  readonly names: Readonly<Record<string, string>>
  /** Calls of the vendor that touch refunds, and are not answered. */
  readonly leftOut: ReadonlyArray<string>
}

export const vendors: ReadonlyArray<Vendor> = [
  {
    dialect: kibo,
    title: "Kibo",
    theirs: kiboVendor,
    names: {
      RefundRequest: "Refund",
      Refund: "Refund",
      Payment: "Payment",
      PaymentInteraction: "PaymentInteraction",
      AuditInfo: "AdminUserAuditInfo"
    },
    leftOut: ["`POST /api/commerce/returns/{returnId}/autorefund`", "sending e-mail", "gift cards"]
  },
  {
    dialect: geins,
    title: "Geins",
    theirs: geinsVendor,
    names: {
      NewRefund: "Order.Refund.Models.Write.NewRefund",
      RefundApproval: "Order.Refund.Models.Write.RefundApproval",
      SettledRefund: "Order.Refund.Models.Write.SettledRefund",
      ProcessedRefund: "Order.Refund.Models.Write.ProcessedRefund",
      RefundQuery: "RefundQuery",
      Refund: "Refund",
      RefundRow: "RefundRow",
      OrderRow: "Refund.Core.Models.Order.OrderRow",
      Created: "Envelope-Nullable-Guid",
      Found: "Envelope-Refund",
      FoundAll: "Envelope-List-Refund",
      BaseEnvelope: "BaseEnvelope"
    },
    leftOut: ["returns (`/API/Order/{orderId}/Return …`)", "balances (`/API/User/{userId}/Balance`)"]
  },
  {
    dialect: moyasar,
    title: "Moyasar",
    theirs: null,
    names: {},
    leftOut: ["authorize, purchase, verify, capture, void, extend"]
  },
  {
    dialect: maverick,
    title: "Maverick",
    theirs: null,
    names: {},
    leftOut: ["sale, capture, vault", "filters other than these three, pages", "sales by their `externalId`"]
  },
  {
    dialect: medusa,
    title: "Medusa v1",
    theirs: medusaVendor,
    names: {
      AdminPostPaymentRefundsReq: "AdminPostPaymentRefundsReq",
      AdminPostOrdersOrderRefundsReq: "AdminPostOrdersOrderRefundsReq",
      AdminRefundRes: "AdminRefundRes",
      AdminPaymentRes: "AdminPaymentRes",
      AdminOrdersRes: "AdminOrdersRes",
      Payment: "Payment",
      Refund: "Refund",
      Error: "Error",
      MultipleErrors: "MultipleErrors"
    },
    leftOut: ["cookie sessions", "`expand` and `fields`", "returns, swaps, claims", "canceled orders"]
  }
]

export const descriptionOf = ({ description, door }: Dialect): OpenApi => {
  if (description === undefined) throw new Error(`${door} has no description`)
  return description
}

/** Each property of a schema, and of the objects within it that have no name of their own. */
export const propertiesOf = (
  schema: JsonSchema,
  at = ""
): ReadonlyArray<readonly [name: string, schema: JsonSchema]> => {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>)
  const parts = [schema["items"], ...((schema["anyOf"] ?? []) as ReadonlyArray<unknown>)].filter(
    (each): each is JsonSchema => typeof each === "object"
  )
  return [
    ...properties.flatMap(([name, each]) => [[`${at}${name}`, each] as const, ...propertiesOf(each, `${at}${name}.`)]),
    ...parts.flatMap((each) => propertiesOf(each, at))
  ]
}

export const labelsOf = (description: OpenApi, name: string, label: Source): ReadonlyArray<string> =>
  propertiesOf(description.components.schemas[name] ?? {}).flatMap(([property, schema]) =>
    schema["x-source"] === label ? [property] : []
  )

/** The properties that the vendor's own description has of it. */
export const theirPropertiesOf = ({ names, theirs }: Vendor, name: string): ReadonlyArray<string> => {
  const schema = (theirs?.components.schemas as Readonly<Record<string, JsonSchema>> | undefined)?.[names[name] ?? ""]
  return Object.keys((schema?.["properties"] ?? {}) as object)
}

const words = (all: ReadonlyArray<string>): string => all.map((each) => `\`${each}\``).join(" ")

export type Row = ReadonlyArray<string>

const widest = 66

/** Cells that are too wide go on in rows below, which name nothing. */
const rows = ([name = "", ...cells]: Row): ReadonlyArray<Row> => {
  const wrapped = cells.map(lines)
  const height = Math.max(1, ...wrapped.map((each) => each.length))
  return Array.from({ length: height }, (_, at) => [at === 0 ? name : "", ...wrapped.map((each) => each[at] ?? "")])
}

const lines = (cell: string): ReadonlyArray<string> => {
  const all: Array<string> = []
  for (const word of cell === "" ? [] : cell.split(" ")) {
    const last = all.at(-1)
    if (last !== undefined && last.length + word.length < widest) all[all.length - 1] = `${last} ${word}`
    else all.push(word)
  }
  return all
}

/** Objects whose other fields the ledger takes or gives as they were registered leave nothing out. */
const rowOfSchema = (vendor: Vendor, name: string): Row => {
  const description = descriptionOf(vendor.dialect)
  const isOpen = description.components.schemas[name]?.["additionalProperties"] === true
  const ours = new Set(propertiesOf(description.components.schemas[name] ?? {}).map(([property]) => property))
  const isRequest = /Request|Req$|^NewRefund$|Query$|Approval$|^(?:Settled|Processed)Refund$/.test(name)
  const left = isOpen && !isRequest ? [] : theirPropertiesOf(vendor, name).filter((property) => !ours.has(property))
  return [
    `\`${name}\``,
    words(labelsOf(description, name, "as documented")) + (isOpen && !isRequest ? " and all that was registered" : ""),
    words(labelsOf(description, name, "ours")),
    words(left)
  ]
}

const rowOfCall = (call: string, operation: NonNullable<OpenApi["paths"][string]["get"]>): Row => {
  const statuses = (source: Source) =>
    Object.entries(operation.responses).flatMap(([status, response]) =>
      !("$ref" in response) && response["x-source"] === source ? [status] : []
    )
  const isDocumented = operation["x-source"] === "as documented"
  const [documented, ours] = [statuses("as documented"), [...statuses("ours"), "405"].toSorted()]
  return [`\`${call}\`${isDocumented ? "" : ", _ours_"}`, documented.join(" "), ours.join(" "), ""]
}

export const headerOf = ({ dialect, title }: Vendor): string => `### ${title}: [in full](docs/${dialect.door}.md)`

/** The cells of each row; in the README they are as wide as the widest of their column. */
export const tableOf = (vendor: Vendor): ReadonlyArray<Row> => {
  const { components, paths } = descriptionOf(vendor.dialect)
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => rowOfCall(`${method.toUpperCase()} ${path}`, operation))
  )
  return [
    ["", "_as documented_", "_ours_", "left out"],
    ...[
      ...calls,
      ...Object.keys(components.schemas).map((name) => rowOfSchema(vendor, name)),
      ["anything else", "", "", vendor.leftOut.join("; ")]
    ].flatMap(rows)
  ]
}

export const markdownOf = (vendor: Vendor): string => {
  const [head = [], ...body] = tableOf(vendor)
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`
  return [headerOf(vendor), "", line(head), line(head.map(() => "---")), ...body.map(line)].join("\n")
}

import { describe, expect, it } from "vitest"
import type { Dialect } from "../src/Dialect.ts"
import { geins } from "../src/geins/inbound.ts"
import { kibo } from "../src/kibo/inbound.ts"
import { maverick } from "../src/maverick/inbound.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { moyasar } from "../src/moyasar/inbound.ts"
import type { JsonSchema, OpenApi } from "../src/OpenApi.ts"
import maverickPage from "./fixtures/maverick.json" with { type: "json" }
import moyasarPage from "./fixtures/moyasar.json" with { type: "json" }
import geinsVendor from "./specs/geins_refund_return.json" with { type: "json" }
import kiboVendor from "./specs/kibo_order_refunds.json" with { type: "json" }
import medusaVendor from "./specs/medusa_v1_admin_refund.json" with { type: "json" }
import { ours } from "./support/judge.ts"
import { theirs } from "./support/vendors.ts"

const dialects: ReadonlyArray<Dialect> = [kibo, geins, moyasar, maverick, medusa]

const descriptionOf = ({ description, door }: Dialect): OpenApi => {
  if (description === undefined) throw new Error(`${door} has no description`)
  return description
}

/** Each property of a schema, and of the objects within it that have no name of their own. */
const propertiesOf = (schema: JsonSchema, at = ""): ReadonlyArray<readonly [name: string, schema: JsonSchema]> => {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>)
  const parts = [schema["items"], ...((schema["anyOf"] ?? []) as ReadonlyArray<unknown>)].filter(
    (each): each is JsonSchema => typeof each === "object"
  )
  return [
    ...properties.flatMap(([name, each]) => [[`${at}${name}`, each] as const, ...propertiesOf(each, `${at}${name}.`)]),
    ...parts.flatMap((each) => propertiesOf(each, at))
  ]
}

const labelsOf = (description: OpenApi, name: string, label: string): ReadonlyArray<string> =>
  propertiesOf(description.components.schemas[name] ?? {}).flatMap(([property, schema]) =>
    schema["x-source"] === label ? [property] : []
  )

describe("what each dialect publishes of itself", () => {
  it.each(dialects)("$door: has its routes and no others, and labels each call, answer and field", (dialect) => {
    const { components, paths } = descriptionOf(dialect)
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
    )
    const routes = dialect.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`)
    expect(described.toSorted()).toEqual(routes.toSorted())
    const isLabel = (label: unknown) => label === "as documented" || label === "ours"
    for (const operation of Object.values(paths).flatMap((each) => Object.values(each))) {
      expect(isLabel(operation["x-source"])).toBe(true)
      for (const [status, response] of Object.entries(operation.responses)) {
        expect("$ref" in response ? status === "default" : isLabel(response["x-source"]), status).toBe(true)
      }
    }
    for (const [name, schema] of Object.entries(components.schemas)) {
      const unlabelled = propertiesOf(schema).filter(([, property]) => !isLabel(property["x-source"]))
      expect(unlabelled.map(([property]) => `${name}.${property}`)).toEqual([])
    }
  })

  it.each(dialects)("$door: is JSON, and every reference in it leads somewhere", (dialect) => {
    const description = descriptionOf(dialect)
    const text = JSON.stringify(description)
    expect(JSON.parse(text)).toEqual(description)
    for (const [, kind = "", name = ""] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect((description.components as unknown as Record<string, object>)[kind], `${kind} ${name}`).toHaveProperty(
        name
      )
    }
  })
})

interface Vendors {
  readonly components: { readonly schemas: object }
}

/** Ours and the vendor's name of the same thing. */
const pairs: ReadonlyArray<readonly [Dialect, Vendors, Readonly<Record<string, string>>]> = [
  [
    kibo,
    kiboVendor,
    {
      RefundRequest: "Refund",
      Refund: "Refund",
      Payment: "Payment",
      PaymentInteraction: "PaymentInteraction",
      AuditInfo: "AdminUserAuditInfo"
    }
  ],
  [
    geins,
    geinsVendor,
    {
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
    }
  ],
  [
    medusa,
    medusaVendor,
    {
      AdminPostPaymentRefundsReq: "AdminPostPaymentRefundsReq",
      AdminPostOrdersOrderRefundsReq: "AdminPostOrdersOrderRefundsReq",
      AdminRefundRes: "AdminRefundRes",
      AdminPaymentRes: "AdminPaymentRes",
      AdminOrdersRes: "AdminOrdersRes",
      Payment: "Payment",
      Refund: "Refund",
      Error: "Error",
      MultipleErrors: "MultipleErrors"
    }
  ]
]

describe("what is labelled as documented", () => {
  it.each(pairs)(
    "$0.door: is in the vendor's own description, and what is labelled ours is not",
    (dialect, vendor, names) => {
      const description = descriptionOf(dialect)
      for (const [name, theirName] of Object.entries(names)) {
        const schema = (vendor.components.schemas as Readonly<Record<string, JsonSchema>>)[theirName] ?? {}
        const known = new Set(Object.keys((schema["properties"] ?? {}) as object))
        const outer = (property: string) => !property.includes(".")
        for (const property of labelsOf(description, name, "as documented").filter(outer)) {
          expect(known.has(property), `${name}.${property}`).toBe(true)
        }
        for (const property of labelsOf(description, name, "ours").filter(outer)) {
          expect(known.has(property), `${name}.${property}`).toBe(false)
        }
      }
    }
  )

  it.each([
    ["moyasar", moyasar, moyasarPage, ["Order", "Transaction", "Merchant", "Source", "SubMerchant"]],
    ["maverick", maverick, maverickPage, ["Payment", "Card"]]
  ] as const)("%s: is printed on the vendor's page", (_, dialect, page, schemas) => {
    const printed = new Set(JSON.stringify(page).match(/"\w+"(?=:)/g))
    for (const name of schemas) {
      const labelled = labelsOf(descriptionOf(dialect), name, "as documented")
      expect(labelled.length).toBeGreaterThan(2)
      for (const property of labelled) {
        const last = property.split(".").at(-1)
        expect(printed.has(`"${last}"`), `${name}.${property}`).toBe(true)
      }
    }
  })
})

describe("the judges of every answer", () => {
  const call = { method: "POST", path: "/admin/payments/pay_1/refund", body: { amount: 1, reason: "return" } }
  const refund = {
    id: "ref_00000000000000000000000000",
    order_id: "o",
    payment_id: "p",
    amount: 1,
    note: null,
    created_at: "2026-11-02T12:00:00.000Z",
    updated_at: "2026-11-02T12:00:00.000Z",
    reason: "return",
    idempotency_key: null,
    metadata: null
  }
  const judges = [ours(descriptionOf(medusa)), theirs["medusa"]!]
  const complaints = (
    sent: typeof call | { readonly body: unknown },
    status: number,
    body: unknown,
    type = "application/json"
  ) => judges.map((judge) => judge({ ...call, ...sent }, { status, body, mediaType: type }).length > 0)

  it("have nothing against what fits", () => {
    expect(complaints(call, 200, { refund })).toEqual([false, false])
    expect(complaints(call, 401, "Unauthorized", "text/plain")).toEqual([false, false])
    expect(complaints(call, 400, { type: "not_allowed", message: "no" })).toEqual([false, false])
  })

  it("tell what does not fit, in the answer and in a request that was taken", () => {
    expect(complaints(call, 200, { refund: { ...refund, amount: "1" } })).toEqual([true, true])
    expect(complaints(call, 200, { refund: { ...refund, reason: "because" } })).toEqual([true, true])
    expect(complaints({ body: { amount: 1.5, reason: "return" } }, 200, { refund })).toEqual([true, true])
    expect(complaints(call, 401, { message: "Unauthorized" })).toEqual([true, true])
    expect(complaints(call, 404, { type: "nothing" })).toEqual([true, true])
    expect(complaints(call, 200, { refund: { ...refund, more: 1 } })).toEqual([true, false])
    expect(complaints(call, 402, { type: "not_allowed", message: "no" })).toEqual([true, false])
  })
})

import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import { maverick } from "../src/maverick/inbound.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { moyasar } from "../src/moyasar/inbound.ts"
import maverickPage from "./fixtures/maverick.json" with { type: "json" }
import moyasarPage from "./fixtures/moyasar.json" with { type: "json" }
import {
  descriptionOf,
  headerOf,
  labelsOf,
  propertiesOf,
  tableOf,
  theirPropertiesOf,
  vendors
} from "./support/compatibility.ts"
import { ours } from "./support/judge.ts"
import { theirs } from "./support/vendors.ts"

const dialects = vendors.map(({ dialect }) => dialect)

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

describe("what is labelled as documented", () => {
  it.each(vendors.filter(({ theirs }) => theirs !== null))(
    "$title: is in the vendor's own description, and what is labelled ours is not",
    (vendor) => {
      const description = descriptionOf(vendor.dialect)
      for (const name of Object.keys(vendor.names)) {
        const known = theirPropertiesOf(vendor, name)
        expect(known.length, name).toBeGreaterThan(0)
        const outer = (property: string) => !property.includes(".")
        for (const property of labelsOf(description, name, "as documented").filter(outer)) {
          expect(known, `${name}.${property}`).toContain(property)
        }
        for (const property of labelsOf(description, name, "ours").filter(outer)) {
          expect(known, `${name}.${property}`).not.toContain(property)
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

describe("the README's tables of compatibility", () => {
  it.each(vendors)("$title: have each call, status and field as it is described", async (vendor) => {
    const page = await readFile(new URL("../README.md", import.meta.url), "utf8")
    const [, section = ""] = /^## Compatibility$(.*?)^## /ms.exec(page) ?? []
    const [found = ""] = section.split(/(?=^### )/m).filter((each) => each.startsWith(headerOf(vendor)))
    const lines = found.split("\n").filter((line) => line.startsWith("|") && !/^[ |-]+$/.test(line))
    const cells = lines.map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
    )
    expect(cells).toEqual(tableOf(vendor))
  })
})

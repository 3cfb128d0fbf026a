import { describe, it } from "@effect/vitest"
import type { RemoveEndpoint, SetEndpoint } from "refund-core/Command"
import type { Endpoint } from "refund-core/Settings"
import { caller, type policy } from "refund-testkit/build"
import { apiKey, createKey } from "refund-testkit/buildSettings"
import { given } from "refund-testkit/given"

const shop: Endpoint = {
  id: "shop",
  url: "https://shop.example/refunds",
  events: ["refund.*"],
  form: "standard",
  enabled: true,
  secretHashes: ["1234"]
}
const books: Endpoint = { ...shop, id: "books", url: "https://books.example/", events: ["*"] }
const asker = caller({ permissions: ["policy:manage", "keys:manage"] })

type Who = NonNullable<Parameters<typeof policy>[1]>

const set = (endpoint: Endpoint, { caller: by = caller() }: Who = {}): SetEndpoint => ({
  _tag: "SetEndpoint",
  caller: by,
  endpoint
})
const remove = (endpointId: string, { caller: by = caller() }: Who = {}): RemoveEndpoint => ({
  _tag: "RemoveEndpoint",
  caller: by,
  endpointId
})

describe("where events are sent", () => {
  it("is set by who manages webhooks, beside the others; each change is a version of the settings", () => {
    given()
      .when(set(shop, { caller: asker }))
      .thenRejected({ _tag: "NotPermitted", permission: "webhooks:manage" })
    given()
      .when(set(shop, { caller: caller({ permissions: ["webhooks:manage"] }) }))
      .thenHappened({ _tag: "EndpointSet", version: 1, endpoint: shop })
      .thenAnswered({ version: 1, endpoints: [shop] })
    given(createKey(apiKey("erp")), set(shop))
      .when(set(books))
      .thenAnswered({ version: 3, endpoints: [shop, books] })
  })

  it("is changed by its id; the same again changes nothing", () => {
    const moved = { ...shop, url: "https://new.example/" }
    given(set(shop), set(books))
      .when(set(moved))
      .thenHappened({ _tag: "EndpointSet", version: 3, endpoint: moved })
      .thenAnswered({ endpoints: [books, moved] })
    given(set(shop), set(books)).when(set(shop)).thenNothing().thenAnswered({ version: 2 })
  })

  it("is removed by who manages webhooks; what is not there is not removed", () => {
    given(set(shop))
      .when(remove("shop", { caller: asker }))
      .thenRejected({ _tag: "NotPermitted", permission: "webhooks:manage" })
    given(set(shop), set(books))
      .when(remove("shop"))
      .thenHappened({ _tag: "EndpointRemoved", version: 3, endpointId: "shop" })
      .thenAnswered({ version: 3, endpoints: [books] })
    given(set(shop))
      .when(remove("books"))
      .thenNothing()
      .thenAnswered({ version: 1, endpoints: [shop] })
    given().when(remove("books")).thenNothing()
  })
})

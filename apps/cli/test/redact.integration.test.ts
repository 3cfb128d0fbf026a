import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { type Place, places } from "./support/places.ts"
import { refund } from "./support/refund.ts"

describe.each(places)("redact, %s", (_, open) => {
  let place: Place
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const ada = (args: ReadonlyArray<string>, input = "") => refund([...args, ...place.flags], { env: place.ada, input })

  const asked = async () => {
    const order = example({ provider: "external" })
    assert.strictEqual((await ada(["order", "put", "-"], order.json)).code, 0)
    const made = await ada(["request", order.id, "1", "--note", "call Ada Lovelace", "--json"])
    assert.strictEqual(made.code, 0, made.err)
    return { order: order.id, id: JSON.parse(made.out).id as string }
  }

  it("removes what people wrote about a refund; the books agree", async () => {
    const { id } = await asked()
    assert.include((await ada(["show", id, "--json"])).out, "Lovelace")
    const redacted = await ada(["redact", "refund", id, "--note", "asked for"])
    assert.deepStrictEqual([redacted.code, redacted.out], [0, `Nothing that people wrote about refund ${id} is kept\n`])
    const shown = await ada(["show", id])
    assert.notInclude(shown.out, "Lovelace")
    assert.include(shown.out, "what was written about it removed: asked for")
    assert.strictEqual((await ada(["verify"])).code, 0)
  })

  it("removes what an order and its refunds say of people, once", async () => {
    const { order } = await asked()
    assert.match((await ada(["redact", "order", order])).out, /those of 1 refund\n$/)
    const again = JSON.parse((await ada(["redact", "order", order, "--json"])).out)
    assert.deepStrictEqual(again, { order: false, refunds: 0 })
    assert.strictEqual((await ada(["redact", "order", "none"])).code, 1)
    assert.strictEqual((await ada(["verify"])).code, 0)
  })
})

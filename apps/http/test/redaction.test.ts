import { readFile } from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
beforeAll(async () => {
  server = await startServer({ keys: "clerk:@support:clerk-secret,privacy:texts:redact:privacy-secret" })
  call = callerOf(server)
})
afterAll(() => server.stop())

const written = { reason: "broken", note: "call Ada Lovelace", metadata: { email: "ada@example.com" } }

const bought = async () => {
  const order = fresh("o")
  const vendor = { kibo: { email: "ada@example.com", phone: "555 0100" } }
  await call("PUT", `/v1/orders/${order}`, { body: { ...payment(order, 100, { provider: "external" }), vendor } })
  const asked = (amount: number) =>
    call("POST", `/v1/orders/${order}/refunds`, {
      headers: { "idempotency-key": `${order}-${amount}` },
      body: { amount, captureId: `${order}-c`, ...written }
    })
  return { order, asked, first: (await asked(10)).body.id as string, second: (await asked(20)).body.id as string }
}

const told = async (path: string): Promise<string> => JSON.stringify((await call("GET", path)).body)

describe("what people wrote about a refund", () => {
  it("is gone from every answer once it is redacted; figures stay, the books agree, and the journal says by whom", async () => {
    const { asked, first, order } = await bought()
    assert.include(await told(`/v1/refunds/${first}`), "Ada Lovelace")
    const redacted = await call("POST", `/v1/refunds/${first}/redact`, { body: { note: "asked for" } })
    assert.strictEqual(redacted.status, 200)
    for (const word of ["Ada", "broken", "ada@example.com"]) {
      for (const path of [`/v1/refunds/${first}`, "/v1/refunds?reference=none"])
        assert.notInclude(await told(path), word)
    }
    assert.strictEqual((await call("GET", `/v1/refunds/${first}`)).body.amount, 10)
    const { entries } = (await call("GET", `/v1/journal?order=${order}`)).body
    const last = entries.findLast((each: { entry: { events: Array<{ _tag: string }> } }) =>
      each.entry.events.some(({ _tag }) => _tag === "RefundRedacted")
    )
    assert.deepInclude(last.entry, { by: "admin" })
    assert.isTrue((await server.journal()).ok)
    // The same request again is the same refund still.
    const again = await asked(10)
    assert.deepStrictEqual([again.status, again.body.id], [200, first])
  })

  it("is redacted once: again changes nothing", async () => {
    const { first } = await bought()
    await call("POST", `/v1/refunds/${first}/redact`)
    const before = (await server.journal()).entries
    assert.strictEqual((await call("POST", `/v1/refunds/${first}/redact`)).status, 200)
    assert.strictEqual((await server.journal()).entries, before)
  })
})

describe("what an order says of people", () => {
  it("is gone with that of all its refunds, by who may do that and need not read it", async () => {
    const { order } = await bought()
    const key = "privacy-secret"
    const redacted = await call("POST", `/v1/orders/${order}/redact`, { key, body: { note: "asked for" } })
    assert.deepStrictEqual([redacted.status, redacted.body], [200, { order: true, refunds: 2 }])
    const view = await told(`/v1/orders/${order}`)
    for (const word of ["Ada", "ada@example.com", "555 0100", "broken"]) assert.notInclude(view, word)
    assert.isTrue((await server.journal()).ok)
    const again = await call("POST", `/v1/orders/${order}/redact`, { key })
    assert.deepStrictEqual(again.body, { order: false, refunds: 0 })
    assert.strictEqual((await call("GET", `/v1/orders/${order}`, { key })).status, 403)
  })

  it("is not removed by who may not, nor of an order that is not there", async () => {
    const { first, order } = await bought()
    const before = (await server.journal()).entries
    for (const path of [`/v1/orders/${order}/redact`, `/v1/refunds/${first}/redact`]) {
      const { body, status } = await call("POST", path, { key: "clerk-secret" })
      assert.deepStrictEqual([status, body.violations[0].permission], [403, "texts:redact"])
    }
    assert.strictEqual((await server.journal()).entries, before)
    assert.strictEqual((await call("POST", "/v1/orders/none/redact")).status, 404)
  })
})

it("the ledger's tables have none of it", async () => {
  const { order } = await bought()
  await call("POST", `/v1/orders/${order}/redact`)
  const { DatabaseSync } = await import("node:sqlite")
  const db = new DatabaseSync(server.database.slice("file:".length), { readOnly: true })
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as Array<{ name: string }>
    const found = tables.filter(({ name }) =>
      db
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .some((row) => JSON.stringify(row).includes(order) && /Ada|555 0100|ada@example/.test(JSON.stringify(row)))
    )
    assert.deepStrictEqual(found, [])
  } finally {
    db.close()
  }
  assert.isAbove((await readFile(server.database.slice("file:".length))).length, 0)
})

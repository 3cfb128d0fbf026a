/** A file that the shell imports and one that a server is sent are the same intents: what one has made, the other finds there. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { type Client, makeClient } from "refund-api/Client"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { refund, scratch } from "./support/refund.ts"
import { adminKey, startServer } from "./support/server.ts"

const fileOf = (name: string, text: string) => {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

const database = `file:${join(scratch, "imports.db")}`
const orders = fileOf(
  "orders.csv",
  "Order ID,currency,captureId,Capture Amount,provider,tender,captured at\nA-1,USD,A-1-c,100.00,manual,cash,2026-01-01\nA-2,USD,A-2-c,100.00,manual,cash,\n"
)
/** A row by its reference, one by all it says, one by a key, one twice, and one too much. */
const refunds = fileOf(
  "refunds.csv",
  `Bestellung;Betrag;RMA;idempotencyKey;reason
A-1;12,34;RMA-1;;broken
A-1;1,00;;;late
A-1;2,00;;return-9;late
A-1;1,00;;;late
A-1;300,00;RMA-2;;late
`
)
const flags = ["--map", "Bestellung=orderId", "--map", "Betrag=amount", "--map", "RMA=reference"]
const how = {
  map: ["Bestellung=orderId", "Betrag=amount", "RMA=reference"],
  default: ["currency=USD"],
  decimalComma: true
}
const lines = fileOf("refunds.jsonl", '{"refund":{"orderId":"A-1","amount":55,"metadata":{"b":1,"a":[2]}}}\n')

let server: Awaited<ReturnType<typeof startServer>>
let client: Client
beforeAll(async () => {
  server = await startServer(database)
  client = makeClient({ url: server.url, key: adminKey })
})
afterAll(() => server.stop())

/** Of a file, on the ledger's own file: the shell does not ask the server. */
const byShell = async (file: string, args: ReadonlyArray<string> = []) => {
  const ran = await refund(["import", file, ...args, "--json"], { env: { REFUND_DATABASE_URL: database } })
  const { made, rejected, there } = JSON.parse(ran.out)
  return { made, replayed: there, rejected }
}
const byServer = async (file: string, asked: Parameters<Client["importRows"]>[1] = {}) => {
  const { totals } = await Effect.runPromise(client.importRows(readFileSync(file, "utf8"), asked))
  return { made: totals.made, replayed: totals.replayed, rejected: totals.rejected }
}

describe("one file, by the shell and to a server", () => {
  it("makes nothing twice, whichever comes first, and is decided alike", async () => {
    assert.deepStrictEqual(await byShell(orders), { made: 2, replayed: 0, rejected: 0 })
    assert.deepStrictEqual(await byServer(orders), { made: 0, replayed: 2, rejected: 0 })
    const german = [...flags, "--default", "currency=USD", "--decimal-comma"]
    assert.deepStrictEqual(await byServer(refunds, how), { made: 3, replayed: 0, rejected: 2 })
    assert.deepStrictEqual(await byShell(refunds, german), { made: 0, replayed: 3, rejected: 2 })
    assert.deepStrictEqual(await byShell(lines), { made: 1, replayed: 0, rejected: 0 })
    assert.deepStrictEqual(await byServer(lines, { type: "application/jsonl" }), { made: 0, replayed: 1, rejected: 0 })
    const { refunds: made } = await Effect.runPromise(client.order("A-1"))
    assert.deepStrictEqual(made.map(({ amount }) => amount).toSorted(), [100n, 1234n, 200n, 55n])
  })
})

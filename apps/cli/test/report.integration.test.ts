/** `refund report`: the same figures on a file as of a server, for people, programs and spreadsheets. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { refund, scratch } from "./support/refund.ts"
import { adminKey, startServer } from "./support/server.ts"

const file = join(scratch, "reports.db")
const env = { REFUND_DATABASE_URL: `file:${file}` }
const id = (n: number) => `0191f5a7-44d3-7430-8739-00000000010${n}`

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  for (const [order, currency] of [
    ["A-1", "USD"],
    ["A-2", "JPY"]
  ]) {
    const body = {
      ...{ id: order, currency, customerId: "c-7" },
      captures: [
        {
          ...{ id: `${order}-c`, amount: 10_000, provider: "manual", reference: null, tender: "cash" },
          capturedAt: "2026-11-01T10:00:00Z"
        }
      ]
    }
    writeFileSync(join(scratch, `${order}.json`), JSON.stringify(body))
    assert.strictEqual((await refund(["order", "put", join(scratch, `${order}.json`)], { env })).code, 0)
  }
  const asked = [
    ["A-1", "30", "--id", id(1), "--reason", "broken"],
    ["A-1", "10", "--id", id(2), "--reason", "=cmd", "--destination", "store_credit"],
    ["A-1", "5", "--id", id(3), "--requires-approval"],
    ["A-2", "700", "--id", id(4), "--requires-approval", "--reason", "broken"]
  ]
  for (const args of asked) assert.strictEqual((await refund(["request", ...args], { env })).code, 0)
  server = await startServer(`file:${file}`)
})
afterAll(() => server.stop())

const remote = () => ({ REFUND_API_KEY: adminKey })

describe("refund report", () => {
  it("shows a table for each currency, with a total and only the figures that there are", async () => {
    const { code, err, out } = await refund(["report", "reason"], { env })
    assert.deepStrictEqual([code, err], [0, ""])
    assert.strictEqual(
      out,
      `JPY
reason  refunds  asked for  held  refunded  paid out
broken        1        700   700         0         0
total         1        700   700         0         0

USD
reason       refunds  asked for   held  refunded  paid out
broken             1      30.00  30.00      0.00      0.00
=cmd               1      10.00   0.00     10.00     10.00
(no reason)        1       5.00   5.00      0.00      0.00
total              3      45.00  35.00     10.00     10.00
`
    )
  })

  it("has a chart on a terminal, and colour only where that is wanted", async () => {
    const shown = await refund(["report", "state", "--currency", "USD"], { env, isTTY: true })
    assert.include(shown.out, "█".repeat(6))
    assert.include(shown.out, "░".repeat(24))
    assert.include(shown.out, "\u001b[")
    const plain = await refund(["report", "state", "--currency", "USD"], {
      env: { ...env, NO_COLOR: "1" },
      isTTY: true
    })
    assert.include(plain.out, "░".repeat(24))
    assert.notInclude(plain.out, "\u001b[")
  })

  it("says the same of a server as on its file, in every form", async () => {
    const today = new Date().toISOString().slice(0, 10)
    for (const args of [
      ["day", "--from", today],
      ["day", "--dated", "settled"],
      ["reason"],
      ["state", "--currency", "JPY"],
      ["provider", "--to", "2099-01-01"],
      ["ageing", "--currency", "USD"]
    ]) {
      for (const form of [["--csv"], ["--json"], []]) {
        const local = await refund(["report", ...args, ...form], { env })
        const asked = await refund(["report", ...args, ...form, "--url", server.url], { env: remote() })
        assert.deepStrictEqual([asked.code, local.code], [0, 0], asked.err + local.err)
        const timeless = (text: string) => text.replace(/"at": ".*"/, "")
        assert.strictEqual(timeless(asked.out), timeless(local.out))
      }
    }
  })

  it("prints CSV with decimals, in which no reason is a formula", async () => {
    const { out } = await refund(["report", "reason", "--csv"], { env })
    assert.deepStrictEqual(out.trim().split("\n"), [
      "currency,reason,refunds,amount,held,refunded,ended,paidOut,retained,goodwill,reconciled",
      "JPY,broken,1,700,700,0,0,0,0,0,0",
      "USD,broken,1,30.00,30.00,0.00,0.00,0.00,0.00,0.00,0.00",
      "USD,'=cmd,1,10.00,0.00,10.00,0.00,10.00,0.00,0.00,0.00",
      "USD,,1,5.00,5.00,0.00,0.00,0.00,0.00,0.00,0.00"
    ])
  })

  it("names the oldest of what is open", async () => {
    const { out } = await refund(["report", "ageing"], { env })
    assert.include(out, "state             refunds  amount  < 1 h  < 1 d  < 3 d  < 7 d  older  the oldest, asked for")
    assert.match(out, new RegExp(`pending_approval +1 +5\\.00 +1 +– +– +– +– +\\d{4}-\\d{2}-\\d{2} .*${id(3)}`))
    const csv = (await refund(["report", "ageing", "--csv"], { env })).out.trim().split("\n")
    assert.strictEqual(csv.length, 4)
    assert.match(csv[1] ?? "", new RegExp(`^JPY,pending_approval,1,700,1,700,0,0,.*${id(4)},`))
  })

  it("says what it cannot read, and what no key may ask", async () => {
    const wrong = await refund(["report", "day", "--from", "yesterday"], { env })
    assert.strictEqual(wrong.code, 1)
    assert.include(wrong.err, "from")
    assert.strictEqual((await refund(["report", "day", "--csv", "--json"], { env })).code, 2)
    assert.strictEqual((await refund(["report", "weather"], { env })).code, 2)
    const key = (await refund(["keys", "create", "viewer", "--role", "viewer"], { env })).out.trim()
    const refused = await refund(["report", "day"], { env: { ...env, REFUND_API_KEY: key } })
    assert.strictEqual(refused.code, 1)
    assert.include(refused.err, "reports:read")
    const empty = await refund(["report", "day", "--from", "2099-01-01"], { env })
    assert.deepStrictEqual([empty.code, empty.out], [0, "No refunds\n"])
  })
})

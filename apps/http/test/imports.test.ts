import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { callerOf, fresh, payment } from "./support/call.ts"
import { csv, importerOf, jsonLines } from "./support/imports.ts"
import { startServer, type TestServer } from "./support/server.ts"

let server: TestServer
let call: ReturnType<typeof callerOf>
let send: ReturnType<typeof importerOf>
beforeAll(async () => {
  // Without a worker, which would write of refunds made before while it is looked whether anything was written.
  server = await startServer({
    keys: "clerk:refunds:request:clerk-secret,reader:orders:read:reader-secret,hooks:webhooks:manage+refunds:record:hooks-secret",
    env: { REFUND_WORKER: "off" }
  })
  call = callerOf(server)
  send = importerOf(server)
})
afterAll(async () => {
  assert.isTrue((await server.journal()).ok)
  await server.stop()
})

const ordersCsv = (ids: ReadonlyArray<string>) =>
  `orderId,currency,captureId,captureAmount,provider,tender,capturedAt\n${ids
    .map((id) => `${id},USD,${id}-c,100.00,manual,cash,2026-01-01\n`)
    .join("")}`

const orders = async (count: number) => {
  const prefix = fresh("I")
  const ids = Array.from({ length: count }, (_, at) => `${prefix}-${at}`)
  const { last } = await send(ordersCsv(ids))
  assert.deepStrictEqual(last.totals, { rows: count, made: count, replayed: 0, rejected: 0, untold: 0, dryRun: false })
  return ids
}

const refunded = async (order: string) => (await call("GET", `/v1/orders/${order}`)).body

describe("rows sent to a server", () => {
  it("are orders, captures and refunds, as CSV with columns of any name, amounts exact", async () => {
    const [order = ""] = await orders(1)
    const captures = `orderId,captureId,amount,currency,provider,tender,capturedAt\n${order},${order}-more,5.01,USD,manual,cash,2026-01-02\n`
    assert.deepInclude((await send(captures)).last.totals, { rows: 1, made: 1 })
    const rows = `Order No;Amount;RMA;Clerk\n${order};12,34;RMA-1;eve\n`
    const query = `?${new URLSearchParams([
      ["map", "Order No=orderId"],
      ["map", "RMA=reference"],
      ["map", "Clerk="],
      ["default", "currency=USD"],
      ["default", "settled=true"],
      ["decimalComma", "true"]
    ])}`
    const { last, rejected, status } = await send(rows, { query })
    assert.deepStrictEqual([status, rejected, last.problem], [200, [], undefined])
    assert.deepInclude(last.totals, { rows: 1, made: 1, replayed: 0, rejected: 0 })
    const { collected, refunds } = await refunded(order)
    assert.strictEqual(collected, 10_501)
    assert.deepInclude(refunds[0], { amount: 1234, state: "settled", origin: "recorded", reference: "RMA-1" })
  })

  it("are JSON lines, each an item of a batch, or of the kind that is said", async () => {
    const order = fresh("I")
    const lines = [
      { order: { id: order, ...payment(order, 1_000) } },
      {
        capture: { orderId: order, id: `${order}-2`, amount: 50, provider: "manual", tender: "cash", capturedAt: null }
      },
      { refund: { orderId: order, amount: 100, reference: "RMA-1", metadata: { a: [1] } } }
    ]
    const text = lines.map((line) => JSON.stringify(line)).join("\r\n\r\n")
    assert.deepInclude((await send(text, { headers: jsonLines })).last.totals, { rows: 3, made: 3 })
    const again = await send(JSON.stringify(lines[2]?.refund), {
      headers: { "content-type": "application/jsonl; charset=UTF-8" },
      query: "?kind=refunds"
    })
    assert.deepInclude(again.last.totals, { rows: 1, made: 0, replayed: 1 })
    assert.strictEqual((await refunded(order)).refunds.length, 1)
  })

  it("make nothing twice, however often and in whatever parts they are sent", async () => {
    const ids = await orders(40)
    const rows = ids.map((id, at) => `${id},${at + 1}.00,USD,RMA-${at}\n`)
    const head = "orderId,amount,currency,reference\n"
    assert.deepInclude((await send(head + rows.join(""))).last.totals, { made: 40, replayed: 0 })
    const entries = (await server.journal()).entries
    assert.deepInclude((await send(head + rows.slice(7, 30).reverse().join(""))).last.totals, { made: 0, replayed: 23 })
    assert.deepInclude((await send(ordersCsv(ids))).last.totals, { made: 0, replayed: 40 })
    assert.strictEqual((await server.journal()).entries, entries)
    // The same reference with another amount is said to be another content, in the file's words.
    const changed = await send(`${head}${ids[3]},9.99,USD,RMA-3\n`)
    assert.strictEqual(changed.rejected[0]?.problem.code, "IdempotencyKeyReused")
    assert.match(changed.rejected[0]?.problem.detail ?? "", /has a refund RMA-3 with other content/)
  })

  it("are told with their row and line where they are wrong, in the problem their own call would have had", async () => {
    const [order = ""] = await orders(1)
    const rows = [
      "orderId,amount,currency,note,reference",
      `${order},1.00,USD,"two\nlines",a`,
      `${order},300.00,USD,,b`,
      `nobody,1.00,USD,,c`,
      "",
      `${order},1.005,USD,,d`,
      `${order},1.00`,
      `${order},2.00,USD,a 5" pipe,e`,
      `${order},1.00,USD,again,a`,
      `${order},1.00,USD,ok,f`
    ]
    const { last, progress, rejected } = await send(rows.join("\n"))
    assert.deepStrictEqual(
      rejected.map(({ line, problem, row }) => [row, line, problem.code, problem.detail.split(":")[0]]),
      [
        [3, 4, "ExceedsCollected", `Requested 300.00 USD of 99.00 USD refundable on order ${order}`],
        [4, 5, "OrderNotFound", "No order nobody"],
        [6, 7, "UnreadableRow", "AmountTooPrecise"],
        [7, 8, "UnreadableRow", "Ragged"],
        [8, 9, "UnreadableRow", "BadQuotes"],
        [9, 10, "RepeatedRow", "Duplicate"]
      ]
    )
    assert.deepInclude(last.totals, { rows: 8, made: 2, rejected: 6, untold: 0 })
    assert.deepStrictEqual(progress, [{ rows: 8, made: 2, replayed: 0, rejected: 6 }])
  })

  it("are only decided, and nothing is written, in a dry run", async () => {
    const [order = ""] = await orders(1)
    const { entries } = await server.journal()
    const rows = `orderId,amount,currency\n${order},1.00,USD\n${order},300.00,USD\n`
    const { last, rejected } = await send(rows, { query: "?dryRun=true" })
    assert.deepStrictEqual(last.totals, { rows: 2, made: 1, replayed: 0, rejected: 1, untold: 0, dryRun: true })
    assert.strictEqual(rejected[0]?.problem.code, "ExceedsCollected")
    assert.strictEqual((await server.journal()).entries, entries)
  })

  it("need each what their own call needs; who may do none of it is refused as a whole", async () => {
    const [order = ""] = await orders(1)
    const lines = [
      { refund: { orderId: order, amount: 1, reference: "r-1" } },
      { refund: { orderId: order, amount: 1, reference: "r-2", settled: true } },
      { order: { id: order, currency: "USD" } }
    ]
      .map((line) => JSON.stringify(line))
      .join("\n")
    const some = await send(lines, { headers: jsonLines, key: "clerk-secret" })
    assert.deepInclude(some.last.totals, { made: 1, rejected: 2 })
    assert.deepStrictEqual(
      some.rejected.map(({ problem, row }) => [row, problem.code, problem.detail.slice(-15)]),
      [
        [2, "NotPermitted", " refunds:record"],
        [3, "NotPermitted", "ds orders:write"]
      ]
    )
    const none = await send(lines, { headers: jsonLines, key: "reader-secret" })
    assert.deepStrictEqual([none.status, none.problem.code], [403, "NotPermitted"])
    const stranger = await send(lines, { headers: jsonLines, key: "nobody-secret" })
    assert.deepStrictEqual([stranger.status, stranger.problem.code], [401, "Unauthorized"])
  })
})

describe("who may do none of what rows can ask for", () => {
  it("is refused before any of the body is read, be it rows, line feeds, or hardly anything yet", async () => {
    for (const begun of ["orderId,amount,currency\n", "\n".repeat(100_000), "o"]) {
      const gone = new AbortController()
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Buffer.from(begun))
      })
      const refused = await send(body, { key: "hooks-secret", query: "?kind=nothing", signal: gone.signal })
      assert.deepStrictEqual([refused.status, refused.problem.code], [403, "NotPermitted"])
      assert.strictEqual(refused.problem.violations[0].permission, "refunds:request")
      gone.abort()
    }
    const [order = ""] = await orders(1)
    const refund = `orderId,amount,currency\n${order},1.00,USD\n`
    assert.deepInclude((await send(refund, { key: "clerk-secret" })).last.totals, { made: 1 })
  })
})

describe("what cannot be imported", () => {
  it("as a whole is told so before any row is asked for: its type, its query, its header", async () => {
    const good = "orderId,amount,currency\nA-1001,1.00,USD\n"
    const whole: ReadonlyArray<readonly [string, Parameters<typeof send>[1], number, string, RegExp]> = [
      [good, { headers: { "content-type": "application/json" } }, 415, "WrongMediaType", /text\/csv or application/],
      [good, { headers: { "content-type": "text/csv; charset=utf-16" } }, 415, "WrongMediaType", /UTF-8/],
      [good, { headers: { ...csv, "content-encoding": "gzip" } }, 415, "WrongMediaType", /gzip/],
      [good, { query: "?dryrun=true" }, 400, "Malformed", /dryrun/],
      [good, { query: "?dryRun=yes" }, 400, "Malformed", /dryRun/],
      [good, { query: "?__proto__=1" }, 400, "Malformed", /__proto__/],
      [
        good,
        { query: "?map=Nothing%3DorderId" },
        400,
        "UnreadableFile",
        /\?map=Nothing=orderId: the file has no column/
      ],
      ["", {}, 400, "UnreadableFile", /empty/],
      ["\n \n", {}, 400, "UnreadableFile", /empty/],
      ["a,b\n1,2\n", {}, 400, "UnreadableFile", /\?kind=orders\|captures\|refunds/],
      ["orderId,amount,currency,colour\n", {}, 400, "UnreadableFile", /\?map=colour= or \?ignoreOthers=true/],
      ["orderId,amount\nA,1\n", { query: "?kind=refunds" }, 400, "UnreadableFile", /currency/],
      ['orderId,"amount\n', {}, 400, "UnreadableFile", /header/]
    ]
    for (const [rows, how, status, code, detail] of whole) {
      const { problem, status: told } = await send(rows, how)
      assert.deepStrictEqual([told, problem?.code], [status, code], rows + JSON.stringify(how))
      assert.match(problem.detail, detail)
    }
    assert.deepInclude((await send("orderId,amount,currency\n")).last.totals, { rows: 0, made: 0 })
  })

  it("of a row is that row's fault alone: bytes that are no UTF-8, NUL, ten megabytes, JSON that is none", async () => {
    const [order = ""] = await orders(1)
    const good = `${order},1.00,USD,`
    const rows = Buffer.concat([
      Buffer.from(`orderId,amount,currency,reference\n${good}`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`\n${good}a\0b\n${good}"${"x".repeat(300_000)}"\n${good}fine\n`)
    ])
    const { last, rejected } = await send(rows)
    assert.deepStrictEqual(
      rejected.map(({ problem, row }) => [row, problem.code, problem.detail.split(":")[0]]),
      [
        [2, "UnreadableRow", "NotUtf8"],
        [3, "UnreadableRow", "HasNul"],
        [4, "UnreadableRow", "TooLong"]
      ]
    )
    assert.deepInclude(last.totals, { rows: 4, made: 1 })
    const lines = [
      `{"refund":{"orderId":"${order}","amount":1,"reference":"j-1"}`,
      `{"refund":{"orderId":"${order}","amount":1,"amount":2}}`,
      "[]",
      '{"refund":{"amount":1}}',
      '{"refund":null}',
      '{"order":{},"refund":{}}',
      `{"a":"${"x".repeat(10_000_000)}"}`,
      '"\ud800"',
      `${'{"a":'.repeat(100)}1${"}".repeat(100)}`,
      `{"refund":{"orderId":"${order}","amount":1,"reference":"j-2"}}`
    ]
    const json = await send(lines.join("\n"), { headers: jsonLines })
    assert.deepStrictEqual(
      json.rejected.map(({ problem, row }) => [row, problem.code]),
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((row) => [row, row === 4 || row === 5 ? "Malformed" : "UnreadableRow"])
    )
    assert.deepInclude(json.last.totals, { rows: 10, made: 1 })
  })

  it("behind a row whose end nobody can tell is not guessed: the last line says that it was not read", async () => {
    const [order = ""] = await orders(1)
    const head = `orderId,amount,currency,note\n${order},1.00,USD,fine\n`
    const ended = "Reading ended at row 3: mend the file itself and send it again; what was made is not made twice"
    for (const open of [
      `${order},1.00,USD,"never closed\n${`${order},1.00,USD,x\n`.repeat(1_100)}`,
      "y".repeat(10_000_000)
    ]) {
      const { last, rejected } = await send(head + open)
      assert.strictEqual(rejected.length, 1)
      assert.deepStrictEqual([rejected[0]?.row, rejected[0]?.problem.code], [3, "UnreadableRow"])
      assert.deepStrictEqual([last.totals.rows, last.problem.code], [2, "UnreadableFile"])
      assert.strictEqual(last.problem.detail, ended)
    }
    const atEnd = await send(`${head}${order},2.00,USD,"open\n${order},3.00,USD,x`)
    assert.match(atEnd.rejected[0]?.problem.detail ?? "", /^Unclosed: a quote is opened/)
    assert.deepStrictEqual([atEnd.last.problem?.code, atEnd.last.problem?.detail], ["UnreadableFile", ended])
  })
})

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { places } from "./support/places.ts"
import { refund, scratch } from "./support/refund.ts"

// biome-ignore lint/suspicious/noExplicitAny: the assertions say what it must be
type Json = any

let drawn = 0
const fresh = (name: string) => `${name}-${++drawn}`
const fileOf = (text: string | Uint8Array, ending = "csv") => {
  const path = join(scratch, `${fresh("file")}.${ending}`)
  writeFileSync(path, text)
  return path
}

describe.each(places)("refund import %s", (_, open) => {
  let place: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const ada = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.ada })
  const asJson = async (args: ReadonlyArray<string>, code = 0): Promise<Json> => {
    const ran = await ada(...args, "--json")
    assert.strictEqual(ran.code, code, `${ran.out}\n${ran.err}`)
    return JSON.parse(ran.out)
  }
  const imported = (file: string, args: ReadonlyArray<string> = [], code = 0) => asJson(["import", file, ...args], code)
  const orders = async (count: number, currency = "USD", amount = "100.00") => {
    const prefix = fresh("A")
    const ids = Array.from({ length: count }, (_, at) => `${prefix}-${at}`)
    const rows = ids.map((id) => `${id},${currency},c-7,${id}-c,${amount},manual,card,2026-01-01`)
    const head = "Order ID,currency,customer_id,captureId,Capture Amount,provider,tender,captured at"
    const made = await imported(fileOf(`${[head, ...rows].join("\n")}\n`))
    assert.deepInclude(made, { rows: count, made: count, there: 0, rejected: 0 })
    return ids
  }
  const refundsOf = async (order: string) => (await asJson(["order", "show", order])).refunds as ReadonlyArray<Json>

  it("registers orders with their captures, adds captures, and requests refunds, amounts exact", async () => {
    const [yen] = await orders(1, "JPY", "1000")
    const [dinar] = await orders(1, "KWD", "100.125")
    const captures = `orderId,captureId,amount,currency,provider,tender,capturedAt,reference
${yen},${yen}-more,500,JPY,manual,card,2026-01-02T03:04:05+01:00,ch_9
${dinar},${dinar}-more,0.100,KWD,manual,invoice,,
${dinar},${dinar}-wrong,1,JPY,manual,card,2026-01-01,
`
    const added = await imported(fileOf(captures), [], 1)
    assert.deepInclude(added, { made: 2, rejected: 1 })
    assert.deepInclude(added.reasons[0], { code: "CurrencyMismatch", row: 4 })
    const refunds = `orderId;Amount;currency;captureId;reason;note
${yen};1500;JPY;;broken;"two
lines"
${dinar};99,975;KWD;${dinar}-c;;
${dinar};0,15;KWD;;;
`
    await imported(fileOf(refunds), ["--decimal-comma"])
    const yens = await asJson(["order", "show", yen ?? ""])
    assert.deepInclude(yens, { collected: 1500, held: 1500, refundable: 0 })
    assert.deepInclude(yens.refunds[0], { reason: "broken", note: "two\nlines", captureId: `${yen}-c` })
    const dinars = await asJson(["order", "show", dinar ?? ""])
    assert.deepInclude(dinars, { collected: 100125, held: 100125, refundable: 0 })
  })

  it("records what was refunded long ago as settled", async () => {
    const [order] = await orders(1)
    const file = fileOf(`Order No,Amount,Refunded,RMA,Clerk\n${order},12.34,2026-02-03,RMA-1,eve\n`)
    const map = ["Order No=orderId", "Refunded=settledAt", "RMA=reference", "Clerk="].flatMap((each) => ["--map", each])
    const defaults = ["--default", "currency=USD", "--default", "settled=true"]
    assert.deepInclude(await imported(file, [...map, ...defaults]), { made: 1, rejected: 0 })
    const [recorded] = await refundsOf(order ?? "")
    assert.deepInclude(recorded, { amount: 1234, state: "settled", origin: "recorded", reference: "RMA-1" })
    assert.strictEqual(recorded.settledAt, "2026-02-03T00:00:00.000Z")
  })

  it("imported again makes nothing twice, wherever its rows lie now, and asks for what was changed since", async () => {
    const [one = "", two = ""] = await orders(2)
    const rows = [`${one},10.00,USD,,first`, `${one},5.00,USD,,second`, `${two},7.00,USD,RMA-7,third`]
    const head = "orderId,amount,currency,reference,note"
    assert.deepInclude(await imported(fileOf([head, ...rows].join("\n"))), { made: 3, there: 0 })
    const again = await imported(fileOf([head, "", ...rows.toReversed()].join("\r\n")))
    assert.deepInclude(again, { made: 0, there: 3, rejected: 0 })
    const changed = fileOf([head, `${one},10.00,USD,,first and more`, `${two},8.00,USD,RMA-7,third`].join("\n"))
    const told = await imported(changed, [], 1)
    assert.deepInclude(told, { made: 1, rejected: 1 })
    assert.deepInclude(told.reasons[0], { code: "IdempotencyKeyReused", row: 3 })
    assert.include(told.reasons[0].example, `order ${two} has a refund RMA-7 with other content`)
    assert.strictEqual((await refundsOf(two)).length, 1)
  })

  it("says of each row what is wrong with it, in a file that is mended and imported", async () => {
    const [one = "", two = ""] = await orders(2)
    const rows = [
      `${one},1.00,USD,RMA-1,default`,
      `${one},1.234,USD,RMA-2,default`,
      `${one},"1,00",USD,RMA-3,default`,
      `${one},1.00,usd,RMA-4,default`,
      `${one},1.00,USD,RMA-1,default`,
      `${one},1.00,USD,RMA-1,shipping`,
      `nowhere,1.00,USD,RMA-6,default`,
      `${two},100.01,USD,RMA-7,default`,
      `${two},1.00,USD`,
      `${two},1.00,USD,"RMA"-8,default`,
      `${two},-1.00,USD,RMA-9,default`,
      `${two},1.00,USD,RMA-10,gift`,
      `${two},2.00,USD,=cmd|' /C calc'!A0,default`
    ]
    const file = fileOf(`orderId,amount,currency,reference,type\n${rows.join("\n")}\n`)
    const told = await imported(file, [], 1)
    assert.deepInclude(told, { rows: 13, made: 2, rejected: 11, rejectedFile: `${file}.rejected.csv` })
    const rejected = readFileSync(`${file}.rejected.csv`, "utf8")
    const reasons = [...rejected.matchAll(/^(\d+),"?([A-Za-z]+):/gm)].map(([, row, code]) => [Number(row), code])
    assert.deepStrictEqual(reasons, [
      [3, "AmountTooPrecise"],
      [4, "Malformed"],
      [5, "Malformed"],
      [6, "Duplicate"],
      [7, "ExceedsComponent"],
      [8, "OrderNotFound"],
      [9, "ExceedsCollected"],
      [10, "Ragged"],
      [11, "BadQuotes"],
      [12, "AmountNotPositive"],
      [13, "Malformed"]
    ])
    assert.isFalse(existsSync(`${file}.progress`))

    const mended = rejected.split("\n").filter((line) => /^(?:rejected_row|3,|9,)/.test(line))
    const text = mended.join("\n").replaceAll("1.234", "1.23").replaceAll("100.01", "98.00")
    const second = await imported(fileOf(text))
    assert.deepInclude(second, { rows: 2, made: 2, rejected: 0 })
    assert.strictEqual((await refundsOf(two)).length, 2)
  })

  it.each([
    ["to the end of the file", 900],
    ["within a thousand rows", 2_100]
  ])(
    "ends at a quote that is not closed %s, and says to mend the file itself: then all its rows are made, none twice",
    async (_, count) => {
      const [order = ""] = await orders(1)
      const rows = Array.from({ length: count }, (_, at) => `${order},0.01,USD,RMA-${at},fine`)
      rows[0] = `${order},1.234,USD,RMA-0,fine`
      const written = (stray: string) =>
        `${["orderId,amount,currency,reference,note", ...rows.with(2, stray)].join("\n")}\n`
      const file = fileOf(written(`${order},0.01,USD,RMA-2,"fine`))
      const told = await imported(file, [], 1)
      assert.deepInclude(told, { rows: 3, made: 1, rejected: 2, endedAtRow: 4, rejectedFile: `${file}.rejected.csv` })
      const rejected = readFileSync(`${file}.rejected.csv`, "utf8")
      assert.strictEqual(rejected.trim().split("\n").length, 2)
      assert.match(rejected, /\n2,"?AmountTooPrecise/)
      const { code, out } = await ada("import", file)
      assert.strictEqual(code, 1)
      assert.include(
        out,
        `Reading ended at row 4: mend ${file} itself and import it again; what was made is not made twice`
      )
      assert.include(out, `All but row 4 are in ${file}.rejected.csv: mend them there, and import that file`)

      const mended = await imported(fileOf(rejected.replaceAll("1.234", "0.01")))
      assert.deepInclude(mended, { rows: 1, made: 1, rejected: 0, endedAtRow: null })
      rows[0] = `${order},0.01,USD,RMA-0,fine`
      writeFileSync(file, written(`${order},0.01,USD,RMA-2,fine`))
      const whole = await imported(file)
      assert.deepInclude(whole, { rows: count, made: count - 2, there: 2, rejected: 0, endedAtRow: null })
      assert.deepInclude(await imported(file), { made: 0, there: count, rejected: 0 })
      const { held, refunds } = await asJson(["order", "show", order])
      assert.deepStrictEqual([held, refunds.length > 0], [count, true])
    }
  )

  it("names no file of rejected rows where the row that ends the reading is the only one", async () => {
    const [order = ""] = await orders(1)
    const file = fileOf(
      `orderId,amount,currency,note\n${order},1.00,USD,fine\n${order},2.00,USD,"open\n${order},3.00,USD,x\n`
    )
    const told = await imported(file, [], 1)
    assert.deepInclude(told, { rows: 2, made: 1, rejected: 1, endedAtRow: 3, rejectedFile: null })
    assert.isFalse(existsSync(`${file}.rejected.csv`) || existsSync(`${file}.progress`))
    const { out } = await ada("import", file, "--dry-run")
    assert.include(out, "Reading ended at row 3")
    assert.notInclude(out, "mend them there")
  })

  it("tried without writing, says what would be rejected, and leaves nothing behind", async () => {
    const [order] = await orders(1)
    const before = await asJson(["verify"])
    const file = fileOf(`orderId,amount,currency\n${order},1.00,USD\n${order},100.01,USD\n`)
    const tried = await imported(file, ["--dry-run"], 1)
    assert.deepInclude(tried, { dryRun: true, rows: 2, made: 1, rejected: 1, rejectedFile: null })
    assert.strictEqual((await asJson(["verify"])).entries, before.entries)
    assert.isFalse(existsSync(`${file}.rejected.csv`) || existsSync(`${file}.progress`))
    const words = await ada("import", file, "--dry-run")
    assert.include(words.out, "2 rows: 1 would be made, 0 there already, 1 would be rejected")
    assert.strictEqual(words.err, "")
  })

  it("reads JSON lines in the API's form, of one kind or of several, also from standard input", async () => {
    const id = fresh("A")
    const capture = {
      id: `${id}-c`,
      amount: 500,
      provider: "manual",
      tender: "card",
      capturedAt: "2026-01-01T00:00:00Z"
    }
    const lines = [
      { order: { id, currency: "USD" } },
      { capture: { orderId: id, ...capture } },
      { refund: { orderId: id, amount: 200, reference: "RMA-1" } },
      { refund: { orderId: id, amount: 400 } }
    ].map((line) => JSON.stringify(line))
    const file = fileOf(`${[...lines, "", "{", '{"a":1,"a":2}', "[1]"].join("\n")}\n`, "jsonl")
    const told = await imported(file, [], 1)
    assert.deepInclude(told, { rows: 7, made: 3, rejected: 4, rejectedFile: `${file}.rejected.jsonl` })
    const [exceeds, ...others] = readFileSync(`${file}.rejected.jsonl`, "utf8").trim().split("\n")
    assert.deepInclude(JSON.parse(exceeds ?? ""), { rejectedRow: 4, refund: { orderId: id, amount: 400 } })
    assert.deepStrictEqual(
      others.map((line) => JSON.parse(line).rejectedRow),
      [6, 7, 8]
    )
    const input = `${JSON.stringify({ orderId: id, amount: 300 })}\n`
    const piped = await refund(["import", "-", "--kind", "refunds", ...place.flags], { env: place.ada, input })
    assert.deepStrictEqual([piped.code, piped.out], [0, "1 row: 1 made, 0 there already, 0 rejected\n"])
  })

  it("asks the ledger for nothing where it does not know what a column means", async () => {
    const misused = async (text: string, args: ReadonlyArray<string>, sentence: RegExp) => {
      const { code, err, out } = await ada("import", fileOf(text), ...args)
      assert.deepStrictEqual([code, out], [2, ""])
      assert.match(err, sentence)
    }
    const good = "orderId,amount,currency\nA,1,USD\n"
    const taken =
      /Nobody knows what capture means for refunds, which the rows are taken for \(--kind orders\|captures\|refunds/
    await misused("orderId,amount,currency,capture\n", [], taken)
    await misused("orderId,amount,currency,capture\n", ["--kind", "refunds"], /means for refunds: say/)
    await misused("Order,amount,currency\n", [], /cannot be told from the columns Order, amount, currency/)
    await misused("Order,amount,currency\n", ["--kind", "refunds", "--ignore-others"], /refunds need orderId/)
    await misused("orderId,amount\n", [], /refunds need currency.*--default currency=value/)
    await misused(good, ["--map", "Nothing=orderId"], /no column "Nothing"/)
    await misused(good, ["--map", "amount=amuont"], /no field amuont/)
    await misused(good, ["--default", "=x"], /--default =x: write it as/)
    await misused("orderId,order_id,amount,currency\n", [], /Two columns mean orderId/)
    await misused("", [], /empty/)
    await misused('"orderId,amount,currency\n', [], /header/)
    assert.strictEqual((await ada("import", join(scratch, "no such file"))).code, 2)
    assert.strictEqual((await ada("import", scratch)).code, 2)
  })

  it("says once that a key may do none of it", async () => {
    const [order] = await orders(1)
    const key = await refund(["keys", "create", fresh("reader"), "--permission", "orders:read"], {
      env: { REFUND_DATABASE_URL: place.database }
    })
    assert.strictEqual(key.code, 0, key.err)
    const file = fileOf(`orderId,amount,currency\n${order},1.00,USD\n${order},2.00,USD\n`)
    const env = { ...place.ada, REFUND_API_KEY: key.out.trim() }
    const told = await refund(["import", file, ...place.flags], { env })
    assert.deepStrictEqual([told.code, told.out], [1, ""])
    assert.include(told.err, "NotPermitted")
    assert.isFalse(existsSync(`${file}.rejected.csv`))
    assert.deepInclude(await imported(file), { made: 2 })
  })

  it("draws how far it is on a terminal only", async () => {
    const ids = await orders(3)
    const file = fileOf(["orderId,amount,currency", ...ids.map((id) => `${id},1.00,USD`)].join("\n"))
    const args = ["import", file, ...place.flags]
    assert.strictEqual((await refund(args, { env: place.ada })).err, "")
    const drawn = await refund(args, { env: place.ada, isTTY: true })
    assert.include(drawn.err, "█████ 100 %  3 rows")
    assert.isTrue(drawn.err.endsWith("\r\u001b[2K"))
  })
})

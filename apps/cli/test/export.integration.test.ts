import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "csv-parse/sync"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { guarded } from "../src/output/csv.ts"
import { places } from "./support/places.ts"
import { refund, scratch } from "./support/refund.ts"

it("a text that a spreadsheet would take for a formula gets a quote before it, a figure does not (T59)", () => {
  for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]) {
    assert.strictEqual(guarded(text), `'${text}`)
  }
  for (const cell of ["a=1", "'=1", "", " =1", 7, -7, null, true]) assert.strictEqual(guarded(cell), cell)
  const figure = { figure: "-1.00", minor: -100n }
  assert.deepStrictEqual(guarded(figure), figure)
})

describe.each(places)("refund export %s", (_, open) => {
  let place: Awaited<ReturnType<typeof open>>
  const texts = ['=HYPERLINK("http://x","y")', "-2+3", "@x", 'plain, "quoted"\nand on two lines']
  beforeAll(async () => {
    place = await open()
    const lines = [
      { order: { id: "A-1", currency: "USD" } },
      {
        capture: {
          orderId: "A-1",
          ...{ id: "c-1", amount: 100_000, provider: "manual", tender: "card", capturedAt: "2026-01-01T00:00:00Z" }
        }
      },
      ...Array.from({ length: 250 }, (_, at) => ({
        refund: { orderId: "A-1", amount: at + 1, note: texts[at % 4], reference: `R-${at}` }
      }))
    ]
    const input = lines.map((line) => JSON.stringify(line)).join("\n")
    const made = await refund(["import", "-", ...place.flags], { env: place.ada, input })
    assert.strictEqual(made.code, 0, made.out + made.err)
  })
  afterAll(() => place.stop())

  const ada = (...args: ReadonlyArray<string>) => refund([...args, ...place.flags], { env: place.ada })

  it("has them as Parquet too, whole minor units and timestamps, as another library reads it", async () => {
    const output = join(scratch, `refunds-${place.hasWorker}.parquet`)
    const { code, out } = await ada("export", "refunds", "--order", "A-1", "--output", output)
    assert.deepStrictEqual([code, out], [0, ""])
    const file = await asyncBufferFromFile(output)
    const { created_by, num_rows } = await parquetMetadataAsync(file)
    assert.deepStrictEqual([created_by, num_rows], ["refund", 250n])
    const rows = await parquetReadObjects({ file })
    const csv: ReadonlyArray<Record<string, string>> = parse((await ada("export", "refunds", "--order", "A-1")).out, {
      columns: true
    })
    rows.forEach((row, at) => {
      const { amount, createdAt, id, note, number, settledAt } = row
      const nth = 249 - at
      assert.deepStrictEqual(
        { amount, id, note, number, createdAt: (createdAt as Date).toISOString(), settledAt },
        {
          amount: BigInt(nth + 1),
          id: csv[at]?.["id"],
          note: texts[nth % 4],
          number: BigInt(csv[at]?.["number"] ?? 0),
          createdAt: csv[at]?.["createdAt"],
          settledAt: null
        }
      )
    })
    const journal = join(scratch, `journal-${place.hasWorker}.parquet`)
    assert.strictEqual((await ada("export", "journal", "--output", journal)).code, 0)
    const entries = await parquetReadObjects({ file: await asyncBufferFromFile(journal) })
    assert.deepInclude(entries.find(({ chain, seq }) => chain === "order:A-1" && seq === 1n)?.["entry"], {
      chain: "order:A-1",
      seq: 1
    })
    assert.strictEqual((await ada("export", "refunds", "--format", "parquet")).code, 2)
  })

  it("has every refund on as many pages as it takes, in decimals, nothing in it a formula", async () => {
    const { code, err, out } = await ada("export", "refunds", "--order", "A-1")
    assert.deepStrictEqual([code, err], [0, ""])
    const rows: ReadonlyArray<Record<string, string>> = parse(out, { columns: true })
    assert.strictEqual(rows.length, 250)
    rows.forEach((row, at) => {
      const nth = 249 - at
      const text = texts[nth % 4] ?? ""
      const { amount, currency, note, orderId, reference } = row
      assert.deepStrictEqual(
        { amount, currency, note, orderId, reference },
        {
          amount: ((nth + 1) / 100).toFixed(2),
          currency: "USD",
          note: nth % 4 === 3 ? text : `'${text}`,
          orderId: "A-1",
          reference: `R-${nth}`
        }
      )
    })
  })

  it("is filtered as a list is, and JSON lines are the API's bodies", async () => {
    const { out } = await ada("export", "refunds", "--state", "denied", "--format", "jsonl")
    assert.strictEqual(out, "")
    const file = join(scratch, "refunds.jsonl")
    const { code, err } = await ada("export", "refunds", "--order", "A-1", "--output", file)
    assert.deepStrictEqual([code, err], [0, `250 rows in ${file}\n`])
    const [first] = readFileSync(file, "utf8").trim().split("\n")
    const listed = JSON.parse((await ada("list", "--order", "A-1", "--limit", "1", "--json")).out)
    assert.deepStrictEqual(JSON.parse(first ?? ""), listed.refunds[0])
  })

  it("has every entry of the journal as it was hashed, and the books, which balance", async () => {
    const file = join(scratch, "journal.jsonl")
    assert.strictEqual((await ada("export", "journal", "--output", file)).code, 0)
    const entries = readFileSync(file, "utf8").trim().split("\n")
    const { entries: count } = JSON.parse((await ada("verify", "--json")).out)
    assert.strictEqual(entries.length, count)
    const ofOrder = entries.map((line) => JSON.parse(line)).filter(({ chain }) => chain === "order:A-1")
    assert.deepStrictEqual(
      ofOrder.map(({ seq }) => seq),
      ofOrder.map((_, at) => at + 1)
    )
    const journal: ReadonlyArray<Record<string, string>> = parse((await ada("export", "journal")).out, {
      columns: true
    })
    assert.deepInclude(
      journal.find((row) => row["chain"] === "order:A-1"),
      { seq: "1", events: "OrderRegistered" }
    )

    const input = JSON.stringify({
      refund: { orderId: "A-1", amount: 500, settled: true, settledAt: "2026-02-01T00:00:00Z" }
    })
    assert.strictEqual((await refund(["import", "-", ...place.flags], { env: place.ada, input })).code, 0)
    const books: ReadonlyArray<Record<string, string>> = parse((await ada("export", "postings")).out, { columns: true })
    assert.deepStrictEqual(
      books.map(({ account, amount, bookedAt, credit, debit }) => [account, debit, credit, amount, bookedAt]),
      [
        ["sales_returns", "5.00", "", "5.00", "2026-02-01T00:00:00.000Z"],
        ["provider_clearing", "", "5.00", "-5.00", "2026-02-01T00:00:00.000Z"]
      ]
    )
    const lines = (await ada("export", "postings", "--format", "jsonl")).out.trim().split("\n")
    assert.deepStrictEqual(
      lines.map((line) => JSON.parse(line).lines.length),
      [2]
    )
  })

  it("may be refused, and may find no ledger", async () => {
    const unknown = await ada("export", "refunds", "--after", "yesterday")
    assert.deepStrictEqual([unknown.code, unknown.out], [1, ""])
    assert.include(unknown.err, "Malformed")
    assert.strictEqual((await refund(["export", "refunds", "--database", join(scratch, "none.db")])).code, 3)
    assert.strictEqual((await ada("export", "refunds", "--output", join(scratch, "no", "such", "folder"))).code, 2)
  })
})

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "csv-parse/sync"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { answerOf } from "./support/provider.ts"
import { refund, scratch } from "./support/refund.ts"
import { adminKey, startServer } from "./support/server.ts"

// biome-ignore lint/suspicious/noExplicitAny: the assertions say what it must be
type Json = any

const database = `file:${join(scratch, "reconciled.db")}`
const run = (args: ReadonlyArray<string>, flags: ReadonlyArray<string> = []) =>
  refund([...args, ...flags], {
    env: { REFUND_DATABASE_URL: database, ...(flags.length > 0 ? { REFUND_API_KEY: adminKey } : {}) }
  })
const asJson = async (args: ReadonlyArray<string>, code = 0, flags: ReadonlyArray<string> = []): Promise<Json> => {
  const ran = await run([...args, "--json"], flags)
  assert.strictEqual(ran.code, code, `${ran.out}\n${ran.err}`)
  return JSON.parse(ran.out)
}

let drawn = 0
const fileOf = (lines: ReadonlyArray<ReadonlyArray<string> | string>) => {
  const path = join(scratch, `report-${++drawn}.csv`)
  writeFileSync(path, `${lines.map((line) => (typeof line === "string" ? line : line.join(","))).join("\r\n")}\r\n`)
  return path
}

/** A refund that its provider paid under a name of its own. */
const settled = async (provider: string, amount: string, reference: string, at: string, currency = "USD") => {
  const order = `A-${++drawn}`
  const capture = { id: `${order}-c`, amount: 1_000_000, provider, reference: `ch_${order}`, tender: "card" }
  const body = { id: order, currency, captures: [{ ...capture, capturedAt: "2026-01-01T00:00:00Z" }] }
  const path = join(scratch, `${order}.json`)
  writeFileSync(path, JSON.stringify(body))
  assert.strictEqual((await run(["order", "put", path])).code, 0)
  const { id, amount: minor } = await asJson(["request", order, amount])
  const outcome = { _tag: "settled", reference, amount: BigInt(minor), currency, at: Date.parse(at) } as Json
  await answerOf(database, id, { outcome, submits: true })
  return { id: id as string, order }
}

/** A refund that a person says was paid on the capture, under a name that nobody has said. */
const settledByHand = async (amount: string) => {
  const order = `A-${++drawn}`
  const capture = { id: `${order}-c`, amount: 1_000_000, provider: "manual", tender: "cash" }
  const body = { id: order, currency: "USD", captures: [{ ...capture, capturedAt: "2026-01-01T00:00:00Z" }] }
  const path = join(scratch, `${order}.json`)
  writeFileSync(path, JSON.stringify(body))
  assert.strictEqual((await run(["order", "put", path])).code, 0)
  const { id, providerReference, state } = await asJson([
    "request",
    order,
    amount,
    "--capture",
    capture.id,
    "--settled"
  ])
  assert.deepStrictEqual([state, providerReference], ["settled", null])
  return id as string
}

/** A line of the bank's of its own about it, on one report after the other: the second is another payout. */
const paidTwice = async (flags: ReadonlyArray<string>) => {
  const id = await settledByHand("3.00")
  const line = (name: string) =>
    fileOf(["refundId,reference,amount,currency,at", [id, name, "-3.00", "USD", "2026-08-03"]])
  const [october, november] = [line("bank 1"), line("bank 2")]
  const days = ["--from", "2026-08-01", "--until", "2026-08-02"]
  const reconciled = (file: string, code: number) =>
    asJson(["reconcile", file, "--provider", "generic", "--as", "manual", "--mark", ...days], code, flags)
  for (const file of [october, october, line("bank 1")]) {
    assert.deepStrictEqual(verdicts(await reconciled(file, 0)), [[2, "matched", id]])
  }
  const { postings, reconciledIn } = await asJson(["show", id])
  const second = await reconciled(november, 1)
  assert.deepStrictEqual(verdicts(second), [[2, "differing", id]])
  assert.deepInclude(second.rows[0], { why: "reference: bank 1 here, bank 2 there", reconciledIn })
  assert.deepStrictEqual((await asJson(["show", id])).postings, postings)
  assert.isTrue((await asJson(["verify"])).ok)
}

/** Row by row: its number, the verdict, and the refund. */
const verdicts = (body: Json) => body.rows.map((each: Json) => [each.row, each.verdict, each.refundId])

const stripeHead =
  "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,description,customer_facing_amount,customer_facing_currency,refund_metadata[refund_id]"
const stripeRow = (category: string, source: string, gross: string, more: Partial<Record<string, string>> = {}) => {
  const { currency = "usd", fee = "0.00", metadata = "", seen = "", seenIn = "" } = more
  const when = "2026-10-02 10:00:00"
  return [
    "po_1",
    "2026-10-05 00:00:00",
    "txn_1",
    when,
    when,
    currency,
    gross,
    fee,
    gross,
    category,
    source,
    "x",
    seen,
    seenIn,
    metadata
  ]
}

describe("a settlement report", () => {
  let one: { readonly id: string; readonly order: string }
  let two: typeof one
  let missing: typeof one
  beforeAll(async () => {
    one = await settled("stripe", "40.00", "re_1", "2026-10-02T10:00:00Z")
    two = await settled("stripe", "25.50", "re_2", "2026-10-02T11:00:00Z")
    missing = await settled("stripe", "1.00", "re_3", "2026-10-02T12:00:00Z")
    await settled("stripe", "1.00", "re_before", "2026-10-01T23:59:59Z")
    await settled("elsewhere", "1.00", "re_elsewhere", "2026-10-02T12:00:00Z")
  })

  it("of Stripe's matches by name or metadata, and tells what is missing on either side", async () => {
    const file = fileOf([
      stripeHead,
      stripeRow("charge", "ch_1", "100.00"),
      stripeRow("refund", "re_1", "-40.00"),
      stripeRow("refund", "", "-27.00", { currency: "eur", seen: "25.50", seenIn: "usd", metadata: two.id }),
      stripeRow("refund", "re_nobody", "-3.00"),
      stripeRow("refund", "re_1x", "-3.001"),
      stripeRow("payout", "po_1", "-12.00")
    ])
    const found = await asJson(["reconcile", file, "--provider", "stripe"], 1)
    assert.deepStrictEqual(verdicts(found), [
      [3, "matched", one.id],
      [4, "matched", two.id],
      [5, "missing_here", null],
      [6, "unreadable", null],
      [null, "missing_there", missing.id]
    ])
    assert.match(found.rows[4].why, / and on no row of the report that could be read$/)
    assert.deepInclude(found, { from: "2026-10-02T00:00:00.000Z", until: "2026-10-03T00:00:00.000Z", marked: false })
    assert.deepStrictEqual(JSON.parse(readFileSync(`${file}.reconciled.json`, "utf8")), found)
    const rows: ReadonlyArray<Record<string, string>> = parse(readFileSync(`${file}.reconciled.csv`), { columns: true })
    assert.deepStrictEqual(
      rows.map(({ amount, orderId, verdict }) => [verdict, amount, orderId]),
      [
        ["matched", "40.00", one.order],
        ["matched", "25.50", two.order],
        ["missing_here", "3.00", ""],
        ["unreadable", "", ""],
        ["missing_there", "", missing.order]
      ]
    )
    assert.isNull((await asJson(["show", one.id])).reconciledAt)
    const { out } = await run(["reconcile", file, "--provider", "stripe"])
    assert.include(out, "2 matched, 1 missing here, 1 missing there, 1 unreadable")
    assert.include(out, "Nothing was marked: --mark does")
  })

  it("has a refund once: of two rows neither is it; and what differs is told with both sides", async () => {
    const file = fileOf([
      stripeHead,
      stripeRow("refund", "re_1", "-40.00"),
      stripeRow("refund", "re_x", "-40.00", { metadata: one.id }),
      stripeRow("refund", "re_2", "-25.51"),
      stripeRow("refund_failure", "re_3", "1.00"),
      stripeRow("refund", "re_1", "-25.50", { metadata: two.id })
    ])
    const found = await asJson(["reconcile", file, "--provider", "stripe", "--mark"], 1)
    assert.deepStrictEqual(verdicts(found), [
      [2, "ambiguous", one.id],
      [3, "ambiguous", one.id],
      [4, "differing", two.id],
      [5, "differing", missing.id],
      [6, "ambiguous", null]
    ])
    assert.strictEqual(found.rows[2].why, "amount: 25.50 USD here, 25.51 USD there")
    assert.strictEqual(found.rows[3].why, "state: settled here, reversed or failed there")
    assert.isNull((await asJson(["show", one.id])).reconciledAt)
  })

  it("marks what matches where it is told to, once, and the next one does not miss it", async () => {
    const file = fileOf([
      stripeHead,
      stripeRow("refund", "re_1", "-40.00", { fee: "0.25" }),
      stripeRow("refund", "re_2", "-25.50"),
      stripeRow("refund", "re_3", "-1.00")
    ])
    const found = await asJson(["reconcile", file, "--provider", "stripe", "--mark"])
    assert.strictEqual(found.counts.matched, 3)
    const name = file.slice(file.lastIndexOf("/") + 1)
    const shown = await asJson(["show", one.id])
    assert.deepInclude(shown, { state: "settled", reconciledAt: "2026-10-02T10:00:00.000Z", reconciledIn: name })
    assert.deepInclude(shown.postings.at(-1).lines, { account: "provider_fees", amount: 25 })
    const again = await asJson([
      "reconcile",
      file,
      "--provider",
      "stripe",
      "--mark",
      "--output",
      join(scratch, "again")
    ])
    assert.strictEqual(again.counts.matched, 3)
    assert.strictEqual((await asJson(["show", one.id])).postings.length, shown.postings.length)
    const next = fileOf([stripeHead, stripeRow("charge", "ch_1", "1.00")])
    const days = ["--from", "2026-10-02", "--until", "2026-10-03"]
    assert.deepStrictEqual((await asJson(["reconcile", next, "--provider", "stripe", ...days])).rows, [])
    assert.include((await run(["show", one.id])).out, `seen on ${name} as of 2026-10-02`)
    assert.isTrue((await asJson(["verify"])).ok)
  })

  it("of another month that has a second payout of a refund does not match, though our id was sent along", async () => {
    const paid = await settled("stripe", "6.00", "re_6", "2026-10-02T10:00:00Z")
    const row = (name: string) => [stripeHead, stripeRow("refund", name, "-6.00", { metadata: paid.id })]
    const days = ["--provider", "stripe", "--mark", "--from", "2026-09-01", "--until", "2026-09-02"]
    const reconciled = (name: string, code = 0) => asJson(["reconcile", fileOf(row(name)), ...days], code)
    assert.deepStrictEqual(verdicts(await reconciled("re_6")), [[2, "matched", paid.id]])
    const second = await reconciled("re_6_again", 1)
    assert.deepStrictEqual(verdicts(second), [[2, "differing", paid.id]])
    assert.strictEqual(second.rows[0].why, "reference: re_6 here, re_6_again there")
    assert.deepStrictEqual(verdicts(await reconciled("re_6")), [[2, "matched", paid.id]])
  })

  it("of another month that has a second payout of what was settled by hand tells it, under the name of the first", () =>
    paidTwice([]))

  it("whose reading ends early says so, and does not say what is missing on the rows that nobody has seen", async () => {
    const cut = await Promise.all(
      ["cut_1", "cut_2", "cut_3", "cut_4"].map((name) => settled("cut", "2.00", name, "2026-07-02T10:00:00Z"))
    )
    const row = (name: string) => [name, "-2.00", "USD", "2026-07-02"]
    const rows = ["reference,amount,currency,at", row("cut_1"), row('"cut_2'), row("cut_3")]
    const reconciled = (lines: typeof rows) =>
      run(["reconcile", fileOf(lines), "--provider", "generic", "--as", "cut", "--json"])
    const ended = await reconciled(rows)
    assert.strictEqual(ended.code, 1)
    const found = JSON.parse(ended.out)
    assert.deepStrictEqual(verdicts(found), [
      [2, "matched", cut[0]?.id],
      [3, "unreadable", null]
    ])
    assert.deepStrictEqual([found.unreadFrom, found.counts.missing_there], [3, 0])
    assert.match(found.rows[1].why, /^Unclosed: /)
    const words = await run(["reconcile", fileOf(rows), "--provider", "generic", "--as", "cut"])
    assert.include(words.out, "Reading ended in row 3: which refunds are missing there is not known")
    const mended = JSON.parse((await reconciled(rows.with(2, row('"cut_2"')))).out)
    assert.deepStrictEqual([mended.unreadFrom, mended.counts.matched], [null, 3])
    assert.deepStrictEqual(verdicts(mended).at(-1), [null, "missing_there", cut[3]?.id])
    assert.match(mended.rows.at(-1).why, / and on no row of the report$/)
  })

  it("knows a refund by the names that its attempts had before", async () => {
    const order = await settled("stripe", "1.00", "re_7", "2026-09-02T10:00:00Z")
    const { id } = await asJson(["request", order.order, "3.00"])
    const declined = { _tag: "declined", code: "lost_or_stolen_card", reference: "re_7_1" } as const
    await answerOf(database, id, { outcome: declined, submits: true })
    assert.strictEqual((await asJson(["retry", id])).state, "approved")
    const at = Date.parse("2026-09-03T10:00:00Z")
    const outcome = { _tag: "settled", reference: "re_7_2", amount: 300n, currency: "USD", at } as Json
    await answerOf(database, id, { outcome, submits: true })
    for (const name of ["re_7_2", "re_7_1"]) {
      const file = fileOf([stripeHead, stripeRow("refund", name, "-3.00", { metadata: id })])
      const days = ["--provider", "stripe", "--from", "2026-08-01", "--until", "2026-08-02"]
      assert.deepStrictEqual(verdicts(await asJson(["reconcile", file, ...days])), [[2, "matched", id]])
    }
  })

  it("of Adyen's: its types, gross and net, and the reference that was sent along", async () => {
    const named = await settled("adyen", "12.34", "PSP0000000000001", "2026-10-02T08:00:00Z", "EUR")
    const sent = await settled("adyen", "5.00", "PSP0000000000002", "2026-10-02T08:00:00Z", "EUR")
    const attempt = "0191f5a7-44d3-7430-8739-2d80821416bf"
    const head =
      "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number"
    const row = (type: string, modification: string, debit: string, credit: string, net: string, carried = "") =>
      `Co,Shop,AUTH,order,visa,2026-10-02 10:00:00,CEST,${type},${modification},EUR,${debit},${credit},1,EUR,${net},,,,,,visa,${carried},42`
    const file = fileOf([
      head,
      row("Settled", "PSP9", "", "100.00", ""),
      row("Refunded", "PSP0000000000001", "12.34", "", "12.44"),
      row("Refunded", "", "5.00", "", "5.00", `${sent.id}.${attempt}`),
      row("Fee", "", "", "", "0.10"),
      row("RefundedReversed", "PSP0000000000002", "", "5.00", "")
    ])
    const found = await asJson(["reconcile", file, "--provider", "adyen", "--mark"], 1)
    assert.deepStrictEqual(verdicts(found), [
      [3, "matched", named.id],
      [4, "matched", sent.id],
      [6, "differing", sent.id]
    ])
    const { postings, reconciledAt } = await asJson(["show", named.id])
    assert.strictEqual(reconciledAt, "2026-10-02T08:00:00.000Z")
    assert.deepInclude(postings.at(-1).lines, { account: "provider_fees", amount: 10 })
  })

  it("of PayPal's: headers, sections and footers around unsigned minor units", async () => {
    const yen = await settled("paypal", "1000", "PP1", "2026-10-02T17:00:00Z", "JPY")
    const usd = await settled("paypal", "9.99", "PP2", "2026-10-02T17:00:00Z")
    const head =
      '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type","Transaction Event Code","Transaction Initiation Date","Transaction Completion Date","Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency","Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field","Consumer ID"'
    const row = (id: string, code: string, direction: string, amount: string, currency: string, fee = "0") =>
      `"SB","${id}","","CAP","TXN","${code}","2026/10/02 10:00:00 -0700","2026/10/02 10:00:00 -0700","${direction}",${amount},"${currency}","CR",${fee},"${currency}","",""`
    const file = fileOf([
      '"RH","2026/10/03 00:00:00 -0700","A","MERCHANT",9',
      '"FH",01',
      '"SH","2026/10/02 00:00:00 -0700","2026/10/02 23:59:59 -0700","MERCHANT",""',
      head,
      row("PAY", "T0006", "CR", "5000", "USD"),
      row("PP1", "T1107", "DR", "1000", "JPY"),
      row("PP2", "T1107", "DR", "999", "USD", "30"),
      row("PP3", "T1107", "DR", "100", "TWD"),
      '"SF","USD",1,2,3',
      '"SC",4',
      '"RF","USD",1,2,3',
      '"RC",4',
      '"FF",4'
    ])
    const found = await asJson(["reconcile", file, "--provider", "paypal", "--mark"], 1)
    assert.deepStrictEqual(verdicts(found), [
      [6, "matched", yen.id],
      [7, "matched", usd.id],
      [8, "unreadable", null]
    ])
    const { postings, reconciledAt } = await asJson(["show", usd.id])
    assert.strictEqual(reconciledAt, "2026-10-02T17:00:00.000Z")
    assert.deepInclude(postings.at(-1).lines, { account: "provider_fees", amount: -30 })
  })

  it("of any other kind is read by its columns' names, or those it is given", async () => {
    const bank = await settled("bank", "7.00", "B-1", "2026-10-02T17:00:00Z")
    const file = fileOf(["Ref;Betrag;currency;Day", "B-1;-7.00;USD;2026-10-02", `B-2;7,00;USD;2026-10-02`])
    const maps = ["Ref=reference", "Betrag=amount", "Day=at"].flatMap((each) => ["--map", each])
    const found = await asJson(["reconcile", file, "--provider", "generic", "--as", "bank", ...maps], 1)
    assert.deepStrictEqual(verdicts(found), [
      [2, "matched", bank.id],
      [3, "unreadable", null]
    ])
  })

  it("that is another's, or none, is used wrongly", async () => {
    const misused = async (args: ReadonlyArray<string>, sentence: RegExp) => {
      const { code, err, out } = await run(["reconcile", ...args])
      assert.deepStrictEqual([code, out], [2, ""])
      assert.match(err, sentence)
    }
    const file = fileOf(["a,b", "1,2"])
    await misused([file, "--provider", "stripe"], /no report of stripe: it has no reporting_category/)
    await misused([file, "--provider", "paypal"], /no report of paypal: it names no columns/)
    await misused([file, "--provider", "generic"], /--as/)
    await misused([file, "--provider", "generic", "--as", "x"], /--map "Their column=amount"/)
    await misused([file, "--provider", "stripe", "--map", "a=b"], /--map is for a generic report/)
    await misused([file, "--provider", "stripe", "--from", "today"], /--from is a day/)
    await misused(
      [fileOf(["amount,currency", "1,USD"]), "--provider", "generic", "--as", "x"],
      /reference or a refundId/
    )
    assert.strictEqual((await run(["reconcile", file, "--provider", "nobody"])).code, 2)
  })
})

describe("against a server", () => {
  let server: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    server = await startServer(database)
  })
  afterAll(() => server.stop())

  it("the same report is held against the same refunds", async () => {
    const { id } = await settled("stripe", "2.00", "re_9", "2026-10-09T10:00:00Z")
    const file = fileOf([stripeHead, stripeRow("refund", "re_9", "-2.00"), stripeRow("refund", "re_8", "-2.00")])
    const days = ["--from", "2026-10-09", "--until", "2026-10-10"]
    const args = ["reconcile", file, "--provider", "stripe", "--mark", ...days]
    const found = await asJson(args, 1, ["--url", server.url])
    assert.deepStrictEqual(verdicts(found), [
      [2, "matched", id],
      [3, "missing_here", null]
    ])
    assert.isNotNull((await asJson(["show", id])).reconciledAt)
  })

  it("a second payout of what was settled by hand is told", () => paidTwice(["--url", server.url]))
})

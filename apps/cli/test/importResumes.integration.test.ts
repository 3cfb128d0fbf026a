/** T60: many rows, some bad, some twice; the process killed halfway; nothing made twice, nothing left out. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "vitest"
import { refundProcess, start } from "./support/bundle.ts"
import { scratch } from "./support/refund.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined
const count = isDeep ? 100_000 : 3_000

/** Of each hundred rows one is bad, and one says what the row before it said. */
const isBad = (at: number) => at % 100 === 7
const isTwice = (at: number) => at % 100 === 12

const orderOf = (at: number) => `A-${at}`
const row = (at: number): string => {
  if (isTwice(at)) return row(at - 1)
  return `${orderOf(at)},${isBad(at) ? "1.999" : `${(at % 90) + 1}.50`},RMA-${at}`
}

const database = join(scratch, "many.db")
const env = { REFUND_DATABASE_URL: `file:${database}` }
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const rowKept = (file: string): number => {
  try {
    return JSON.parse(readFileSync(`${file}.progress`, "utf8")).row
  } catch {
    return 0
  }
}

/** So many refunds are written, and the next one is never done with: nobody is killed too late. */
const standStillAfter = (refunds: number) => {
  const db = new DatabaseSync(database)
  db.exec(`CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;
    CREATE TRIGGER stands AFTER INSERT ON refunds WHEN NEW.rowid > ${refunds} BEGIN SELECT count(*) FROM endless; END`)
  db.close()
}
const goOn = () => {
  const db = new DatabaseSync(database)
  db.exec("DROP TRIGGER stands; DROP VIEW endless")
  db.close()
}

/** Runs until about half of the rows are done, then kills it. Answers how far it was each time somebody looked. */
const killedHalfway = async (args: ReadonlyArray<string>, file: string): Promise<ReadonlyArray<number>> => {
  standStillAfter(count * 0.7)
  const child = await start(args, env)
  const ended = new Promise((resolve) => child.on("close", resolve))
  const looked: Array<number> = [0]
  let isOver = false
  ended.then(
    () => {
      isOver = true
    },
    () => {}
  )
  while (!isOver && (looked.at(-1) ?? 0) < count / 2) {
    await sleep(5)
    looked.push(rowKept(file))
  }
  assert.isFalse(isOver, "it was over before it could be killed")
  child.kill("SIGKILL")
  await ended
  goOn()
  return looked
}

const totals = async () => {
  const { out } = await refundProcess(["verify", "--json"], { env })
  const { entries, ok, orders } = JSON.parse(out) as Record<"entries" | "ok" | "orders", unknown>
  return { ok, orders, entries: Number(entries) }
}

describe("an import (T60)", () => {
  it(`of ${count} rows goes on after kill -9: each good row once, each bad row told once`, {
    timeout: 900_000
  }, async () => {
    const orders = join(scratch, "orders.csv")
    const places = Array.from({ length: count }, (_, at) => `${orderOf(at)},USD,c-${at},100.00,manual,card,2026-01-01`)
    const head = "orderId,currency,captureId,captureAmount,provider,tender,capturedAt"
    writeFileSync(orders, [head, ...places].join("\n"))
    const registered = await refundProcess(["import", orders, "--json"], { env })
    assert.deepInclude(JSON.parse(registered.out), { rows: count, made: count, rejected: 0 }, registered.err)

    const file = join(scratch, "refunds.csv")
    writeFileSync(file, ["orderId,amount,reference", ...Array.from({ length: count }, (_, at) => row(at))].join("\n"))
    const args = ["import", file, "--default", "currency=USD", "--json"]
    const looked = await killedHalfway(args, file)
    assert.deepStrictEqual(
      looked,
      looked.toSorted((one, other) => one - other)
    )
    const before = await totals()
    assert.isTrue(before.ok)
    assert.isBelow(before.entries, count * 2)
    // As if it had been killed between writing rejected rows and keeping how far it is.
    if (existsSync(`${file}.rejected.csv`)) writeFileSync(`${file}.rejected.csv`, "9,half of a", { flag: "a" })

    const went = await refundProcess(args, { env })
    assert.strictEqual(went.code, 1, went.err)
    assert.match(went.err, /^Went on after [\d,]+ rows that an import before had done\.$/m)
    const good = Array.from({ length: count }, (_, at) => at).filter((at) => !isBad(at) && !isTwice(at))
    const told = JSON.parse(went.out)
    assert.deepInclude(told, { rows: count, rejected: count / 50 })
    assert.strictEqual(told.made + told.there, good.length)
    const codes = told.reasons.map((each: { readonly code: string; readonly count: number }) => [each.code, each.count])
    assert.sameDeepMembers(codes, [
      ["AmountTooPrecise", count / 100],
      ["Duplicate", count / 100]
    ])
    assert.deepStrictEqual(await totals(), { ok: true, orders: count, entries: count + good.length })

    const rejected = readFileSync(`${file}.rejected.csv`, "utf8").trim().split("\n")
    const rows = rejected.slice(1).map((line) => Number(line.split(",", 1)[0]))
    const wanted = Array.from({ length: count }, (_, at) => at).filter((at) => isBad(at) || isTwice(at))
    assert.deepStrictEqual(
      rows,
      wanted.map((at) => at + 2)
    )
    assert.isFalse(existsSync(`${file}.progress`))

    const again = JSON.parse((await refundProcess(args, { env })).out)
    assert.deepInclude(again, { made: 0, there: good.length, rejected: count / 50 })
    assert.strictEqual((await totals()).entries, count + good.length)
  })
})

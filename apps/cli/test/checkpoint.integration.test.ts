import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { refund, scratch } from "./support/refund.ts"

describe("a checkpoint", () => {
  const database = `file:${join(scratch, "checked.db")}`
  const run = (...args: ReadonlyArray<string>) => refund(args, { env: { REFUND_DATABASE_URL: database } })
  const file = join(scratch, "first.checkpoint")
  const put = (json: string) => refund(["order", "put", "-"], { env: { REFUND_DATABASE_URL: database }, input: json })

  it("T37: finds an order that was dropped with all of it, and says which", async () => {
    const [kept, dropped] = [example(), example()]
    await put(kept.json)
    await put(dropped.json)
    const made = JSON.parse((await run("checkpoint", file, "--json")).out)
    assert.deepInclude(made, { orders: 2, entries: 2, chains: 2 })
    const again = await run("checkpoint", file)
    assert.strictEqual(again.code, 2)
    assert.include(again.err, "is there already")

    await run("request", kept.id, "1", "--capture", kept.capture)
    const good = await run("verify", "--checkpoint", file)
    assert.strictEqual(good.code, 0, good.err)
    assert.include(good.out, "with all 2 of the checkpoint of")

    const db = new DatabaseSync(join(scratch, "checked.db"))
    const no = `(SELECT no FROM orders WHERE id = '${dropped.id}')`
    db.exec(`DROP TRIGGER journal_drops_none; DELETE FROM journal WHERE chain = ${no};
      DELETE FROM captures WHERE order_no = ${no}; DELETE FROM registrations WHERE order_no = ${no};
      DELETE FROM orders WHERE no = ${no}`)
    db.close()
    assert.strictEqual((await run("verify")).code, 0)
    const found = await run("verify", "--checkpoint", file, "--json")
    assert.strictEqual(found.code, 1)
    assert.deepInclude(JSON.parse(found.out), { ok: false })
    assert.deepInclude(JSON.parse(found.out).problem, { chain: `order:${dropped.id}`, seq: 1 })
  })

  it("is refused where it is not as it was written", async () => {
    const text = readFileSync(file, "utf8")
    const lines = text.trim().split("\n")
    const wrongs = {
      shorter: lines.slice(1).join("\n"),
      "without its end": lines.slice(0, -1).join("\n"),
      changed: text.replace('",1,"', '",2,"'),
      "of something else": "{}",
      empty: ""
    }
    for (const [what, wrong] of Object.entries(wrongs)) {
      const other = join(scratch, "wrong.checkpoint")
      writeFileSync(other, wrong)
      assert.strictEqual((await run("verify", "--checkpoint", other)).code, 2, what)
    }
    assert.strictEqual((await run("verify", "--checkpoint", join(scratch, "none"))).code, 2)
    const remote = await refund(["checkpoint", join(scratch, "remote.checkpoint"), "--url", "http://127.0.0.1:1"], {
      env: { REFUND_API_KEY: "a-secret" }
    })
    assert.strictEqual(remote.code, 2)
    assert.include(remote.err, "run it where the ledger's database is, with --database in place of --url")
    assert.isFalse(existsSync(join(scratch, "none")))
  })

  it("is drawn as it goes, on a terminal only", async () => {
    const env = { REFUND_DATABASE_URL: database }
    const seen = await refund(["verify"], { env, isTTY: true })
    assert.include(seen.err, "entries")
    assert.match(seen.err, /100 %/)
    assert.strictEqual((await run("verify")).err, "")
  })
})

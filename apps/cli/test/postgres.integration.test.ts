/** The shell on a ledger in PostgreSQL, and between one and a file. */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { noPostgres, sharedPostgres } from "../../../tooling/postgres/shared.ts"
import { example } from "./support/orders.ts"
import { refund, scratch } from "./support/refund.ts"

const newSchema = () => ({ REFUND_DATABASE_SCHEMA: `s_${randomUUID().replaceAll("-", "_")}` })

const ok = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>, input = "") => {
  const { code, err, out } = await refund(args, { env, input })
  assert.strictEqual(code, 0, err)
  return out
}

describe.skipIf(noPostgres !== null)("a ledger in PostgreSQL", () => {
  it("is worked on as a file is: made current, asked, and verified", async () => {
    const url = await sharedPostgres()
    const env = { ...newSchema(), REFUND_DATABASE_URL: url }
    assert.match(await ok(["migrate"], env), /a new ledger was made, with schema \d+/)
    assert.match(await ok(["migrate", "--database", url], newSchema()), /a new ledger was made/)
    assert.match(await ok(["migrate"], env), /nothing to do, it has schema \d+/)
    const { id, json } = example()
    await ok(["order", "put", "-"], env, json)
    await ok(["request", id, "19.99", "--idempotency-key", "k"], env)
    assert.include(await ok(["list"], env), "19.99")
    assert.include(await ok(["verify"], env), "The books agree")
  })

  it("is copied to a file and back, but not over a ledger that there is", async () => {
    const url = await sharedPostgres()
    const [first, second, file] = [newSchema(), newSchema(), join(scratch, "copied.db")]
    const { id, json } = example()
    await ok(["order", "put", "-", "--database", url], first, json)
    await ok(["request", id, "19.99", "--idempotency-key", "k", "--database", url], first)
    const told = await ok(["copy", "--from", url, "--to", file], first)
    assert.match(told, /the books of both agree: 2 journal entries of 1 order, 1 tenant,/)
    const back = JSON.parse(
      await ok(["copy", "--to", url, "--json"], { ...second, REFUND_DATABASE_URL: `file:${file}` })
    )
    assert.deepInclude(back, { tenants: 1, orders: 1, entries: 2 })
    assert.strictEqual(
      await ok(["order", "show", id, "--json"], { ...second, REFUND_DATABASE_URL: url }),
      await ok(["order", "show", id, "--json", "--database", file], {})
    )
    const again = await refund(["copy", "--from", url, "--to", file], { env: first })
    assert.deepStrictEqual([again.code, again.out], [1, ""])
    assert.include(again.err, "to where none is")
  })

  it("has a password that no argument may have: exit code 2, and it is not repeated", async () => {
    const url = "postgres://ledger:s3cret@127.0.0.1:1/refunds"
    for (const args of [
      ["list", "--database", url],
      ["serve", "--database", url],
      ["migrate", "--database", "postgres://ledger@127.0.0.1:1/refunds?password=s3cret"],
      ["copy", "--from", url, "--to", "file:x.db"],
      ["copy", "--from", "file:x.db", "--to", url]
    ]) {
      const { code, err, out } = await refund(args)
      assert.deepStrictEqual([code, out], [2, ""], args.join(" "))
      assert.include(err, "~/.pgpass")
      assert.notInclude(err, "s3cret")
    }
    const nobody = await refund(["list"], { env: { REFUND_DATABASE_URL: url } })
    assert.strictEqual(nobody.code, 3)
    assert.include(nobody.err, "postgres://ledger@127.0.0.1:1/refunds: the database cannot be reached")
    assert.notInclude(nobody.err, "s3cret")
  })
})

/** What people and scripts get wrong: each is told so before anything happens, in words that say what to do. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { type Around, refund, scratch } from "./support/refund.ts"

const database = `file:${join(scratch, "mistakes", "refunds.db")}`
const file = (name: string, content: string | Uint8Array) => {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}
const run = (args: ReadonlyArray<string>, { env = {}, ...around }: Around = {}) =>
  refund(args, { ...around, env: { REFUND_DATABASE_URL: database, ...env } })
const done = async (args: ReadonlyArray<string>, around?: Around) => {
  const { code, err, out } = await run(args, around)
  assert.strictEqual(code, 0, err)
  return out
}
/** Used wrongly: exit code 2, nothing on standard output, and a sentence. */
const misused = async (args: ReadonlyArray<string>, sentence: RegExp, around?: Around) => {
  const { code, err, out } = await run(args, around)
  assert.deepStrictEqual({ code, out }, { code: 2, out: "" }, err)
  assert.match(err, sentence)
}

const order = example()
const ask = ["request", order.id]
beforeAll(async () => {
  await done(["order", "put", "-"], { input: order.json })
})

describe("whose command it is", () => {
  it("is never guessed: a key file without a key makes nobody work as themselves", async () => {
    const empty = file("empty.key", "\n")
    for (const env of [{}, { REFUND_API_KEY: "another" }]) {
      await misused(["list", "--key-file", empty], /empty\.key has no key in it/, { env })
      await misused(["list", "--key-file", empty, "--url", "http://127.0.0.1:9"], /has no key in it/, { env })
    }
  })

  it("is the key's, also where an editor put a byte order mark before it", async () => {
    const made = await run(["keys", "create", "bom", "--permission", "refunds:read"])
    const marked = file("bom.key", `\ufeff${made.out}`)
    assert.strictEqual(await done(["list", "--key-file", marked]), "No refunds\n")
  })
})

describe("which ledger it is about", () => {
  it("is never guessed: an empty --database is not the default's", () =>
    misused(["list", "--database", ""], /--database\. Expected: a ledger, not an empty text/))

  it("is a server's address and nothing more: a secret in it is neither used nor told", async () => {
    const key = file("some.key", "k")
    for (const url of ["http://u:s3cret@127.0.0.1:9", "https://s3cret@127.0.0.1:9", "postgres://u:s3cret@h/x"]) {
      for (const command of [["list"], ["doctor"]]) {
        const { code, err, out } = await run([...command, "--url", url, "--key-file", key])
        assert.strictEqual(code, 2, err)
        assert.include(err, "--url")
        assert.notInclude(out + err, "s3cret")
      }
    }
    for (const url of ["http://127.0.0.1:9?x=1", "http://127.0.0.1:9/#x"]) {
      await misused(["list", "--url", url, "--key-file", key], /--url must be an address such as/)
    }
  })

  it("is not a server's where only a database can be migrated or copied", async () => {
    const to = join(scratch, "of-server.db")
    const server = ["--url", "http://127.0.0.1:9"]
    await misused(["copy", "--to", to, ...server], /copy works on a ledger's database/)
    await misused(["migrate", ...server], /migrate works on a ledger's database/)
    assert.isFalse(existsSync(to))
  })

  it("has to be there to be copied: a name that is mistyped is no empty ledger", async () => {
    const from = join(scratch, "mistyped.db")
    const to = join(scratch, "copied.db")
    const { code, err, out } = await run(["copy", "--from", from, "--to", to])
    assert.deepStrictEqual([code, out], [3, ""], err)
    assert.include(err, `There is no ledger at ${from}`)
    assert.deepStrictEqual([existsSync(from), existsSync(to)], [false, false])
  })

  it("is named where it cannot be used", async () => {
    const text = file("text.db", "this is not a database, ".repeat(100))
    const migrated = await run(["migrate", "--database", text])
    assert.deepStrictEqual([migrated.code, migrated.out], [3, ""])
    assert.include(migrated.err, `${text}: the file is not a ledger`)
    const copied = await run(["copy", "--from", text, "--to", join(scratch, "of-text.db")])
    assert.strictEqual(copied.code, 3)
    assert.include(copied.err, `${text} to ${join(scratch, "of-text.db")}: the file is not a ledger`)
    const again = await run(["copy", "--to", database])
    assert.strictEqual(again.code, 1)
    assert.match(again.err, /^to file:.*refunds\.db: a ledger is copied to where none is/)
  })

  it("must be its database for what a server does not do, and the command says which", async () => {
    const server = ["--url", "http://127.0.0.1:9", "--key-file", file("any.key", "k")]
    await misused(["prune", "--days", "30", ...server], /^prune removes/)
    await misused(["checkpoint", join(scratch, "cp"), ...server], /^checkpoint reads how far/)
  })
})

describe("a file that is named", () => {
  it("and cannot be read is told of in words", async () => {
    await misused(
      ["order", "put", join(scratch, "nowhere.json")],
      /nowhere\.json cannot be read: there is no such file/
    )
    await misused(["order", "put", scratch], /cannot be read: it is a folder/)
    await misused(["import", join(scratch, "nowhere.csv")], /cannot be read: there is no such file/)
    const nowhere = join(scratch, "nowhere", "x.csv")
    await misused(["export", "refunds", "--output", nowhere], /cannot be written: there is no such folder/)
    await misused(["checkpoint", nowhere], /cannot be written: there is no such folder/)
    await misused(["export", "refunds", "--output", scratch], /cannot be written: it is a folder/)
  })

  it("or comes from standard input is called so", async () => {
    await misused(["order", "put", "-"], /^standard input is not JSON/, { input: "not json" })
    await misused(["order", "put", "-"], /^standard input has no "id"/, { input: "{}" })
    await misused([...ask, "1", "--metadata", "{a:1}"], /^--metadata is not JSON/)
  })

  it("may begin with a byte order mark, as some editors write it", async () => {
    const { id, json } = example()
    assert.strictEqual(await done(["order", "put", file("bom.json", `\ufeff${json}`)]), `Order ${id} registered\n`)
  })

  it("has an order's id that an order can have", async () => {
    for (const id of ["", "a\nb", "x".repeat(256)]) {
      await misused(["order", "put", "-"], /"id" .* 1 to 255 characters/, {
        input: JSON.stringify({ id, currency: "USD" })
      })
    }
  })

  it("sets policies only as an object", async () => {
    for (const input of ["null", "[]", '"x"', "7"]) {
      await misused(["policy", "set", "--file", "-"], /^standard input is no JSON object/, { input })
    }
  })
})

describe("rows to import", () => {
  it("that are not in UTF-8 are counted under that", async () => {
    const latin = file("latin.csv", Buffer.from("orderId,amount,currency,reference\nA-1,1,USD,\xe9\n", "latin1"))
    const { out } = await run(["import", latin, "--dry-run", "--json"])
    assert.deepInclude(JSON.parse(out).reasons[0], { code: "NotUtf8", count: 1, row: 2 })
  })
})

describe("an amount", () => {
  it("below 0 is told as it was written", async () => {
    const { code, err } = await run([...ask, "-5"])
    assert.strictEqual(code, 1)
    assert.include(err, "AmountNotPositive  amount must be more than 0, not -5\n")
    const disputed = await run([
      ...["order", "dispute", order.id, "-5", "--id", "d-1", "--capture", order.capture, "--state", "open"]
    ])
    assert.strictEqual(disputed.code, 1)
    assert.include(disputed.err, "AmountNotPositive  amount must be more than 0, not -5\n")
  })

  it("that is all that is left is so of a capture", () => misused([...ask, "all"], /--capture/))

  it("that has moved is recorded only where that is said", () =>
    misused([...ask, "1", "--settled-at", "2026-11-02T00:00:00Z"], /--settled-at .* --settled/))
})

describe("a day", () => {
  it("is a time wherever one is asked for: its midnight, UTC", async () => {
    const { id, json } = example({ provider: "manual" })
    await done(["order", "put", "-"], { input: json })
    const recorded = JSON.parse(await done(["request", id, "1", "--settled", "--settled-at", "2026-11-03", "--json"]))
    assert.strictEqual(recorded.settledAt, "2026-11-03T00:00:00.000Z")

    const asked = JSON.parse(await done(["request", id, "2", "--json"]))
    const key = file("eve.key", await done(["keys", "create", "eve", "--permission", "*", "--expires", "2999-01-01"]))
    const settled = await done(["settle", asked.id, "--settled-at", "2026-11-04", "--key-file", key, "--json"])
    assert.strictEqual(JSON.parse(settled).settledAt, "2026-11-04T00:00:00.000Z")

    const capture = ["--id", `${id}-2`, "--provider", "manual", "--tender", "cash", "--captured-at", "2026-11-05"]
    await done(["order", "capture", id, "1", ...capture])
    const dispute = ["--id", `${id}-d`, "--capture", `${id}-2`, "--state", "won", "--at", "2026-11-06"]
    await done(["order", "dispute", id, "1", ...dispute])

    const { refunds } = JSON.parse(await done(["list", "--order", id, "--after", "2026-11-01", "--json"]))
    assert.strictEqual(refunds.length, 2)
    const none = await done(["list", "--order", id, "--before", "2026-11-01", "--json"])
    assert.deepStrictEqual(JSON.parse(none).refunds, [])
    assert.include(await done(["export", "refunds", "--order", id, "--after", "2026-11-01"]), asked.id)
  })
})

describe("an export", () => {
  it("that is refused leaves what was exported before as it was, and writes nothing", async () => {
    const before = file("before.csv", "kept")
    const refused = await run(["export", "refunds", "--after", "yesterday", "--output", before])
    assert.strictEqual(refused.code, 1)
    assert.strictEqual(readFileSync(before, "utf8"), "kept")
    const printed = await run(["export", "refunds", "--after", "yesterday"])
    assert.deepStrictEqual([printed.code, printed.out], [1, ""])
    const parquet = file("before.parquet", "kept")
    await run(["export", "refunds", "--after", "yesterday", "--output", parquet])
    assert.strictEqual(readFileSync(parquet, "utf8"), "kept")
  })

  it("to - goes to standard output", async () => {
    const asked = ["export", "refunds", "--order", order.id]
    assert.strictEqual(await done([...asked, "--output", "-"]), await done(asked))
    assert.isFalse(existsSync("-"))
  })
})

describe("a checkpoint", () => {
  it("that could not be written whole leaves no file in the way of the next", async () => {
    const folder = join(scratch, "checkpoints")
    mkdirSync(folder)
    const path = join(folder, "cp")
    const key = file("reader.key", await done(["keys", "create", "reader", "--permission", "refunds:read"]))
    const refused = await run(["checkpoint", path, "--key-file", key])
    assert.strictEqual(refused.code, 1)
    assert.isFalse(existsSync(path))
    await done(["checkpoint", path])
    await misused(["checkpoint", path], /is there already, and is not written over/)
  })
})

describe("several at once", () => {
  it("of one group are approved by one decision, and none of them is refused for it", async () => {
    const { id, json } = example()
    const two = JSON.parse(json)
    two.captures = [1, 2].map((n) => ({ ...two.captures[0], id: `${id}-${n}`, amount: 2460 }))
    await done(["order", "put", "-"], { input: JSON.stringify(two) })
    const group = JSON.parse(await done(["request", id, "40", "--requires-approval", "--json"]))
    const ids = group.refunds.map((each: { id: string }) => each.id)
    assert.strictEqual(ids.length, 2)
    const key = file("carl.key", await done(["keys", "create", "carl", "--role", "approver"]))
    const approved = await run(["approve", ...ids, "--yes", "--key-file", key])
    assert.deepStrictEqual([approved.code, approved.err], [0, ""])
    const again = await run(["approve", ...ids, "--yes", "--key-file", key])
    assert.deepStrictEqual([again.code, again.out], [1, ""])
    assert.strictEqual(again.err.match(/StateConflict/g)?.length, 2)
  })
})

describe("a reason", () => {
  it("that is empty is shown as empty, beside those that gave none", async () => {
    const { id, json } = example()
    await done(["order", "put", "-"], { input: json })
    const made = JSON.parse(await done(["request", id, "1", "--reason", "", "--json"]))
    assert.match(await done(["report", "reason"]), /^\(empty\) /m)
    assert.notMatch(await done(["show", made.id]), /^reason/m)
  })
})

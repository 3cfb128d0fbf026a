import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { example } from "./support/orders.ts"
import { type Around, refund, scratch } from "./support/refund.ts"
import { adminKey, startServer } from "./support/server.ts"

const ok = async (args: ReadonlyArray<string>, around: Around) => {
  const { code, err, out } = await refund(args, around)
  assert.strictEqual(code, 0, err)
  return out
}

let drawn = 0
const freshFile = () => join(scratch, `ledger-${++drawn}`, "refunds.db")

describe("a ledger's file", () => {
  it("is named by --database, else by REFUND_DATABASE_URL, and made by the first order or key", async () => {
    const file = freshFile()
    const { id, json } = example()
    await ok(["order", "put", "-", "--database", file], { input: json, env: { REFUND_DATABASE_URL: "file:/nowhere" } })
    assert.include(await ok(["order", "show", id], { env: { REFUND_DATABASE_URL: `file:${file}` } }), id)
    assert.include(await ok(["order", "show", id, "--database", `file:${file}`], {}), id)
    const other = freshFile()
    await ok(["keys", "create", "shop", "--permission", "orders:read", "--database", other], {})
    assert.isTrue(existsSync(other))
  })

  it("is not made by a question: exit code 3 says that there is none", async () => {
    const file = freshFile()
    for (const args of [["order", "show", "A-1"], ["list"], ["verify"], ["request", "A-1", "1"], ["show", "x"]]) {
      const { code, err, out } = await refund([...args, "--database", file])
      assert.deepStrictEqual([code, out], [3, ""])
      assert.include(err, `There is no ledger at ${file}`)
    }
    assert.isFalse(existsSync(file))
    const told = await refund(["list", "--database", file, "--json"])
    assert.deepInclude(JSON.parse(told.out), { code: "Unavailable", status: 503 })
  })

  it("must be a file or in PostgreSQL, and not also a server", async () => {
    assert.strictEqual((await refund(["list", "--database", "mysql://localhost/refunds"])).code, 2)
    assert.strictEqual((await refund(["list", "--database", "x", "--url", "http://127.0.0.1:1"])).code, 2)
  })

  it("that is no ledger, or that another process keeps to itself, is unavailable: exit code 3", async () => {
    const text = join(scratch, "text.db")
    writeFileSync(text, "this is not a database, ".repeat(100))
    const unreadable = await refund(["list", "--database", text])
    assert.deepStrictEqual([unreadable.code, unreadable.out], [3, ""])
    assert.include(unreadable.err, text)

    const file = freshFile()
    const { id, json } = example()
    await ok(["order", "put", "-", "--database", file], { input: json })
    const holder = new DatabaseSync(file)
    try {
      holder.exec("BEGIN IMMEDIATE")
      const asked = await refund(["request", id, "1", "--database", file], { busyMilliseconds: 50 })
      assert.strictEqual(asked.code, 3, asked.err)
      assert.match(asked.err, /To try again without paying twice, add --idempotency-key cli-[0-9a-f-]{36}$/m)
      const named = ["--id", "01890000-0000-7000-8000-000000000001"]
      const chosen = await refund(["request", id, "1", "--database", file, ...named], { busyMilliseconds: 50 })
      assert.include(chosen.err, "its --id keeps it from being paid twice")
      holder.exec("ROLLBACK")
    } finally {
      holder.close()
    }
    assert.strictEqual(await ok(["list", "--database", file], {}), "No refunds\n")
  })

  it("that was changed behind the ledger's back does not verify: exit code 1", async () => {
    const file = freshFile()
    const { id, json } = example()
    await ok(["order", "put", "-", "--database", file], { input: json })
    await ok(["request", id, "1", "--database", file], {})
    const db = new DatabaseSync(file)
    db.exec("UPDATE orders SET collected = collected + 1")
    db.close()
    const { code, out } = await refund(["verify", "--database", file])
    assert.strictEqual(code, 1)
    assert.include(out, "The books do not agree")
    const told = await refund(["verify", "--database", file, "--json"])
    assert.strictEqual(told.code, 1)
    assert.isFalse(JSON.parse(told.out).ok)
  })
})

describe("whoever works on a file", () => {
  it("is the operating system's user without a key, and the key's principal with one", async () => {
    const file = freshFile()
    const { id, json } = example()
    await ok(["order", "put", "-", "--database", file], { input: json })
    const made = JSON.parse(
      await ok(
        [
          "keys",
          "create",
          "till",
          "--permission",
          "refunds:request",
          "--permission",
          "orders:read",
          "--database",
          file,
          "--json"
        ],
        {}
      )
    )
    assert.deepStrictEqual([made.name, made.permissions], ["till", ["refunds:request", "orders:read"]])
    assert.match(made.secret, /^rk_/)

    const withKey = { env: { REFUND_API_KEY: made.secret } }
    const asked = JSON.parse(await ok(["request", id, "1", "--database", file, "--json"], withKey))
    assert.strictEqual(asked.requestedBy, "till")
    const denied = await refund(["verify", "--database", file], withKey)
    assert.strictEqual(denied.code, 1)
    assert.include(denied.err, "NotPermitted")
    const wrong = await refund(["list", "--database", file], { env: { REFUND_API_KEY: "rk_nobody" } })
    assert.strictEqual(wrong.code, 1)
    assert.include(wrong.err, "not one of this ledger")
    assert.notInclude(wrong.err, "rk_nobody")
  })

  it("works in the tenant of REFUND_TENANT", async () => {
    const file = freshFile()
    const { id, json } = example()
    await ok(["order", "put", "-", "--database", file], { input: json, env: { REFUND_TENANT: "north" } })
    assert.strictEqual((await refund(["order", "show", id, "--database", file])).code, 1)
    await ok(["order", "show", id, "--database", file], { env: { REFUND_TENANT: "north" } })
  })

  it("learns a secret once: the file keeps its hash", async () => {
    const file = freshFile()
    const made = await refund(["keys", "create", "admin", "--permission", "*", "--database", file])
    assert.match(made.out, /^rk_[A-Za-z0-9_-]{43}\n$/)
    assert.include(made.err, "only time")
    const db = new DatabaseSync(file)
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    for (const { name } of tables) {
      const rows = JSON.stringify(db.prepare(`SELECT * FROM "${String(name)}"`).all(), (_, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString() : typeof value === "bigint" ? String(value) : value
      )
      assert.notInclude(rows, made.out.trim())
    }
    db.close()
  })
})

describe("a server", () => {
  let server: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    server = await startServer(`file:${join(scratch, "places.db")}`, "reader:refunds:read:reader-secret")
  })
  afterAll(() => server.stop())

  it("is asked with the key of REFUND_API_KEY or of a file, never of the arguments", async () => {
    const keyFile = join(scratch, "admin.key")
    writeFileSync(keyFile, `${adminKey}\n`)
    await ok(["list", "--url", server.url], { env: { REFUND_API_KEY: adminKey } })
    await ok(["list", "--url", `${server.url}/`, "--key-file", keyFile], { env: { REFUND_API_KEY: "wrong" } })
    assert.strictEqual((await refund(["list", "--url", server.url])).code, 2)
    assert.strictEqual((await refund(["list", "--url", server.url, "--key-file", "/nowhere"])).code, 2)
    assert.strictEqual((await refund(["list", "--url", server.url, "--api-key", adminKey])).code, 2)
    const wrong = await refund(["list", "--url", server.url, "--json"], { env: { REFUND_API_KEY: "wrong-secret" } })
    assert.deepStrictEqual([wrong.code, JSON.parse(wrong.out).status], [1, 401])
    assert.notInclude(wrong.err + wrong.out, "wrong-secret")
    const reader = await refund(["verify", "--url", server.url], { env: { REFUND_API_KEY: "reader-secret" } })
    assert.strictEqual(reader.code, 1)
    assert.include(reader.err, "NotPermitted")
  })

  it("that does not answer, or is none of ours, is unavailable: exit code 3", async () => {
    const env = { REFUND_API_KEY: adminKey }
    const nobody = await refund(["list", "--url", "http://127.0.0.1:1"], { env })
    assert.deepStrictEqual([nobody.code, nobody.out], [3, ""])
    assert.include(nobody.err, "127.0.0.1:1")
    const asked = await refund(["request", "A-1", "1", "--currency", "USD", "--url", "http://127.0.0.1:1"], { env })
    assert.match(asked.err, /--idempotency-key cli-/)
    for (const url of ["nonsense", "ftp://x", "file:///etc"]) {
      assert.strictEqual((await refund(["list", "--url", url], { env })).code, 2)
    }
  })

  it("pays while a command waits for the outcome", async () => {
    const env = { REFUND_API_KEY: adminKey }
    const { capture, id, json } = example()
    await ok(["order", "put", "-", "--url", server.url], { env, input: json })
    const settled = await ok(
      ["request", id, "1", "--capture", capture, "--wait", "30", "--url", server.url, "--json"],
      {
        env
      }
    )
    assert.strictEqual(JSON.parse(settled).state, "settled")
    const hung = example({ reference: "sim_hang" })
    await ok(["order", "put", "-", "--url", server.url], { env, input: hung.json })
    const open = await refund(["request", hung.id, "1", "--wait", "1", "--url", server.url], { env })
    assert.strictEqual(open.code, 0)
    assert.include(open.err, "The outcome is not known yet")
  })
})

describe("serve", () => {
  const served = async (args: ReadonlyArray<string>, env: Record<string, string>) => {
    const asked: Array<Readonly<Record<string, string | undefined>>> = []
    const serve: Around["serve"] = (given) => Effect.sync(() => asked.push(given) - 1)
    const { code } = await refund(["serve", ...args], { env, serve })
    return { code, env: asked[0] }
  }

  it("hands the environment on, with what the flags say", async () => {
    assert.deepStrictEqual(
      await served(["--port", "0", "--host", "::1", "--database", "x.db"], {
        REFUND_WORKER: "off"
      }),
      { code: 0, env: { PORT: "0", HOST: "::1", REFUND_DATABASE_URL: "file:x.db", REFUND_WORKER: "off" } }
    )
    assert.deepStrictEqual((await served([], {})).env, { REFUND_DATABASE_URL: "file:./data/refunds.db" })
    assert.strictEqual((await served(["--url", "http://127.0.0.1:1"], {})).code, 2)
  })

  it("or works alone, with the same environment", async () => {
    const asked: Array<Readonly<Record<string, string | undefined>>> = []
    const work: Around["work"] = (given) => Effect.sync(() => asked.push(given) - 1)
    const env = { REFUND_LEASE_SECONDS: "5" }
    assert.strictEqual((await refund(["worker", "--database", "x.db"], { env, work })).code, 0)
    assert.deepStrictEqual(asked, [{ REFUND_LEASE_SECONDS: "5", REFUND_DATABASE_URL: "file:x.db" }])
    assert.strictEqual((await refund(["worker"], { work: () => Effect.succeed(2) })).code, 2)
    assert.strictEqual((await refund(["worker"], { work: () => Effect.succeed(1) })).code, 3)
    assert.strictEqual((await refund(["worker", "--url", "http://127.0.0.1:1"], { work })).code, 2)
    assert.strictEqual((await refund(["worker", "--port", "1"], { work })).code, 2)
  })

  it("ends with 2 where it was configured wrongly, and with 3 where it could not start", async () => {
    for (const [ended, code] of [
      [2, 2],
      [1, 3]
    ] as const) {
      assert.strictEqual((await refund(["serve"], { serve: () => Effect.succeed(ended) })).code, code)
    }
  })
})

describe("help and errors", () => {
  it("have colour on a terminal, and none with NO_COLOR", async () => {
    const escape = "\u001b["
    assert.include((await refund(["--help"], { isTTY: true })).out, escape)
    assert.notInclude((await refund(["--help"], { isTTY: true, env: { NO_COLOR: "1" } })).out, escape)
    assert.notInclude((await refund(["--help"])).out, escape)
    assert.include((await refund(["nonsense"], { isTTY: true })).err, escape)
  })
})

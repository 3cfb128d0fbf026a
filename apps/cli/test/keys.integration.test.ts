import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Place, places } from "./support/places.ts"
import { type Ran, refund, scratch } from "./support/refund.ts"

// biome-ignore lint/suspicious/noExplicitAny: the assertions say what it must be
type Json = any

describe.each(places)("keys, %s", (where, open) => {
  let place: Place
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.stop())

  const asAda = (args: ReadonlyArray<string>): Promise<Ran> => refund([...args, ...place.flags], { env: place.ada })
  const json = async (args: ReadonlyArray<string>): Promise<Json> => JSON.parse((await asAda([...args, "--json"])).out)
  const listed = async (id: string): Promise<Json> =>
    (await json(["keys", "list"])).keys.find((key: Json) => key.id === id)
  const withSecret = async (secret: string): Promise<Ran> => {
    const file = join(scratch, `${where.replaceAll(" ", "-")}.key`)
    writeFileSync(file, `${secret}\n`)
    const env = { REFUND_DATABASE_URL: place.database }
    return refund(["list", "--key-file", file, ...place.flags], { env: place.flags.length === 0 ? env : {} })
  }

  it("are made with roles and an end; the secret stands alone on standard output", async () => {
    const made = await asAda(["keys", "create", "till", "--role", "viewer", "--expires", "2099-01-01T00:00:00Z"])
    assert.strictEqual(made.code, 0, made.err)
    assert.match(made.out, /^rk_[\w-]{43}\n$/)
    assert.include(made.err, "only time")
    assert.strictEqual((await withSecret(made.out.trim())).code, 0)
    const words = await asAda(["keys", "list"])
    assert.match(words.out, /till +active +rk_\w{4} .*@viewer/)
    assert.include(words.out, "2099")
    assert.notInclude(words.out, made.out.trim())
  })

  it("that may do nothing are not made, and nobody makes one with more than they may do", async () => {
    assert.strictEqual((await asAda(["keys", "create", "nobody"])).code, 2)
    const manager = await asAda(["keys", "create", "manager", "--permission", "keys:manage"])
    const file = join(scratch, "manager.key")
    writeFileSync(file, manager.out)
    const env: Record<string, string> = place.flags.length === 0 ? { REFUND_DATABASE_URL: place.database } : {}
    const args = ["keys", "create", "mine", "--role", "admin", "--key-file", file, ...place.flags]
    const refused = await refund(args, { env })
    assert.strictEqual(refused.code, 1)
    assert.include(refused.err, "*")
  })

  it("are rotated with an overlap, and revoked with all their secrets", async () => {
    const { id, secret } = await json(["keys", "create", "desk", "--role", "viewer"])
    const rotated = await asAda(["keys", "rotate", id, "--overlap", "3600"])
    assert.match(rotated.out, /^rk_[\w-]{43}\n$/)
    assert.include(rotated.err, "good until")
    for (const each of [secret, rotated.out.trim()]) assert.strictEqual((await withSecret(each)).code, 0)
    assert.strictEqual((await listed(id)).oldSecret.prefix, secret.slice(0, 7))
    const revoked = await asAda(["keys", "revoke", id])
    assert.deepStrictEqual([revoked.code, revoked.out], [0, `Key ${id} revoked\n`])
    assert.isUndefined(await listed(id))
    const again = await asAda(["keys", "revoke", id])
    assert.deepStrictEqual([again.code, again.out], [1, ""])
    assert.include(again.err, "No key")
  })
})

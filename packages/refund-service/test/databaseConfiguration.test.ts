import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { configuration, type Environment, secretsOf } from "refund-service/Configuration"
import { hasPassword, isPostgres, shownDatabase } from "refund-service/databaseConfiguration"

const settings = (env: Environment) => Effect.runSync(configuration(env))
const sentences = (env: Environment) => Effect.runSync(Effect.flip(configuration(env))).sentences

describe("where the ledger is", () => {
  it("is a file, or a PostgreSQL database and how a process is connected to it", () => {
    assert.isFalse(isPostgres(settings({}).database))
    const { connections, database } = settings({
      REFUND_DATABASE_URL: "postgresql://ledger@db:5432/refunds?sslmode=verify-full",
      REFUND_DATABASE_SCHEMA: "refunds_eu",
      REFUND_DATABASE_WRITERS: "8",
      REFUND_DATABASE_STATEMENT_SECONDS: "30"
    })
    assert.isTrue(isPostgres(database))
    assert.deepStrictEqual(connections, {
      writers: 8,
      readers: 6,
      statementMilliseconds: 30_000,
      schema: "refunds_eu"
    })
  })

  it("is shown without its password, wherever that is, which no log line may have in any form", () => {
    const url = "postgres://ledger:s%2Fecret@db/refunds"
    assert.strictEqual(shownDatabase(url), "postgres://ledger@db/refunds")
    assert.deepStrictEqual(secretsOf(settings({ REFUND_DATABASE_URL: url })), ["s%2Fecret", "s/ecret"])
    const other = "postgres://ledger@db/refunds?password=s3cret&sslmode=require"
    assert.strictEqual(shownDatabase(other), "postgres://ledger@db/refunds?sslmode=require")
    assert.deepStrictEqual(secretsOf(settings({ REFUND_DATABASE_URL: other })), ["s3cret"])
    for (const none of ["postgres://ledger@db/refunds", "file:./a:b@c.db"]) {
      assert.isFalse(hasPassword(none))
      assert.strictEqual(shownDatabase(none), none)
    }
  })

  it("is not repeated where it is malformed and may have a password in it", () => {
    for (const url of ["postgre://ledger:s3cret@db/refunds", "postgres://ledger:s3cret@db:port/refunds"]) {
      const [sentence = "", ...more] = sentences({ REFUND_DATABASE_URL: url })
      assert.match(sentence, /^REFUND_DATABASE_URL must be a file: URL such as .+, or postgres:.+, not what it is\.$/)
      assert.notInclude(sentence, "s3cret")
      assert.deepStrictEqual(more, [])
    }
  })
})

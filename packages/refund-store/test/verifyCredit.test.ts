import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { account, addedEntry, chain, findings, tenant, written } from "./support/creditFindings.ts"
import { rehash, reportAfter, Written } from "./tampering.ts"

layer(Written.layer(written))("A81, A83: the audit of store credit", (it) => {
  it.effect("finds nothing where nothing was changed", () =>
    Effect.gen(function* () {
      const report = yield* reportAfter(tenant, () => {})
      assert.deepStrictEqual(report, { ok: true, orders: 3, entries: 17, problem: null })
    })
  )

  for (const { found, rehashedFrom, seq, sql, what } of [...findings, addedEntry()]) {
    it.effect(`finds ${what}`, () =>
      Effect.gen(function* () {
        const { ok, problem } = yield* reportAfter(tenant, (db) => {
          db.exec(sql)
          const head = "UPDATE accounts SET head_hash = ? WHERE customer_id = 'customer-1'"
          if (rehashedFrom !== null) rehash(db, account, rehashedFrom, head)
        })
        assert.isFalse(ok)
        assert.match(problem?.what ?? "", found)
        assert.deepInclude(problem, { chain, seq })
      })
    )
  }

  it.effect("finds the entries of an account that is gone, whatever the orders say", () =>
    Effect.gen(function* () {
      const { problem } = yield* reportAfter(tenant, (db) => {
        db.exec("UPDATE accounts SET tenant = 2 WHERE customer_id = 'customer-1'")
      })
      assert.deepInclude(problem, { chain, what: "the account is missing" })
    })
  )
})

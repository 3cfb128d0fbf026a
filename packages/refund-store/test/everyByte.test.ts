/** T37: a thousand entries, one byte changed anywhere of any of them. REFUND_TEST_DEEP=1: in every entry, at three places of its text and of its hash. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Refunds } from "refund-core/Refunds"
import * as B from "refund-testkit/build"
import { Answering } from "../src/internal/answering.ts"
import { connect } from "../src/internal/connection.ts"
import { isAsk } from "../src/internal/database.ts"
import { sqlite } from "../src/internal/dialect.ts"
import { Audit } from "../src/internal/verify.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { tenant } from "./support/findings.ts"

const isDeep = (process.env["REFUND_TEST_DEEP"] ?? "") !== ""
const places = isDeep ? 3 : 1
const entriesBetween = isDeep ? 1 : 83

const orders = 100
const perOrder = 10

/** Each order is registered, and has three refunds that are paid. */
const written = Effect.gen(function* () {
  const { execute } = yield* Refunds
  for (let n = 0; n < orders; n++) {
    const order = `o-${String(n).padStart(3, "0")}`
    yield* execute(B.register(B.order({ captures: [B.capture(`c-${n}`)] }), { id: order }))
    for (let r = 1; r <= 3; r++) {
      const id = B.refundId(n * 3 + r)
      yield* execute(B.request({ amount: 7n, order, id }))
      yield* execute(B.begin(id))
      yield* execute(B.told(id, B.paid(7n)))
    }
  }
})

describe("T37", () => {
  it.live(
    "a byte that is changed in a thousand entries is found, and its entry is named",
    () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* written.pipe(Effect.provide(ledgerAt(file)))
        const db = connect(file, "OFF")
        db.exec("DROP TRIGGER journal_keeps_entries")
        const answering = new Answering(db)
        const audited = () => {
          const work = new Audit(sqlite, tenant).run()
          let step = work.next()
          while (step.done !== true) step = isAsk(step.value) ? answering.next(work, step.value) : work.next()
          return step.value
        }
        assert.deepStrictEqual(audited(), { ok: true, orders, entries: orders * perOrder, problem: null })

        const entries = db
          .prepare(
            "SELECT j.no, j.seq, j.hash, j.text, o.id FROM journal j JOIN orders o ON o.no = j.chain ORDER BY j.no"
          )
          .all() as Array<Record<"no" | "seq", number> & Record<"hash" | "text" | "id", string>>
        assert.strictEqual(entries.length, orders * perOrder)
        const change = {
          text: db.prepare("UPDATE journal SET text = ? WHERE no = ?"),
          hash: db.prepare("UPDATE journal SET hash = ? WHERE no = ?")
        }
        let changes = 0
        for (let index = 0; index < entries.length; index += entriesBetween) {
          const entry = entries[index]
          if (entry === undefined) continue
          for (const column of ["text", "hash"] as const) {
            const kept = entry[column]
            for (let place = 0; place < places; place++) {
              const at = (index * 31 + place * 57) % kept.length
              change[column].run(kept.slice(0, at) + other(kept.charAt(at)) + kept.slice(at + 1), entry.no)
              const { ok, problem } = audited()
              change[column].run(kept, entry.no)
              const what = `${column} of ${entry.id}, entry ${entry.seq}, at ${at}`
              assert.isFalse(ok, what)
              assert.deepInclude(problem, { chain: `order:${entry.id}`, seq: entry.seq }, what)
              changes++
            }
          }
        }
        assert.isTrue(audited().ok)
        assert.isAtLeast(changes, isDeep ? 6_000 : 26)
        db.close()
      }),
    isDeep ? 3_600_000 : 120_000
  )
})

/** Another letter, or digit, or sign. */
const other = (character: string): string => String.fromCharCode(character.charCodeAt(0) ^ 1)

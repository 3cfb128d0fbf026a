/**
 * T37: a thousand entries, and one byte changed of any value of any row that the audit answers for: every byte of each in
 * REFUND_TEST_DEEP=1, some of each every day. A change is audited among the rows of its order, and of the account that the
 * order's refunds went to, since the audit holds a chain against nothing else; some are audited among all of them too.
 */
import type { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { TenantId } from "refund-core/Ids"
import type { VerifyReport } from "refund-core/ports/LedgerReader"
import { Answering } from "../src/internal/answering.ts"
import { connect } from "../src/internal/connection.ts"
import { isAsk } from "../src/internal/database.ts"
import { sqlite } from "../src/internal/dialect.ts"
import { Audit } from "../src/internal/verify.ts"
import { ledgerAt, temporaryFile } from "./ledgerFile.ts"
import { everyChange } from "./support/everyChange.ts"
import { entries, leaveOnly, orders, settled, tenant, written } from "./support/ledgerOfEverything.ts"

const isDeep = (process.env["REFUND_TEST_DEEP"] ?? "") !== ""
/** Of how many orders one, and of how many changes of theirs one. */
const [ordersBetween, changesBetween] = isDeep ? [1, 1] : [73, 17]

const auditor = (db: DatabaseSync) => {
  const answering = new Answering(db)
  return (of: TenantId): VerifyReport => {
    const work = new Audit(sqlite, of).run()
    let step = work.next()
    while (step.done !== true) step = isAsk(step.value) ? answering.next(work, step.value) : work.next()
    return step.value
  }
}

/** How many changes were found; those that were not, and those whose entry was not named. */
interface Tally {
  found: number
  /** Nobody could write them: another row has that value. */
  refused: number
  readonly missed: Array<string>
}

/** Makes one change after the other, audits, and takes it back. `which`: of all of them, by their number. */
const tried = (db: DatabaseSync, of: TenantId, tally: Tally, which: (index: number) => boolean): void => {
  const audited = auditor(db)
  const chains = new Map(
    db
      .prepare("SELECT no, seq, text ->> 'chain' AS chain FROM journal")
      .all()
      .map(({ chain, no, seq }) => [Number(no), { chain: String(chain), seq: Number(seq) }])
  )
  let index = 0
  for (const { column, key, make, table, what } of everyChange(db)) {
    if (!which(index++)) continue
    db.exec("SAVEPOINT change")
    const isMade = make()
    const { ok, problem } = isMade ? audited(of) : { ok: true, problem: null }
    db.exec("ROLLBACK TO change; RELEASE change")
    const entry = table === "journal" && (column === "text" || column === "hash") ? chains.get(Number(key)) : undefined
    const isNamed = entry === undefined || (problem?.chain === entry.chain && problem.seq === entry.seq)
    if (!isMade) tally.refused++
    else if (ok || !isNamed) tally.missed.push(`${what}: ${JSON.stringify(problem)}`)
    else tally.found++
  }
}

describe("T37", () => {
  it.live(
    "a byte that is changed anywhere in a thousand entries, or in what is stored of them, is found; a changed entry is named",
    () =>
      Effect.gen(function* () {
        const file = yield* temporaryFile
        yield* written.pipe(Effect.provide(ledgerAt(file)))
        const db = connect(file, "OFF")
        db.exec(
          "DROP TRIGGER journal_keeps_entries; DROP TRIGGER journal_drops_none; PRAGMA ignore_check_constraints = ON"
        )
        const audited = auditor(db)
        assert.deepStrictEqual(audited(tenant), { ok: true, orders, entries: entries.ofOrders, problem: null })
        assert.deepStrictEqual(audited(settled), { ok: true, orders: 0, entries: entries.ofSettings, problem: null })

        const tally: Tally = { found: 0, refused: 0, missed: [] }
        const ids = db.prepare("SELECT id FROM orders ORDER BY no").all()
        const shards = [null, ...ids.map(({ id }) => String(id))]
        for (let at = 0; at < shards.length; at += at === 0 ? 1 : ordersBetween) {
          const order = shards[at] ?? null
          const of = order === null ? settled : tenant
          db.exec("BEGIN")
          leaveOnly(db, order)
          assert.isTrue(audited(of).ok, `${order} alone`)
          tried(db, of, tally, (index) => (index + at) % changesBetween === 0)
          db.exec("ROLLBACK")
          if (tally.missed.length > 20) break
        }
        assert.deepStrictEqual(tally.missed, [])
        assert.isAtLeast(tally.found, isDeep ? 800_000 : 1_000)

        const whole: Tally = { found: 0, refused: 0, missed: [] }
        tried(db, tenant, whole, (index) => index % 40_009 === 11)
        assert.deepStrictEqual(whole.missed, [])
        assert.isAtLeast(whole.found, 15)
        assert.isTrue(audited(tenant).ok)
        if (isDeep) console.log(`T37: ${tally.found} changes found, ${tally.refused} refused by the database itself`)
        db.close()
      }),
    isDeep ? 3_600_000 : 600_000
  )
})

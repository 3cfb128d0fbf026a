/** A ledger's file, copied and changed behind the ledger's back; and what the audit says of the copy. */
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Context, Effect, Layer } from "effect"
import type { TenantId } from "refund-core/Ids"
import { chained } from "refund-core/Journal"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import type { Refunds } from "refund-core/Refunds"
import { sha256 } from "../src/internal/digest.ts"
import { ledgerAt, temporaryFolder } from "./ledgerFile.ts"

export class Written extends Context.Service<Written, { readonly file: string; readonly folder: string }>()(
  "test/Written"
) {
  static readonly layer = <E>(written: Effect.Effect<void, E, Refunds>) =>
    Layer.effect(
      Written,
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const file = join(folder, "refunds.db")
        yield* written.pipe(Effect.provide(ledgerAt(file)))
        return { file, folder }
      })
    )
}

let copies = 0

/** The copy's file. */
export const tampered = (tamper: (db: DatabaseSync) => void) =>
  Effect.gen(function* () {
    const { file, folder } = yield* Written
    const copy = join(folder, `copy-${++copies}.db`)
    copyFileSync(file, copy)
    const db = new DatabaseSync(copy)
    db.exec("DROP TRIGGER journal_keeps_entries; DROP TRIGGER journal_drops_none")
    tamper(db)
    db.close()
    return copy
  })

export const auditOf = (tenant: TenantId, file: string) =>
  LedgerReader.use((reader) => reader.verify(tenant)).pipe(Effect.provide(ledgerAt(file)))

export const reportAfter = (tenant: TenantId, tamper: (db: DatabaseSync) => void) =>
  Effect.flatMap(tampered(tamper), (copy) => auditOf(tenant, copy))

/**
 * As somebody would who knows how entries are hashed: all of a chain from `seq` on are hashed again, and `head`, which is
 * `UPDATE … SET head_hash = ?`, with them.
 */
export const rehash = (db: DatabaseSync, chain: string, from: number, head: string): void => {
  const entries = db.prepare(`SELECT no, seq, text FROM journal WHERE chain = ${chain} ORDER BY seq`).all()
  let hash = String(
    db.prepare(`SELECT hash FROM journal WHERE chain = ${chain} AND seq = ?`).get(from - 1)?.["hash"] ?? ""
  )
  for (const { no, seq, text } of entries) {
    if (Number(seq) < from) continue
    hash = sha256(chained(hash, String(text)))
    db.prepare("UPDATE journal SET hash = ? WHERE no = ?").run(hash, Number(no))
  }
  db.prepare(head).run(hash)
}

/** Reads the audit page by page, and looks through no more of the journal for one page than others can wait for. */
import { Effect } from "effect"
import { type Audited, type AuditPage, type AuditQuery, audited } from "./audit.ts"
import type { TenantId } from "./Ids.ts"
import { settingsChain } from "./Journal.ts"
import type { LedgerReader } from "./ports/LedgerReader.ts"
import type { LedgerUnavailable } from "./ports/LedgerStore.ts"

/** So often as many entries as may be on the page are read. */
const looksAtMost = 100

interface Page {
  readonly limit: number
  readonly cursor: string | null
}

type Reader = LedgerReader["Service"]

export const readAudit = (
  reader: Reader,
  tenant: TenantId,
  query: AuditQuery,
  page: Page
): Effect.Effect<AuditPage, LedgerUnavailable> =>
  query.about === "settings" ? ofSettings(reader, tenant, query, page) : ofAll(reader, tenant, query, page)

/** A chain of its own, and a short one: its entries are numbered. */
const ofSettings = (reader: Reader, tenant: TenantId, query: AuditQuery, { cursor, limit }: Page) =>
  Effect.map(reader.journal(tenant, settingsChain), (entries): AuditPage => {
    const after = cursor === null ? 0 : Number(cursor)
    const found = audited(entries, query).filter(({ seq }) => seq > after)
    const last = found[limit - 1]
    return {
      entries: found.slice(0, limit),
      next: last === undefined || found.length === limit ? null : String(last.seq)
    }
  })

const ofAll = Effect.fnUntraced(function* (
  reader: Reader,
  tenant: TenantId,
  query: AuditQuery,
  { cursor, limit }: Page
): Effect.fn.Return<AuditPage, LedgerUnavailable> {
  const found: Array<Audited> = []
  let next = cursor
  for (let looks = 0; looks < looksAtMost && found.length < limit; looks++) {
    const page = yield* reader.entries(tenant, { limit: limit - found.length, cursor: next })
    found.push(...audited(page.entries, query))
    next = page.next
    if (next === null) break
  }
  return { entries: found, next }
})

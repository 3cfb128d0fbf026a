/** The audit in words: a line each change. */
import type { AuditEntryBody } from "refund-api/AuditBody"
import type { Paint } from "./paint.ts"
import { table } from "./table.ts"
import { moment } from "./words.ts"

export const auditInWords = (entries: ReadonlyArray<AuditEntryBody>, paint: Paint): string =>
  entries.length === 0
    ? "Nothing was changed so"
    : table(
        [
          { name: "when" },
          { name: "who" },
          { name: "with" },
          { name: "from" },
          { name: "of" },
          { name: "what" },
          { name: "why" }
        ],
        entries.map(({ at, by, chain, events, from, why, with: credential }) => [
          moment(at),
          by,
          credential ?? "",
          from ?? "",
          chain,
          events.map((event) => (event as { readonly _tag?: unknown })._tag).join(", "),
          why ?? ""
        ]),
        paint
      )

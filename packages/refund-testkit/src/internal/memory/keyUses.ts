/** When each secret was last used, in memory. */
import { Effect } from "effect"
import type { Instant } from "refund-core/Ids"
import type { KeyUses } from "refund-core/ports/KeyUses"
import { type Books, tenantBooks } from "../books.ts"

export const makeKeyUses = (books: Books): (typeof KeyUses)["Service"] => {
  const uses = new Map<string, Instant>()
  return {
    used: (_, hash, at) => Effect.sync(() => void uses.set(hash, Math.max(at, uses.get(hash) ?? at))),
    of: (tenant) =>
      Effect.sync(() => {
        const { keys } = tenantBooks(books, tenant).settings
        return new Map([...uses].filter(([hash]) => keys.some((key) => key.hash === hash)))
      })
  }
}

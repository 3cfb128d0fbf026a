/** The tenant's policy and closed books, and the journal: an order's, and all of it checked. */
import { Effect } from "effect"
import { journalPageToJson, journalToJson, toEntriesPage, toJournalChain } from "refund-api/JournalBody"
import { verifyToJson } from "refund-api/LedgerBody"
import { policyToJson, toClosePeriod, toSetPolicy } from "refund-api/PolicyBody"
import { Refunds } from "refund-core/Refunds"
import type { SettingsHead } from "refund-core/Settings"
import { rejected } from "refund-core/Violation"
import type { WireRequest } from "refund-dialects/Dialect"
import { versionOf } from "./ifMatch.ts"
import { ok, route, withDecoded } from "./nativeAnswers.ts"

const showSettings = (settings: SettingsHead) => ok(policyToJson(settings), { etag: `"${settings.version}"` })

const showPolicy = Effect.fnUntraced(function* ({ caller }: WireRequest) {
  const refunds = yield* Refunds
  return showSettings(yield* refunds.settings(caller))
})

const putPolicy = Effect.fnUntraced(function* ({ body, caller, headers }: WireRequest) {
  return yield* withDecoded(
    toSetPolicy(body, { caller, version: yield* versionOf(headers) }),
    Effect.fnUntraced(function* (command) {
      const refunds = yield* Refunds
      return showSettings(yield* refunds.execute(command))
    })
  )
})

const closePeriod = ({ body, caller }: WireRequest) =>
  withDecoded(
    toClosePeriod(body, caller),
    Effect.fnUntraced(function* (command) {
      const refunds = yield* Refunds
      return showSettings(yield* refunds.execute(command))
    })
  )

/** An order that is there has an entry: it was registered. A customer's account may have none yet. */
const showJournal = ({ caller, query }: WireRequest) =>
  withDecoded(
    toJournalChain(query),
    Effect.fnUntraced(function* (chain) {
      const refunds = yield* Refunds
      const entries = yield* refunds.journal(caller, chain)
      const orderId = query["order"]
      if (entries.length === 0 && orderId !== undefined) {
        return yield* Effect.fail(rejected([{ _tag: "OrderNotFound", orderId }]))
      }
      return ok(journalToJson(entries))
    })
  )

const listEntries = ({ caller, query }: WireRequest) =>
  withDecoded(
    toEntriesPage(query),
    Effect.fnUntraced(function* (page) {
      const refunds = yield* Refunds
      return ok(journalPageToJson(yield* refunds.entries(caller, page)))
    })
  )

const verifyJournal = Effect.fnUntraced(function* ({ caller }: WireRequest) {
  const refunds = yield* Refunds
  return ok(verifyToJson(yield* refunds.verify(caller)))
})

export const ledgerRoutes = [
  route("GET", "/v1/policy", showPolicy),
  route("PUT", "/v1/policy", putPolicy),
  route("PUT", "/v1/policy/closed-period", closePeriod),
  route("GET", "/v1/journal", showJournal),
  route("GET", "/v1/journal/entries", listEntries),
  route("GET", "/v1/journal/verify", verifyJournal)
]

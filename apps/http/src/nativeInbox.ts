/** What providers told us: a way to look at it, and to have what is parked tried again. */
import { Effect } from "effect"
import { inboxToJson, noParked, type RetriedBody, toInboxQuery } from "refund-api/InboxBody"
import { numberOf } from "refund-api/Page"
import { Inbox } from "refund-core/ports/Inbox"
import type { WireRequest } from "refund-dialects/Dialect"
import { permitted } from "refund-service/permitted"
import { ok, problem, route, withDecoded } from "./nativeAnswers.ts"

const listInbox = ({ caller, query }: WireRequest) =>
  withDecoded(
    toInboxQuery(query),
    Effect.fnUntraced(function* ({ filter, page }) {
      yield* permitted(caller, "refunds:read")
      const inbox = yield* Inbox
      return ok(inboxToJson(yield* inbox.list(caller.tenant, filter, page), page.limit))
    })
  )

/** It may come to a refund being recorded: who may say what became of one may have this tried. */
const retryEvent = Effect.fnUntraced(function* ({ caller, params }: WireRequest) {
  yield* permitted(caller, "refunds:resolve")
  const inbox = yield* Inbox
  const asked = params["id"] ?? ""
  const id = numberOf(asked)
  if (id !== null && (yield* inbox.retry(caller.tenant, id))) return ok({ id } satisfies RetriedBody)
  return problem(noParked(asked))
})

export const inboxRoutes = [route("GET", "/v1/inbox", listInbox), route("POST", "/v1/inbox/:id/retry", retryEvent)]

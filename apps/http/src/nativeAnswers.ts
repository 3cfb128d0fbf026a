/** What native routes share: a command's result becomes an answer, every failure a problem. */
import { Effect, type Result } from "effect"
import { faultOf, type Problem, problemOf } from "refund-api/Problem"
import type { Deliveries } from "refund-core/ports/Deliveries"
import type { Feed } from "refund-core/ports/Feed"
import type { Inbox } from "refund-core/ports/Inbox"
import type { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Outcomes } from "refund-core/ports/Outcomes"
import type { Refunds } from "refund-core/Refunds"
import type { Rejected } from "refund-core/Violation"
import type { DialectRoute, WireAnswer, WireRequest } from "refund-dialects/Dialect"

export const problem = (body: Problem, headers: Readonly<Record<string, string>> = {}): WireAnswer => ({
  status: body.status,
  headers: { "content-type": "application/problem+json; charset=utf-8", ...headers },
  body
})

export const ok = (body: unknown, headers?: Readonly<Record<string, string>>): WireAnswer => ({
  status: 200,
  body,
  ...(headers === undefined ? {} : { headers })
})

export const noContent: WireAnswer = { status: 204 }

type Failure = Rejected | LedgerUnavailable

export const refused = (failure: Failure): WireAnswer =>
  failure._tag === "Rejected"
    ? problem(problemOf(failure))
    : problem(faultOf("Unavailable", failure.detail), { "retry-after": String(failure.retryAfterSeconds) })

/** What the native routes need of a ledger. */
export type Services = Refunds | Outcomes | Feed | Deliveries | Inbox

/** A route from what it does: it may fail with violations, or because the ledger cannot be reached. */
export const route = (
  method: DialectRoute["method"],
  path: string,
  handle: (request: WireRequest) => Effect.Effect<WireAnswer, Failure, Services>
): DialectRoute<Services> => ({
  method,
  path,
  handle: (request) => Effect.catch(handle(request), (failure) => Effect.succeed(refused(failure)))
})

/** Decodes, then runs: the two steps of every command. */
export const withDecoded = <C, R>(
  decoded: Result.Result<C, Rejected>,
  run: (command: C) => Effect.Effect<WireAnswer, Failure, R>
): Effect.Effect<WireAnswer, Failure, R> =>
  decoded._tag === "Failure" ? Effect.fail(decoded.failure) : run(decoded.success)

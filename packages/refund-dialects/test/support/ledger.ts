/** A ledger in memory whose provider answers at once, and requests to a dialect as a server would pass them on. */
import { Effect, Layer, Result } from "effect"
import type { Caller } from "refund-core/Command"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { Outcomes } from "refund-core/ports/Outcomes"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"
import { paidByWorker } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { caller, freshId, worker } from "refund-testkit/build"
import { layerMemory } from "refund-testkit/LedgerStoreMemory"
import type { Dialect, WireAnswer } from "../../src/Dialect.ts"
import { parseJson } from "../../src/Json.ts"
import { type Complaints, ours } from "./judge.ts"
import { theirs } from "./vendors.ts"

/** Null: the provider was asked, and has not answered yet. */
export type Answers = (attempt: Attempt) => Outcome | null

/** The simulator's: it declines what was captured as `sim_decline`, never answers for `sim_hang`, pays all else. */
export const simulator: Answers = ({ amount, captureReference, currency, id }) => {
  if (captureReference === "sim_decline") return { _tag: "declined", code: "sim_decline", reference: null }
  if (captureReference === "sim_hang") return { _tag: "unknown", detail: "no answer" }
  if (captureReference === "sim_submitting") return null
  if (captureReference === "sim_pending") return { _tag: "pending", reference: `re_${id}` }
  return { _tag: "settled", reference: `re_${id}`, amount, currency, at: null }
}

/** The worker's part, done by whoever waits: every approved refund is tried once. */
const layerOutcomes = (answers: Answers) =>
  Layer.effect(
    Outcomes,
    Effect.gen(function* () {
      const refunds = yield* Refunds
      const reader = yield* LedgerReader
      return Outcomes.of({
        wait: (tenant, groupId) =>
          Effect.gen(function* () {
            for (const refund of yield* reader.refunds(tenant, { id: groupId })) {
              if (refund.state !== "approved" || !paidByWorker(refund)) continue
              const by = worker({ tenant, now: refund.requestedAt + 1 })
              const begun = yield* refunds
                .execute({ _tag: "BeginAttempt", caller: by, refundId: refund.id, attemptId: freshId() })
                .pipe(Effect.orDie)
              if (begun._tag !== "submit") continue
              const { attempt } = begun
              const outcome = answers(attempt)
              if (outcome === null) continue
              yield* refunds
                .execute({ _tag: "RecordOutcome", caller: by, refundId: refund.id, attemptId: attempt.id, outcome })
                .pipe(Effect.orDie)
            }
            return yield* reader.refunds(tenant, { id: groupId })
          })
      })
    })
  )

export const layerLedger = (answers: Answers = simulator) =>
  layerOutcomes(answers).pipe(Layer.provideMerge(Refunds.layer), Layer.provideMerge(layerMemory))

export interface Sent {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  /** The vendor's path, without the dialect's prefix. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text, so that numbers are read as they were written; anything else is written as JSON first. */
  readonly body?: unknown
  readonly text?: string
  readonly caller?: Caller
}

const judges = new Map<string, Complaints>()
const judgeOf = ({ description, door }: Dialect): Complaints => {
  if (description === undefined) return () => []
  const known = judges.get(door) ?? ours(description)
  judges.set(door, known)
  return known
}

/** Every answer is held against our description of the dialect and, where there is one, the vendor's own (T67). */
export const send = (dialect: Dialect, sent: Sent): Effect.Effect<WireAnswer, never, Refunds | Outcomes> =>
  Effect.map(asked(dialect, sent), (answer) => {
    const text = textOf(sent)
    const call = { method: sent.method ?? "POST", path: sent.path, ...(text === "" ? {} : { body: readOr(text) }) }
    const told = {
      status: answer.status,
      body: answer.body === undefined ? (answer.text ?? "") : JSON.parse(JSON.stringify(answer.body)),
      mediaType: answer.body !== undefined ? "application/json" : answer.text !== undefined ? "text/plain" : null
    }
    const complaints = [...judgeOf(dialect)(call, told), ...(theirs[dialect.door]?.(call, told) ?? [])]
    if (complaints.length > 0) throw new Error(`${complaints.join("\n")}\n${JSON.stringify([call, told])}`)
    return answer
  })

const readOr = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const textOf = ({ body, text }: Sent): string => text ?? (body === undefined ? "" : JSON.stringify(body))

/** What a server does around a dialect's route: read the JSON, find the route, or say the fault in the vendor's shape. */
const asked = (dialect: Dialect, sent: Sent): Effect.Effect<WireAnswer, never, Refunds | Outcomes> => {
  const method = sent.method ?? "POST"
  const text = textOf(sent)
  const body = text === "" ? Result.succeed(undefined) : parseJson(text, dialect.numbers)
  if (Result.isFailure(body)) return Effect.succeed(dialect.fault({ _tag: "BadJson", detail: body.failure }))
  for (const route of dialect.routes) {
    const params = route.method === method ? matched(route.path, sent.path) : null
    if (params === null) continue
    return route.handle({
      caller: sent.caller ?? caller({ door: dialect.door }),
      params,
      query: sent.query ?? {},
      headers: sent.headers ?? {},
      body: body.success,
      operation: `${method} ${sent.path}`,
      freshId,
      freshSalt: () => "salt"
    })
  }
  return Effect.succeed(dialect.fault({ _tag: "NoRoute", path: sent.path }))
}

const matched = (pattern: string, path: string): Record<string, string> | null => {
  const names = pattern.split("/")
  const parts = path.split("/")
  if (names.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const part = decodeURIComponent(parts[index] ?? "")
    if (name.startsWith(":")) params[name.slice(1)] = part
    else if (name !== part) return null
  }
  return params
}

/** Amounts no vendor's wire may take, as JSON source text: FAILURES.md calls them T53. */
export const hostileAmounts: ReadonlyArray<string> = [
  "0",
  "-1",
  "-0",
  "1.999",
  '"1e2"',
  "1e400000000",
  '"1,00"',
  '"١"',
  '"NaN"',
  '"Infinity"',
  "9007199254740992",
  "9223372036854775808",
  '"0x10"',
  '" 1 "',
  "null",
  "[]",
  "{}",
  "true",
  "12345678901234567890123456789012345678901234567890",
  '"12345678901234567890123456789012345678901234567890"',
  '""',
  "NaN",
  "Infinity"
]

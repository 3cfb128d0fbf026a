/** One decision about several refunds: shown and asked first, then each decided for itself. */
import { Effect, Schema } from "effect"
import { RefundOrGroup } from "refund-api/Client"
import { Problem } from "refund-api/Problem"
import { withLedger } from "../connect.ts"
import { Refused, Told, Usage } from "../failures.ts"
import type { Ledger, Story } from "../Ledger.ts"
import { answer } from "../output/answer.ts"
import { refundTable } from "../output/order.ts"
import { harmless } from "../output/paint.ts"
import { madeInWords, refundsOf } from "../output/refund.ts"
import { problemInWords } from "../output/violations.ts"
import { money } from "../output/words.ts"
import { Shell } from "../Shell.ts"
import { Json } from "../settings.ts"

/** What `--json` prints of several: none of them hangs on another. */
export const DecidedBody = Schema.Struct({
  decided: Schema.Array(RefundOrGroup),
  rejected: Schema.Array(Schema.Struct({ id: Schema.String, problem: Problem }))
}).annotate({ identifier: "Decided" })
type DecidedBody = typeof DecidedBody.Type

export type Consent = "approve" | "undo" | "deny"

export const decideSeveral = Effect.fnUntraced(function* (
  verb: Consent,
  named: ReadonlyArray<string>,
  { body, yes }: { readonly body: { readonly note?: string }; readonly yes: boolean }
) {
  const { ask } = yield* Shell
  if (!yes && ask === null) {
    return yield* new Usage({ sentence: `To ${verb} several refunds without being asked first, add --yes` })
  }
  yield* withLedger(
    Effect.fnUntraced(function* (ledger) {
      const ids = yes || ask === null ? [...new Set(named)] : yield* agreed(ledger, verb, { ids: named, ask })
      const result = yield* decideEach(ledger, verb, { ids, body })
      if (result.decided.length > 0 || (yield* Json)) {
        yield* answer(DecidedBody, result, (paint) => result.decided.map((each) => madeInWords(each, paint)).join("\n"))
      }
      const { paint, tell } = yield* Shell
      for (const { id, problem } of result.rejected) {
        tell(`${harmless(id)}: ${problemInWords(problem, paint.told)}`)
      }
      if (result.rejected.length > 0) return yield* new Told({ code: 1 })
    })
  )
})

/** What one no would undo of the others is nothing; nobody answering ends it, with what was done told. */
const decideEach = Effect.fnUntraced(function* (
  ledger: Ledger,
  verb: Consent,
  { body, ids }: { readonly ids: ReadonlyArray<string>; readonly body: { readonly note?: string } }
) {
  const decided: Array<DecidedBody["decided"][number]> = []
  const rejected: Array<DecidedBody["rejected"][number]> = []
  for (const id of ids) {
    const answered = yield* ledger.decide(verb, id, body).pipe(
      Effect.catch((failure) => (failure instanceof Refused ? Effect.succeed(failure) : Effect.fail(failure))),
      Effect.tapError(() => toldOf(verb, decided.length, ids.length))
    )
    if (!(answered instanceof Refused)) decided.push(answered)
    else if (!(yield* isDecided(ledger, id, decided))) rejected.push({ id, problem: answered.problem })
  }
  return { decided, rejected }
})

/** By one before it: what is decided of a refund is decided of its group. */
const isDecided = (ledger: Ledger, id: string, decided: ReadonlyArray<RefundOrGroup>) => {
  if (decided.length === 0) return Effect.succeed(false)
  const groups = new Set(decided.flatMap(refundsOf).map(({ groupId }) => groupId))
  return ledger.refund(id).pipe(
    Effect.map((story) => refundsOf(story).every(({ groupId }) => groups.has(groupId))),
    Effect.catch(() => Effect.succeed(false))
  )
}

const toldOf = (verb: Consent, done: number, all: number) =>
  Effect.map(Shell, ({ tell }) =>
    tell(`${done} of ${all} done; to ${verb} them again is refused for those, and harmless`)
  )

/** Groups are decided as one: each is shown, and decided, once. */
const agreed = Effect.fnUntraced(function* (
  ledger: Ledger,
  verb: Consent,
  { ask, ids }: { readonly ids: ReadonlyArray<string>; readonly ask: (question: string) => Effect.Effect<string> }
) {
  const { paint, tell } = yield* Shell
  const stories = yield* Effect.forEach(ids, (id) => ledger.refund(id))
  const groups = new Map<string, Story>()
  for (const story of stories) {
    const [{ groupId } = { groupId: "" }] = refundsOf(story)
    const known = groups.get(groupId)
    if (known === undefined || refundsOf(known).length < refundsOf(story).length) groups.set(groupId, story)
  }
  const shown = [...groups.values()].flatMap(refundsOf)
  tell(refundTable(shown, paint.told))
  const what = `${shown.length} ${shown.length === 1 ? "refund" : "refunds"}, ${sumsOf(shown)}`
  const said = yield* ask(`${questions[verb]} ${what}? [y/N] `)
  if (/^y(?:es)?$/i.test(said.trim())) return [...groups.keys()]
  tell("Nothing was done")
  return yield* new Told({ code: 1 })
})

const questions: Record<Consent, string> = {
  approve: "Approve",
  undo: "Take back the approval of",
  deny: "Deny"
}

const sumsOf = (refunds: ReadonlyArray<{ readonly amount: bigint; readonly currency: string }>): string => {
  const sums = new Map<string, bigint>()
  for (const { amount, currency } of refunds) sums.set(currency, (sums.get(currency) ?? 0n) + amount)
  return [...sums].map(([currency, amount]) => money(amount, currency)).join(" and ")
}

/**
 * What holds of every refund ledger, whatever is asked of it and in whatever order. A law looks at one step, the
 * ledger before and after one command, and says what is wrong with it, or null.
 */
import { isDeepStrictEqual } from "node:util"
import { Result } from "effect"
import type { RequestRefund } from "refund-core/Command"
import { canonical } from "refund-core/canonical"
import type { Event } from "refund-core/Event"
import { orderChain } from "refund-core/Journal"
import type { Refund } from "refund-core/Refund"
import type { Requested } from "refund-core/request"
import { accountsDiffer, creditBooksDiffer, liabilityDiffers } from "./internal/accounts.ts"
import { chainDiffers, recompute } from "./internal/audit.ts"
import { staysUnderCaps, staysWithin } from "./internal/caps.ts"
import { chainOf, creditsDiffer } from "./internal/credits.ts"
import { eventsIn } from "./internal/entries.ts"
import { deductionsDiffer, figuresDiffer } from "./internal/figures.ts"
import { staysDecided } from "./internal/lasting.ts"
import { first, isRequest, type Law, requestedOf, type Step, views } from "./internal/steps.ts"

const isAnswered: Law = ({ outcome }) => (outcome._tag === "died" ? String(outcome.defect) : null)

/** All that is asked for. By whom, when, and the ids and salt that were drawn for it are not. */
export const contentOf = (command: RequestRefund): string => {
  const { _tag, caller, ids, once, texts, ...asked } = command
  const { salt: _, ...words } = texts ?? { salt: "" }
  return canonical([asked, caller.door, once.operation, once.chosen ? ids.group : null, words])
}

const rejectsWithoutTrace: Law = ({ after, before, outcome }) =>
  outcome._tag === "rejected" && !isDeepStrictEqual(before, after)
    ? `${outcome.rejected.violations[0]._tag}, yet something changed`
    : null

const replaysTheSame: Law = (step) => {
  const { after, before, command, intents, outcome } = step
  if (!isRequest(command) || outcome._tag === "died") return null
  const { chosen, key } = command.once
  const byKey = key === undefined ? undefined : intents.get(`key ${key}`)
  const intent = byKey ?? (chosen ? intents.get(`id ${command.ids.group}`) : undefined)
  const requested = requestedOf(step)
  if (intent === undefined) return requested?.replayed === true ? "replayed what was never asked for" : null
  if (requested === null) {
    const tags = outcome._tag === "rejected" ? outcome.rejected.violations.map((each) => each._tag) : []
    const isSame = intent.content === contentOf(command)
    const says = isSame
      ? tags[0] === "NotPermitted"
      : tags.includes("IdempotencyKeyReused") || tags[0] === "NotPermitted"
    return says ? null : `the ${isSame ? "same" : "other"} content under a known key is ${tags.join(", ")}`
  }
  if (intent.content !== contentOf(command)) return "other content under a known key is accepted"
  if (!requested.replayed || requested.groupId !== intent.groupId) return "the same key made other refunds"
  const now = views(after).flatMap((view) => view.refunds.filter((refund) => refund.groupId === intent.groupId))
  if (!isDeepStrictEqual(byId(requested.refunds), byId(now))) return "a replay answers with refunds as they are not"
  return isDeepStrictEqual(before, after) ? null : "a replay changed something"
}

const byId = (refunds: ReadonlyArray<Refund>): ReadonlyArray<Refund> =>
  refunds.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const journalGivesState: Law = ({ after }) =>
  first(after.journals, ([chain, entries]) => {
    const found = recompute(after.tenant, chain, entries)
    if (Result.isFailure(found)) return `${chain} ${found.failure.seq}: ${found.failure.what}`
    const what = chainDiffers(chain, after, found.success)
    return what === null ? null : `${chain}: ${what}`
  })

const booksBalance: Law = ({ after }) =>
  first(views(after), (view) =>
    accountsDiffer(view, after.journals.get(orderChain(view.head.id)) ?? [], creditEvents(after))
  ) ??
  first(after.credits, (credit) => creditBooksDiffer(credit, after.journals.get(chainOf(credit)) ?? [])) ??
  liabilityDiffers(after.credits, after.journals)

const creditEvents = ({ credits, journals }: Step["after"]): ReadonlyArray<Event> =>
  credits.flatMap((credit) => eventsIn(journals.get(chainOf(credit)) ?? []))

const keepsCollected: Law = ({ after, before, command }) => {
  const mayAdd = command._tag === "RegisterOrder" || command._tag === "AddCaptures" || command._tag === "SpendCredit"
  return first(views(before), ({ head }) => {
    const now = after.orders.get(head.id)?.head
    if (now === undefined) return `order ${head.id} is gone`
    const captures = head.captures.map((was) => [was, now.captures.find(({ id }) => id === was.id)] as const)
    return first([[head, now] as const, ...captures], ([was, is]) => {
      if (is === undefined) return `capture ${was.id} is gone`
      const isRight = mayAdd ? is.collected >= was.collected : is.collected === was.collected
      return isRight ? null : `${was.id}: collected was ${was.collected}, is ${is.collected}`
    })
  })
}

const figuresAreSums: Law = ({ after }) => first(views(after), figuresDiffer)
const creditIsPosted: Law = ({ after }) => creditsDiffer(views(after), after.credits, after.journals)
const deductionsAreNetted: Law = ({ after, before }) => {
  const was = new Map(views(before).flatMap((view) => view.refunds.map((refund) => [refund.id, refund] as const)))
  return first(views(after), (view) => deductionsDiffer(view, was))
}

/** Numbers are drawn, so those of a preview are not those of the request. */
const previewsTruly: Law = ({ command, outcome, preview }) => {
  if (preview === null || outcome._tag === "died" || !isRequest(command)) return null
  if (outcome._tag === "rejected") {
    return isDeepStrictEqual(preview.violations, outcome.rejected.violations) ? null : "a preview told other violations"
  }
  if (preview.violations.length > 0) return "a preview told violations of what was accepted"
  const unnumbered = (refunds: ReadonlyArray<Refund>) => refunds.map((refund) => ({ ...refund, number: 0 }))
  const made = (outcome.answer as Requested).refunds
  return isDeepStrictEqual(unnumbered(preview.refunds), unnumbered(made)) ? null : "a preview told other refunds"
}

export const laws = {
  "every command is answered": isAnswered,
  "nothing goes over a cap": staysUnderCaps,
  "a rejection changes nothing": rejectsWithoutTrace,
  "a replay is the same refund": replaysTheSame,
  "collected is unchanged by refunds": keepsCollected,
  "figures are the sums of the refunds": figuresAreSums,
  "store credit is what was posted": creditIsPosted,
  "no payout is below zero, and deductions are what was netted": deductionsAreNetted,
  "what is decided stays": staysDecided,
  "a preview tells the decision": previewsTruly,
  "what moved is booked twice, together nothing": booksBalance,
  "the journal gives the state": journalGivesState
} satisfies Record<string, Law>

export type LawName = keyof typeof laws

export interface Broken {
  readonly law: LawName
  readonly what: string
}

/** One that was sent may have failed and been freed of its deductions between two looks. */
const deductionsAreNettedAmong: Law = ({ after, before }) => {
  const costs = views(before).flatMap((view) => view.refunds.filter((refund) => refund.deducts))
  const was = new Map(costs.map((cost) => [cost.id, cost] as const))
  return first(views(after), (view) => deductionsDiffer(view, was))
}

/** What holds whoever else was asking meanwhile. */
const ofStates: Readonly<Partial<Record<LawName, Law>>> = {
  "every command is answered": isAnswered,
  "nothing goes over a cap": staysWithin,
  "figures are the sums of the refunds": figuresAreSums,
  "store credit is what was posted": creditIsPosted,
  "no payout is below zero, and deductions are what was netted": deductionsAreNettedAmong
}

const judge = (step: Step, kept: Readonly<Partial<Record<LawName, Law>>>): ReadonlyArray<Broken> =>
  Object.entries(kept).flatMap(([law, holds]) => {
    const what = holds(step)
    return what === null ? [] : [{ law: law as LawName, what }]
  })

const { "the journal gives the state": _, "what moved is booked twice, together nothing": __, ...atEachStep } = laws

export const brokenBy = (step: Step): ReadonlyArray<Broken> => judge(step, atEachStep)

/** Re-reads every entry ever written: for the end of a history and a few points in it, not for each of its steps. */
export const brokenAtTheEnd = (step: Step): ReadonlyArray<Broken> =>
  judge(step, {
    "what moved is booked twice, together nothing": booksBalance,
    "the journal gives the state": journalGivesState
  })

/** For commands that ran side by side, where no step has a before and an after of its own. */
export const brokenAmong = (step: Step): ReadonlyArray<Broken> => judge(step, ofStates)

/**
 * What holds of every refund ledger, whatever is asked of it and in whatever order. A law looks at one step, the
 * ledger before and after one command, and says what is wrong with it, or null.
 */
import { isDeepStrictEqual } from "node:util"
import { Result } from "effect"
import type { Command, RequestRefund } from "refund-core/Command"
import { scopeOf } from "refund-core/decide"
import type { OrderId, RefundId } from "refund-core/Ids"
import { policyFor } from "refund-core/Policy"
import type { OrderView } from "refund-core/ports/LedgerReader"
import type { Refund } from "refund-core/Refund"
import type { Preview } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import type { Rejected } from "refund-core/Violation"
import { chainDiffers, recompute } from "./internal/audit.ts"
import { creditsDiffer, deductionsDiffer, figuresDiffer, isOver } from "./internal/figures.ts"
import type { Snapshot } from "./internal/snapshot.ts"

export type Outcome =
  | { readonly _tag: "accepted"; readonly answer: unknown }
  | { readonly _tag: "rejected"; readonly rejected: Rejected }
  /** It threw. */
  | { readonly _tag: "died"; readonly defect: unknown }

/** A request that was accepted under a key or a chosen id. */
export interface Intent {
  readonly groupId: RefundId
  readonly content: string
}

export interface Step {
  readonly before: Snapshot
  readonly command: Command
  /** What was told of a request before it was made. */
  readonly preview: Preview | null
  readonly outcome: Outcome
  readonly after: Snapshot
  /** By `key <key>` and `id <refund or group id>`. */
  readonly intents: ReadonlyMap<string, Intent>
}

type Law = (step: Step) => string | null

const views = (snapshot: Snapshot): ReadonlyArray<OrderView> => [...snapshot.orders.values()]

const first = <A>(all: Iterable<A>, look: (each: A) => string | null): string | null => {
  for (const each of all) {
    const found = look(each)
    if (found !== null) return found
  }
  return null
}

const isRequest = (command: Command): command is RequestRefund => command._tag === "RequestRefund"

const requestedOf = ({ command, outcome }: Step): Requested | null =>
  isRequest(command) && outcome._tag === "accepted" ? (outcome.answer as Requested) : null

// ── the laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const isAnswered: Law = ({ outcome }) => (outcome._tag === "died" ? String(outcome.defect) : null)

/** The limits that a request meets; and nothing but a request claims more than was claimed before. */
const staysUnderCaps: Law = (step) => {
  const over = first(views(step.after), isOver)
  if (over !== null) return over
  const requested = requestedOf(step)
  const madeBy = requested === null || requested.replayed ? [] : requested.refunds
  return first(views(step.after), (view) => {
    const { head } = view
    const added = claimed(view) - (claimedBefore(step, head.id) ?? 0n)
    const made = madeBy.filter((refund) => refund.orderId === head.id && !refund.deducts)
    const asked = made.reduce((sum, refund) => sum + refund.amount, 0n)
    if (added > asked) return `order ${head.id}: ${added} more is claimed, requested were ${asked}`
    return made.length === 0 ? null : (exceeded(step, view) ?? notWhatWasAsked(step, asked))
  })
}

const claimed = ({ head }: OrderView): bigint =>
  head.held + head.refunded.original + head.refunded.store_credit + head.refunded.payout

const claimedBefore = (step: Step, id: OrderId): bigint | null => {
  const view = step.before.orders.get(id)
  return view === undefined ? null : claimed(view)
}

const exceeded = ({ before, command }: Step, view: OrderView): string | null => {
  const { head } = view
  const { components, overRefund } = policyFor(before.settings.overrides, command.caller.door)
  const capture = isRequest(command) && command.destination === "original" ? overCapture(view) : null
  if (capture !== null) return capture
  if (overRefund === "order_open") return null
  if (claimed(view) + head.disputed > head.collected) {
    return `order ${head.id}: ${claimed(view)} claimed and ${head.disputed} disputed of ${head.collected} collected`
  }
  if (overRefund === "order_total" && head.total !== null && claimed(view) > head.total) {
    return `order ${head.id}: ${claimed(view)} claimed of a total of ${head.total}`
  }
  return components === "enforce" && isRequest(command) ? unattributed(command, view) : null
}

/** What newly went to a capture left it within what was collected there and is not disputed. */
const overCapture = ({ head, refunds }: OrderView): string | null => {
  const newest = refunds.at(-1)
  const groups = refunds.filter((refund) => refund.groupId === newest?.groupId && refund.destination === "original")
  return first(head.captures, ({ collected, disputed, held, id, refunded }) =>
    groups.some((refund) => refund.captureId === id) && held + refunded + disputed > collected
      ? `capture ${id}: ${held + refunded} claimed and ${disputed} disputed of ${collected} collected`
      : null
  )
}

/** A named part is drawn on for all of the amount, where parts are enforced. */
const unattributed = ({ lineId, type }: RequestRefund, { refunds }: OrderView): string | null => {
  if (type === "instance_cost" || (type === "default" && lineId === undefined)) return null
  const group = refunds.filter((refund) => refund.groupId === refunds.at(-1)?.groupId)
  return first(group, ({ amount, id, shares }) => {
    const drawn = shares.reduce((sum, share) => sum + share.amount, 0n)
    return drawn === amount ? null : `refund ${id}: ${drawn} of ${amount} is drawn on the part it names`
  })
}

const notWhatWasAsked = ({ command }: Step, made: bigint): string | null =>
  isRequest(command) && typeof command.amount === "bigint" && command.amount !== made
    ? `asked for ${command.amount}, made were ${made}`
    : null

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
    const isSame = intent.content === scopeOf(command).once?.content
    const says = isSame
      ? tags[0] === "NotPermitted"
      : tags.includes("IdempotencyKeyReused") || tags[0] === "NotPermitted"
    return says ? null : `the ${isSame ? "same" : "other"} content under a known key is ${tags.join(", ")}`
  }
  if (intent.content !== scopeOf(command).once?.content) return "other content under a known key is accepted"
  if (!requested.replayed || requested.groupId !== intent.groupId) return "the same key made other refunds"
  const now = views(after).flatMap((view) => view.refunds.filter((refund) => refund.groupId === intent.groupId))
  if (!isDeepStrictEqual(byId(requested.refunds), byId(now))) return "a replay answers with refunds as they are not"
  return isDeepStrictEqual(before, after) ? null : "a replay changed something"
}

const byId = (refunds: ReadonlyArray<Refund>): ReadonlyArray<Refund> =>
  refunds.toSorted((a, b) => (a.id < b.id ? -1 : 1))

const journalGivesState: Law = ({ after }) =>
  first(after.journals, ([chain, entries]) => {
    const found = recompute(chain, entries)
    if (Result.isFailure(found)) return `${chain} ${found.failure.seq}: ${found.failure.what}`
    const what = chainDiffers(chain, after, found.success)
    return what === null ? null : `${chain}: ${what}`
  })

const keepsCollected: Law = ({ after, before, command }) => {
  const isRegistration = command._tag === "RegisterOrder" || command._tag === "AddCaptures"
  return first(views(before), ({ head }) => {
    const now = after.orders.get(head.id)?.head
    if (now === undefined) return `order ${head.id} is gone`
    const captures = head.captures.map((was) => [was, now.captures.find(({ id }) => id === was.id)] as const)
    return first([[head, now] as const, ...captures], ([was, is]) => {
      if (is === undefined) return `capture ${was.id} is gone`
      const isRight = isRegistration ? is.collected >= was.collected : is.collected === was.collected
      return isRight ? null : `${was.id}: collected was ${was.collected}, is ${is.collected}`
    })
  })
}

const figuresAreSums: Law = ({ after }) => first(views(after), figuresDiffer)
const creditIsPosted: Law = ({ after }) => creditsDiffer(views(after), after.credits)
const deductionsAreNetted: Law = ({ after, before }) => {
  const was = new Map(views(before).flatMap((view) => view.refunds.map((refund) => [refund.id, refund] as const)))
  return first(views(after), (view) => deductionsDiffer(view, was))
}

/** Entries are only added, one for a command; what a refund was made as stays; what is final is final. */
const staysDecided: Law = ({ after, before }) => {
  let added = 0
  for (const [chain, entries] of before.journals) {
    const now = after.journals.get(chain) ?? []
    if (!isDeepStrictEqual(now.slice(0, entries.length), entries)) return `${chain}: an entry was changed or dropped`
    added += now.length - entries.length
  }
  if (added > 1) return `${added} entries for one command`
  if (added === 0 && !isDeepStrictEqual(before, after)) return "something changed without an entry"
  return first(views(before), ({ head, refunds }) => {
    const now = new Map(after.orders.get(head.id)?.refunds.map((refund) => [refund.id, refund]))
    return first(refunds, (was) => changedForGood(was, now.get(was.id)))
  })
}

const final = new Set<Refund["state"]>(["denied", "canceled", "reversed"])

const changedForGood = (was: Refund, is: Refund | undefined): string | null => {
  if (is === undefined) return `refund ${was.id} is gone`
  if (final.has(was.state) && !isDeepStrictEqual(was, is)) return `refund ${was.id} was ${was.state} and has changed`
  if (was.state === "settled" && is.state !== "settled" && is.state !== "reversed") {
    return `refund ${was.id} was settled and is ${is.state}`
  }
  if (
    !isDeepStrictEqual(
      is.attempts.slice(0, was.attempts.length).map((each) => each.id),
      was.attempts.map((each) => each.id)
    )
  ) {
    return `refund ${was.id}: an attempt is gone`
  }
  return isDeepStrictEqual(asMade(was), asMade(is)) ? null : `refund ${was.id} is another than was requested`
}

const asMade = ({
  amount,
  captureId,
  currency,
  customerId,
  deducts,
  destination,
  door,
  effectiveAt,
  groupId,
  id,
  number,
  orderId,
  origin,
  possibleDuplicateOf,
  provider,
  reference,
  requestedAt,
  requestedBy,
  requiresApproval,
  shares,
  skipEvents,
  texts,
  type
}: Refund) => ({
  amount,
  captureId,
  currency,
  customerId,
  deducts,
  destination,
  door,
  effectiveAt,
  groupId,
  id,
  number,
  orderId,
  origin,
  possibleDuplicateOf,
  provider,
  reference,
  requestedAt,
  requestedBy,
  requiresApproval,
  shares,
  skipEvents,
  texts,
  type
})

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
  "the journal gives the state": journalGivesState
} satisfies Record<string, Law>

export type LawName = keyof typeof laws

export interface Broken {
  readonly law: LawName
  readonly what: string
}

/** What holds whoever else was asking meanwhile. */
const ofStates: Readonly<Partial<Record<LawName, Law>>> = {
  "every command is answered": isAnswered,
  "nothing goes over a cap": ({ after }) => first(views(after), isOver),
  "figures are the sums of the refunds": figuresAreSums,
  "store credit is what was posted": creditIsPosted,
  "no payout is below zero, and deductions are what was netted": deductionsAreNetted
}

const judge = (step: Step, kept: Readonly<Partial<Record<LawName, Law>>>): ReadonlyArray<Broken> =>
  Object.entries(kept).flatMap(([law, holds]) => {
    const what = holds(step)
    return what === null ? [] : [{ law: law as LawName, what }]
  })

const { "the journal gives the state": atTheEnd, ...atEachStep } = laws

export const brokenBy = (step: Step): ReadonlyArray<Broken> => judge(step, atEachStep)

/** Re-reads every entry ever written: for the end of a history, not for each of its steps. */
export const brokenAtTheEnd = (step: Step): ReadonlyArray<Broken> =>
  judge(step, { "the journal gives the state": atTheEnd })

/** For commands that ran side by side, where no step has a before and an after of its own. */
export const brokenAmong = (step: Step): ReadonlyArray<Broken> => judge(step, ofStates)

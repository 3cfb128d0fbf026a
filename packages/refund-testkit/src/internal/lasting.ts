/** What stays as it was once it is decided. */
import { isDeepStrictEqual } from "node:util"
import type { Refund } from "refund-core/Refund"
import { isToCredit } from "./credits.ts"
import { first, type Law, views } from "./steps.ts"

/** Entries are only added, one to a chain for a command; what a refund was made as stays; what is final is final. */
export const staysDecided: Law = ({ after, before }) => {
  let added = 0
  for (const [chain, entries] of before.journals) {
    const now = after.journals.get(chain) ?? []
    if (!isDeepStrictEqual(now.slice(0, entries.length), entries)) return `${chain}: an entry was changed or dropped`
    added += now.length - entries.length
    if (now.length > entries.length + 1) return `${chain}: ${now.length - entries.length} entries for one command`
  }
  if (added > 2) return `${added} entries for one command`
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
  const mayBecome = isToCredit(was) ? ["settled", "reversed", "in_review"] : ["settled", "reversed"]
  if (was.state === "settled" && !mayBecome.includes(is.state)) {
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
  const made = was.state === "failed" ? [withoutTax(was), withoutTax(is)] : [was, is]
  const [before, now] = made.map(asMade)
  return isDeepStrictEqual(before, now) ? null : `refund ${was.id} is another than was requested`
}

/** A failed one holds no tax: retried, it has what is left of it. */
const withoutTax = (refund: Refund): Refund => ({
  ...refund,
  shares: refund.shares.map((share) => ({ ...share, tax: 0n }))
})

/** What was decided when it was requested. */
const asMade = (refund: Refund): Partial<Refund> => {
  const made: Partial<Refund> = { ...refund }
  for (const field of changing) delete made[field]
  return made
}

const changing = [
  ...(["state", "updatedAt", "detail", "attempts", "providerReference", "settledAt", "settledBy"] as const),
  ...(["approvedAt", "approvedBy", "deductions", "netted", "realised", "failureProposedBy"] as const)
] as const

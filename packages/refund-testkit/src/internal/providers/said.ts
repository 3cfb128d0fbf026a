/** What an adapter says of an attempt, and what it may say: an outcome in its form, which claims nothing that is not so. */
import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { isCurrency } from "refund-core/Currency"
import type { ProviderNews, RefundNews } from "refund-core/ports/ProviderNews"
import type { Attempt, Outcome } from "refund-core/ports/RefundProvider"

/** What a call came to: an outcome, nothing found, or no answer within the patience. */
export type Said = Outcome | null | { readonly _tag: "silence" }

export const tagOf = (said: Said): string => said?._tag ?? "null"

/** The attempt as the ledger would hold it after that answer. */
export const named = (attempt: Attempt, said: Said): Attempt =>
  said !== null && "reference" in said && said.reference !== null ? { ...attempt, reference: said.reference } : attempt

/** The last news of an attempt, by our id or by the reference that it was answered with. */
export const told = (news: ReadonlyArray<ProviderNews>, attempt: Attempt, said: Said): RefundNews | undefined => {
  const { reference } = named(attempt, said)
  return news
    .map(({ about }) => about)
    .filter((about) => about._tag === "refund")
    .findLast(
      (about) => about.attempt?.attemptId === attempt.id || (reference !== null && about.reference === reference)
    )
}

const isName = (text: unknown): boolean => typeof text === "string" && text.length > 0
const isNameOrNull = (text: unknown): boolean => text === null || isName(text)
const isInstant = (at: unknown): boolean => at === null || Number.isSafeInteger(at)

const forms: { readonly [Tag in Outcome["_tag"]]: (outcome: Extract<Outcome, { readonly _tag: Tag }>) => boolean } = {
  settled: ({ amount, at, currency, reference }) =>
    isName(reference) && typeof amount === "bigint" && amount >= 0n && isCurrency(currency) && isInstant(at),
  pending: ({ reference }) => isNameOrNull(reference),
  requiresAction: ({ reference }) => isNameOrNull(reference),
  declined: ({ code, reference }) => isName(code) && isNameOrNull(reference),
  reversed: ({ at, detail, reference }) => isNameOrNull(reference) && isName(detail) && isInstant(at),
  notSent: ({ detail, retryAfter }) =>
    isName(detail) && (retryAfter === undefined || (Number.isSafeInteger(retryAfter) && retryAfter >= 0)),
  notFound: ({ detail }) => isName(detail),
  unknown: ({ detail }) => isName(detail)
}

export const wellFormed = (outcome: Outcome): void => {
  const form = Object.hasOwn(forms, outcome._tag) ? (forms[outcome._tag] as (outcome: Outcome) => boolean) : undefined
  ok(form?.(outcome) === true, `no outcome: ${show(outcome)}`)
}

export const show = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? String(value)

/** What was said of one attempt claims nothing that did not happen. `payouts`: what really left for it. */
export const claimsOnlyTruth = (said: Said, attempt: Attempt, payouts: ReadonlyArray<bigint>): void => {
  ok(payouts.length <= 1, `paid ${payouts.length} times: ${show(payouts)}`)
  switch (said?._tag) {
    case "settled":
      if (agrees(said, attempt)) deepStrictEqual(payouts, [attempt.amount], `said ${show(said)}`)
      return
    case undefined:
    case "declined":
    case "notSent":
      return deepStrictEqual(payouts, [], `said ${show(said)}`)
    default:
  }
}

export const agrees = (said: Said, attempt: Attempt): boolean =>
  said?._tag === "settled" && said.amount === attempt.amount && said.currency === attempt.currency

export const assertTag = (said: Said, ...tags: ReadonlyArray<string>): void =>
  ok(tags.includes(tagOf(said)), `expected ${tags.join(" or ")}, said ${show(said)}`)

/** Settled, with the amount and currency that were sent. */
export const assertSettled = (said: Said, attempt: Attempt): void => {
  assertTag(said, "settled")
  if (said?._tag !== "settled") return
  strictEqual(said.amount, attempt.amount)
  strictEqual(said.currency, attempt.currency)
}

/** What an answer means where no vendor says more: HTTP's own words, and how a question differs from an order to pay. */
import type { Outcome } from "refund-core/ports/RefundProvider"
import { hasCardNumber } from "../freeText.ts"
import type { Answer, Reply } from "./calling.ts"

/** A wrong or powerless credential is for a person to put right; until then it is asked rarely. */
export const askAgainAboutCredential = 5 * 60_000

/**
 * Of a request to pay. `said`: the vendor's own definite words; null where it has none for this answer. Then a 429, and
 * a credential that is not taken, moved nothing; all else is unknown.
 */
export const outcomeOf = (vendor: string, reply: Reply, said: (answer: Answer) => Outcome | null): Outcome => {
  switch (reply._tag) {
    case "notSent":
      return { _tag: "notSent", detail: reply.detail }
    case "lost":
      return unknown(reply.detail)
    case "answer":
      return said(reply) ?? plain(vendor, reply)
  }
}

const plain = (vendor: string, { body, retryAfter, status }: Answer): Outcome => {
  const detail = `${vendor} answered ${status}${body === undefined ? ", which cannot be read" : ""}`
  if (status === 429) return { _tag: "notSent", detail, ...(retryAfter === null ? {} : { retryAfter }) }
  if (status === 401 || status === 403) return { _tag: "notSent", detail, retryAfter: askAgainAboutCredential }
  return unknown(detail)
}

/** A question that was refused or lost, or answered without the refund's name, says nothing about what was asked. */
export const asked = (outcome: Outcome): Outcome => {
  if (outcome._tag === "notSent") return unknown(outcome.detail)
  return outcome._tag === "declined" && outcome.reference === null ? unknown(`asked, it said ${outcome.code}`) : outcome
}

export const unknown = (detail: string): Outcome => ({ _tag: "unknown", detail })

export const declined = (code: string, reference: string | null = null): Outcome => ({
  _tag: "declined",
  code,
  reference
})

const maxCodeLength = 255

/** The vendor's class of a no and its sentence, bounded; nothing of a sentence with a card number in it. */
export const codeOf = (name: string, sentence: string | null): string => {
  const isPrintable = sentence !== null && sentence !== "" && !hasCardNumber(sentence)
  return (isPrintable ? `${name}: ${sentence}` : name).slice(0, maxCodeLength)
}

export const anotherRefund = (vendor: string, reference: string): Outcome =>
  unknown(`${vendor} answered about another refund, ${reference}`)

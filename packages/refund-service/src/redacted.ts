/** What a log line may not say: card numbers and secrets, wherever a provider's or a library's own words brought them in. */
import { hasCardNumber } from "refund-core/cardNumber"

/** Digits as people and machines write a card's: in blocks, or in one. A UUID is looked at as a whole: it is none. */
const digits = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[0-9](?:[ \t\p{Pd}]{0,3}[0-9]){11,}/gu
/** Whoever logs in by a header, and keys that say by their first letters what they are. */
const credentials = /\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/giu
const keys = /\b(?:sk|pk|rk|whsec)_[\w+/=-]{6,}/gu

export const redacted = (text: string, secrets: ReadonlyArray<string> = []): string =>
  secrets
    .reduce((said, secret) => said.replaceAll(secret, "[secret]"), text)
    .replace(credentials, "$1 [secret]")
    .replace(keys, "[secret]")
    .replace(digits, (run) => (hasCardNumber(run) ? "[card number]" : run))

const longest = 300

/** Another's words for what went wrong, short and without what must not be told. The rest of it is left out: it may be a body. */
export const reasonOf = (failure: unknown): string => {
  const said = failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure)
  return redacted(said.length > longest ? `${said.slice(0, longest)}…` : said)
}

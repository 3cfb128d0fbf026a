/** What every provider over a dialect's API is made with, and what is known of an attempt before it is sent. */
import { Result } from "effect"
import type { CurrencyCode } from "refund-core/Currency"
import { formatDecimal } from "refund-core/Money"
import type { Attempt, Capabilities, RefundProvider } from "refund-core/ports/RefundProvider"
import { readDecimal } from "../decimals.ts"
import type { NumberText } from "../NumberText.ts"

export interface OutboundOptions {
  /** Where the vendor's paths begin: its own address, or the prefix of a ledger's door. */
  readonly baseUrl: string
  /**
   * What the captures are in that are paid back here. None of the five is told a currency: it is the order's or the
   * payment's own. So an attempt in any other is declined and never sent.
   */
  readonly currencies: readonly [CurrencyCode, ...ReadonlyArray<CurrencyCode>]
  /** How long a submit or a lookup may take: 9,000. Keep it below the worker's 10 s. */
  readonly timeoutMilliseconds?: number
}

export interface Keyed {
  /**
   * The system honours `Idempotency-Key`, as a ledger like this one does behind each of its doors; the vendor itself does
   * not. Then an attempt in doubt is sent again under its own key; else it never is.
   */
  readonly honoursIdempotencyKey?: boolean
}

export interface Outbound {
  readonly provider: RefundProvider["Service"]
  readonly capabilities: Capabilities
}

const day = 86_400_000

/** A ledger like this one keeps its keys for good; a month is as long as a refund stays pending. */
export const honoured = 30 * day

/** Sent along in any case: where it is not honoured, it does no harm. */
export const keyHeader = ({ id }: Attempt): Readonly<Record<string, string>> => ({ "idempotency-key": id })

/**
 * How a refund is found again by who reads it at the vendor's: `<refundId>.<attemptId>`. Their dashes are underscores,
 * so that no run of digits in it can be taken for a card number and be refused.
 */
export const markOf = ({ id, refundId }: Attempt): string => `${refundId}.${id}`.replaceAll("-", "_")

/** Ids that can stand in a path as they are: nothing in them is a path, a query or a header. */
export const isPlainId = (id: string): boolean => /^[A-Za-z0-9_-]{1,255}$/.test(id)

/** Why it cannot be said is a definite no: nothing is ever sent for it. */
export const instruct = <A>(
  { currencies }: OutboundOptions,
  attempt: Attempt,
  read: (reference: string) => A | null,
  noReference: string
): Result.Result<A, string> => {
  const { captureReference, currency } = attempt
  if (!currencies.includes(currency)) return Result.fail("currency_mismatch")
  if (captureReference === null) return Result.fail("capture_reference_missing")
  const named = read(captureReference)
  return named === null ? Result.fail(noReference) : Result.succeed(named)
}

const maxDigits = 15

/** Major units with the currency's digits; null where a double at the other end might not keep them all. */
export const decimalOf = ({ amount, currency }: Attempt): string | null =>
  String(amount).length > maxDigits ? null : formatDecimal(amount, currency)

/** Minor units; null where it is no amount of the currency. */
export const minorOf = (decimal: NumberText | string, currency: CurrencyCode): bigint | null => {
  const minor = Result.getOrElse(readDecimal("amount", decimal, currency), () => -1n)
  return minor < 0n ? null : minor
}

/** A moment that says its zone; null where it does not: nobody's local time is guessed. */
export const momentOf = (text: string | null | undefined): number | null => {
  if (text == null || !/T.*(?:Z|[+-]\d\d:\d\d)$/.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}

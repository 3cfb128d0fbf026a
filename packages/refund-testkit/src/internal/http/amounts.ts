/** Whether amounts come back as they went: whole minor units, of a currency with as many digits as it has. */
import { first } from "../steps.ts"
import { digitsOf } from "./histories.ts"
import type { HttpLaw } from "./laws.ts"
import type { Step } from "./steps.ts"
import { isAccepted, problemIn, refundsIn } from "./wire.ts"

interface Pair {
  readonly what: string
  readonly currency: string
  /** Null: only that it is whole. */
  readonly went: number | null
  readonly came: number
}

/** Every amount that was answered, beside the one that was sent where there is one. */
const pairs = ({ after, asked, before, told }: Step): ReadonlyArray<Pair> => [
  ...[...after].flatMap(([id, order]) => {
    const { currency } = order
    const whole = (what: string, came: number): Pair => ({ what, currency, went: null, came })
    const figures = [order, ...order.captures].flatMap(({ collected, held, id: of, refundable, refunded }) =>
      [collected, held, refunded, refundable].map((came) => whole(`a figure of ${of}`, came))
    )
    // That it stays so is another law's.
    const registered = before.has(id) ? [] : (told.taken.get(id)?.captures ?? [])
    const captures = registered.flatMap(({ amount: went, id: captureId }): ReadonlyArray<Pair> => {
      const shown = order.captures.find((capture) => capture.id === captureId)
      return shown === undefined ? [] : [{ what: `capture ${captureId}`, currency, went, came: shown.collected }]
    })
    return [...captures, ...order.refunds.map(({ amount, id }) => whole(`refund ${id}`, amount)), ...figures]
  }),
  ...asked.flatMap(({ answer, what }): ReadonlyArray<Pair> => {
    const refunds = isAccepted(answer) ? refundsIn(answer) : null
    const [one] = refunds ?? []
    if (what._tag !== "request" || what.amount === "all" || refunds === null || one === undefined) return []
    const came = refunds.reduce((sum, { amount }) => sum + amount, 0)
    // What a repeat is answered is another law's.
    if (told.intents.has(what.name)) return []
    return [{ what: `refund ${one.groupId}`, currency: one.currency, went: what.amount, came }]
  })
]

/** Ten, a hundred, a thousand times too much or too little, rounded or not: the digits of another currency. */
const isShifted = ({ came, currency, went }: Pair): boolean => {
  if (went === null || went === 0 || came === went || digitsOf[currency] === 2) return false
  return [-4, -3, -2, -1, 1, 2, 3, 4].some((digits) => {
    const shifted = went * 10 ** digits
    return Math.abs(came - shifted) <= shifted * 1e-9 || came === Math.round(shifted)
  })
}

export const hasItsDigits: HttpLaw = (step) => {
  const shifted = pairs(step).find(isShifted)
  if (shifted !== undefined) {
    return `${shifted.what}: ${shifted.went} of the minor unit of ${shifted.currency} came back as ${shifted.came}`
  }
  return first(step.asked, ({ answer }) => wrongDigits(problemIn(answer)?.detail ?? ""))
}

/** `50.00 USD` in what a person reads. */
const wrongDigits = (detail: string): string | null =>
  first(detail.matchAll(/\d(?:\.(\d+))? ([A-Z]{3})\b/g), ([amount, decimals = "", currency = ""]) => {
    const digits = digitsOf[currency]
    return digits === undefined || digits === decimals.length ? null : `${amount} in “${detail}”: ${digits} decimals`
  })

export const isExact: HttpLaw = (step) => {
  const all = pairs(step)
  if (all.some(isShifted)) return null
  return first(all, ({ came, what, went }) => {
    if (!Number.isSafeInteger(came)) return `${what} is ${came}: no whole number of minor units`
    return went === null || came === went ? null : `${what}: ${went} came back as ${came}`
  })
}

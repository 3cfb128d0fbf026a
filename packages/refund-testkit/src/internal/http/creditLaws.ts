/** What holds of a customer's store credit, as far as a server shows it (T09). */
import { first } from "../steps.ts"
import type { HttpLaw } from "./laws.ts"
import { isRefunded, type Step, sumOf, type Taken } from "./steps.ts"
import { type Answer, codesOf, isAccepted, spentIn, type WireAccount, type WireRefund } from "./wire.ts"

const accounts = ({ credit }: Step, look: (account: WireAccount) => string | null): string | null =>
  credit === null ? null : first(credit.after.values(), look)

const spends = ({ asked }: Step) =>
  asked.flatMap(({ answer, what }) => (what._tag === "spend" ? [{ answer, what }] : []))

export const isNeverNegative: HttpLaw = (step) =>
  accounts(step, ({ balance, currency, lots, spendable }) => {
    const lot = lots.find(({ amount }) => amount <= 0)
    if (balance < 0 || spendable < 0) return `${balance} ${currency} are owed, ${spendable} can be spent`
    if (lot !== undefined) return `a lot of ${lot.amount} ${currency} is kept`
    return spendable > balance ? `${spendable} ${currency} can be spent of ${balance}` : null
  })

export const hasItsLots: HttpLaw = (step) =>
  accounts(step, ({ balance, currency, lots }) =>
    sumOf(lots) === balance ? null : `${balance} ${currency} are owed, the lots have ${sumOf(lots)}`
  )

/** By the refunds that the orders show, and by what was answered to whoever spent. */
export const isGivenLessSpent: HttpLaw = (step) => {
  if (step.credit === null) return null
  const currencies = new Set([...step.told.taken.values()].map(({ currency }) => currency))
  return first(currencies, (currency) => {
    const given = [...step.after].flatMap(([id, { refunds }]) => {
      const taken = step.told.taken.get(id)
      return taken?.currency === currency
        ? refunds.filter((refund) => isRefunded(refund) && isToCredit(taken, refund))
        : []
    })
    const spent = [...step.told.spends.values()].filter((each) => each.currency === currency)
    const owed = step.credit?.after.get(currency)?.balance ?? 0
    const left = sumOf(given) - sumOf(spent)
    return owed === left
      ? null
      : `${owed} ${currency} are owed: ${sumOf(given)} were given, and ${sumOf(spent)} of it spent`
  })
}

/** What was paid with credit goes back to it. */
const isToCredit = ({ captures }: Taken, { captureId, destination }: WireRefund): boolean =>
  destination === "store_credit" || captures.some(({ id, pays }) => id === captureId && pays === "credit")

/** One name is one payment: the same again changes nothing, another amount under it is refused. */
export const isSpentOnce: HttpLaw = (step) =>
  first(spends(step), ({ answer, what }) => {
    const known = step.told.spends.get(what.id)
    if (!isAccepted(answer)) return null
    if (known?.amount !== what.amount)
      return `${what.amount} is spent under ${what.id}, which had spent ${known?.amount}`
    const times = step.asked.filter((each) => each.what === what).length
    const isNew = !wasSpent(step, what.id)
    const changes = times === 1 && spentIn(answer)?.changed !== isNew
    return changes ? `${what.id} is said to be ${isNew ? "spent before" : "spent now, and was before"}` : null
  })

/** Its capture was there before this step. */
const wasSpent = ({ before }: Step, id: string): boolean =>
  [...before.values()].some(({ captures }) => captures.some((capture) => capture.id === id))

/** To the last minor unit, where nobody else spends at the same time. */
export const canBeSpent: HttpLaw = (step) => {
  const [only, ...others] = spends(step)
  if (only === undefined || others.length > 0 || isAccepted(only.answer) || wasSpent(step, only.what.id)) return null
  const { amount, currency } = only.what
  const spendable = step.credit?.before.get(currency)?.spendable ?? 0
  if (amount < 1 || amount > spendable) return null
  return `${spendable} ${currency} can be spent, and ${amount} is ${codeOf(only.answer)}`
}

const codeOf = (answer: Answer): string => codesOf(answer)[0] ?? String(answer.status)

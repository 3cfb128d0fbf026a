/** What holds of every refund ledger, as far as it shows in its answers. A law says what is wrong with a step, or null. */
import { isDeepStrictEqual } from "node:util"
import { first } from "../steps.ts"
import { claimed, isHolding, isRefunded, leftOf, ofCapture, type RequestAsked, type Step, sumOf } from "./steps.ts"
import {
  type Answer,
  codesOf,
  isAccepted,
  problemIn,
  refundsIn,
  spentIn,
  type WireOrder,
  type WireRefund
} from "./wire.ts"

export type HttpLaw = (step: Step) => string | null

/** Each order that was registered, with what we registered. */
const orders = <A>(step: Step, look: (order: WireOrder, id: string) => A | null): A | null => {
  for (const [id, order] of step.after) {
    const found = look(order, id)
    if (found !== null) return found
  }
  return null
}

const requests = (step: Step): ReadonlyArray<{ readonly what: RequestAsked; readonly answer: Answer }> =>
  step.asked.flatMap(({ answer, what }) => (what._tag === "request" ? [{ answer, what }] : []))

export const isAnswered: HttpLaw = ({ asked }) =>
  first(asked, ({ answer, what }) => {
    const { method, path } = answer.call
    const says = `${method} ${path} is answered ${answer.status} ${answer.text.slice(0, 200)}`
    if (isAccepted(answer)) return (what._tag === "spend" ? spentIn(answer) : refundsIn(answer)) === null ? says : null
    const isRefusal = answer.status >= 400 && answer.status < 500 && answer.status !== 401 && problemIn(answer) !== null
    return isRefusal ? null : says
  })

/** A provider's late no or a person's approval changes none of this: it was said when the refund was made. */
export const isThere: HttpLaw = (step) => {
  const made = requests(step).flatMap(({ answer, what }) =>
    isAccepted(answer) ? (refundsIn(answer) ?? []).map((refund) => ({ ...refund, orderId: what.orderId })) : []
  )
  return first([...step.told.refunds.values(), ...made], (told) => {
    const order = step.after.get(told.orderId)
    const shown = order?.refunds.find(({ id }) => id === told.id)
    if (shown === undefined) return `refund ${told.id} of ${told.amount} was answered, and its order does not have it`
    const isSame = shown.amount === told.amount && shown.captureId === told.captureId && shown.groupId === told.groupId
    return isSame ? null : `refund ${told.id} was answered otherwise than its order shows it`
  })
}

export const keepsCollected: HttpLaw = (step) =>
  orders(step, (order, id) => {
    const taken = step.told.taken.get(id)
    if (taken === undefined) return null
    if (order.collected !== sumOf(taken.captures)) {
      return `order ${id}: ${order.collected} collected, taken were ${sumOf(taken.captures)}`
    }
    return first(taken.captures, ({ amount, id: captureId }) => {
      const shown = order.captures.find((capture) => capture.id === captureId)
      return shown?.collected === amount ? null : `${captureId}: ${shown?.collected} of ${amount}`
    })
  })

/** What a provider did unasked may go over: then it is over by that, and by nothing that was asked for. */
export const staysUnderCaps: HttpLaw = (step) =>
  orders(step, (order, id) => {
    const taken = step.told.taken.get(id)
    if (taken === undefined) return null
    const was = step.before.get(id)
    const told = (step.tells ?? []).filter(({ orderId }) => orderId === id)
    const over = (what: string, cap: number, captureId?: string): string | null => {
      const used = claimed(order, captureId)
      const outside = told.filter((each) => captureId === undefined || each.captureId === captureId)
      const before = was === undefined ? 0 : claimed(was, captureId) - cap
      const isOver = used - cap > Math.max(0, before) + sumOf(outside)
      return isOver ? `${what}: ${used} claimed of ${cap} collected` : null
    }
    return (
      over(`order ${id}`, sumOf(taken.captures)) ??
      first(taken.captures, ({ amount, id: captureId }) => over(`capture ${captureId}`, amount, captureId))
    )
  })

export const replaysTheSame: HttpLaw = (step) => {
  const groups = new Map<string, string>()
  return first(requests(step), ({ answer, what }) => {
    const known = step.told.intents.get(what.name)
    const group = refundsIn(answer)?.[0]?.groupId
    if (known === undefined) {
      if (!isAccepted(answer) || group === undefined) return null
      const other = groups.get(what.name)
      groups.set(what.name, group)
      return other === undefined || other === group ? null : `two refunds were made for one ${what.name}`
    }
    if (known.content !== what.content) {
      if (isAccepted(answer)) return `other content under a known ${what.name} is accepted`
      const codes = codesOf(answer)
      return codes.includes("IdempotencyKeyReused") ? null : `other content under a known ${what.name} is ${codes[0]}`
    }
    if (!isAccepted(answer)) return `the same content under a known ${what.name} is ${codesOf(answer)[0]}`
    if (group !== known.groupId) return `the same ${what.name} made another refund`
    if (!answer.replayed) return `the same ${what.name} is not said to be replayed`
    return isDeepStrictEqual(idsOf(step.before), idsOf(step.after)) ? null : "a replay made a refund"
  })
}

const idsOf = (all: Step["after"]) => [...all.values()].map((order) => order.refunds.map(({ id }) => id).sort())

export const rejectsWithoutTrace: HttpLaw = ({ after, asked, before, credit }) => {
  const [only] = asked
  if (only === undefined || asked.some(({ answer }) => isAccepted(answer))) return null
  const code = codesOf(only.answer)[0]
  for (const { balance, currency } of credit?.after.values() ?? []) {
    const owed = credit?.before.get(currency)?.balance ?? 0
    if (balance !== owed) return `${code}, yet ${owed} ${currency} of credit are ${balance}`
  }
  return first(before, ([id, was]) => {
    const is = after.get(id)
    if (is === undefined || is.refunds.length !== was.refunds.length || is.collected !== was.collected) {
      return `${code}, yet order ${id} changed`
    }
    return first(was.refunds, (refund) => {
      const now = is.refunds.find((each) => each.id === refund.id)
      const isAlike = now?.amount === refund.amount && (now.state === refund.state || mayComeByItself(refund, now))
      return isAlike ? null : `${code}, yet refund ${refund.id} was ${refund.state} and is ${now?.state}`
    })
  })
}

const withProvider = new Set(["approved", "submitting", "unknown", "pending", "requires_action", "in_review", "failed"])
const byProvider = new Set(["submitting", "unknown", "pending", "requires_action", "in_review", "settled", "failed"])

/** Nobody has to ask for what a provider says. */
const mayComeByItself = (was: WireRefund, is: WireRefund): boolean =>
  (withProvider.has(was.state) && byProvider.has(is.state)) || (was.state === "settled" && is.state === "reversed")

const ended = new Set(["denied", "canceled", "failed"])

export const releasesHolds: HttpLaw = (step) =>
  orders(step, (order, id) => {
    const over = order.held - sumOf(order.refunds.filter(isHolding))
    const released = order.refunds.filter(({ state }) => ended.has(state))
    if (over <= 0 || over > sumOf(released)) return null
    return `order ${id}: ${over} more is held than its open refunds claim, and ${sumOf(released)} ended without paying`
  })

export const figuresAreSums: HttpLaw = (step) =>
  orders(step, (order, id) => {
    const figuresOf = (refunds: ReadonlyArray<WireRefund>, collected: number, most: number) => {
      const held = sumOf(refunds.filter(isHolding))
      const refunded = sumOf(refunds.filter(isRefunded))
      return { held, refunded, refundable: Math.min(most, Math.max(0, collected - held - refunded)) }
    }
    const ofOrder = figuresOf(order.refunds, order.collected, Number.POSITIVE_INFINITY)
    const wrong = figuresDiffer(`order ${id}`, order, ofOrder)
    if (wrong !== null) return wrong
    return first(order.captures, (capture) => {
      const figures = figuresOf(ofCapture(order, capture.id), capture.collected, ofOrder.refundable)
      return figuresDiffer(`capture ${capture.id}`, capture, figures)
    })
  })

type Sums = Pick<WireOrder, "held" | "refunded" | "refundable">

const figuresDiffer = (of: string, shown: Sums, sums: Sums): string | null =>
  first(["held", "refunded", "refundable"] as const, (name) =>
    shown[name] === sums[name] ? null : `${of}: ${name} is ${shown[name]}, its refunds give ${sums[name]}`
  )

/** Our own arithmetic says that it fits; what a provider releases meanwhile only leaves more. */
export const givesWhatIsLeft: HttpLaw = ({ asked, before, told }) => {
  const [only] = asked
  if (asked.length !== 1 || only?.what._tag !== "request") return null
  const { amount, captureId, name, orderId } = only.what
  const taken = told.taken.get(orderId)
  const order = before.get(orderId)
  if (taken === undefined || order === undefined || told.intents.has(name)) return null
  const left = leftOf(taken, order, captureId)
  if (amount === "all") {
    const made = sumOf(refundsIn(only.answer) ?? [])
    return isAccepted(only.answer) && made < left ? `all that is left is ${left}, and ${made} is refunded` : null
  }
  if (amount < 1 || amount > left || isAccepted(only.answer)) return null
  return `${left} is left, and a request of ${amount} is ${codesOf(only.answer)[0]}`
}

/** A release between the two makes room: then a request may be accepted that was foretold not to be. */
export const previewsTruly: HttpLaw = (step) =>
  first(requests(step), ({ answer, what }) =>
    what.foretold === true && !isAccepted(answer) && !step.told.intents.has(what.name)
      ? `a preview told that it would be accepted, and it is ${codesOf(answer)[0]}`
      : null
  )

const final = new Set(["denied", "canceled", "reversed"])

export const staysDecided: HttpLaw = ({ after, before }) =>
  first(before, ([orderId, was]) =>
    first(was.refunds, (refund) => {
      const now = after.get(orderId)?.refunds.find(({ id }) => id === refund.id)
      if (now === undefined) return `refund ${refund.id} is gone`
      const isKept = !final.has(refund.state) || now.state === refund.state
      const isPaid = refund.state !== "settled" || now.state === "settled" || now.state === "reversed"
      return isKept && isPaid ? null : `refund ${refund.id} was ${refund.state} and is ${now.state}`
    })
  )

export const takesTwo: HttpLaw = ({ asked }) =>
  first(asked, ({ answer, what }) => {
    if (what._tag !== "decision" || (what.verb !== "approve" && what.verb !== "settle")) return null
    const { name } = answer.call.who
    if (name !== what.target.requestedBy || !isAccepted(answer)) return null
    return `${name} requested refund ${what.target.id}, and ${name} may ${what.verb} it`
  })

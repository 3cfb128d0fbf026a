/** What is left to refund, of the order, of each capture and of each component; and why it is no more. */
import type { CurrencyCode } from "./Currency.ts"
import type { Instant } from "./Ids.ts"
import { formatAmount } from "./Money.ts"
import {
  captureExcess,
  captureRefundable,
  componentRefundable,
  hasOpenDispute,
  type OrderHead,
  orderExcess,
  orderRefundable,
  refundedInAll,
  shownRefundable
} from "./Order.ts"
import type { Capabilities } from "./ports/RefundProvider.ts"
import { isCalled } from "./Refund.ts"

/** `why` is for a person: the figures it comes from, then what else stands in the way. */
export interface Left {
  readonly id: string
  /** Minor units that could be asked for now. */
  readonly refundable: bigint
  readonly why: string
}

export interface AllLeft {
  readonly order: Left
  readonly captures: ReadonlyArray<Left>
  readonly components: ReadonlyArray<Left>
}

export const leftOf = (order: OrderHead, now: Instant, of: (provider: string) => Capabilities): AllLeft => ({
  order: orderLeft(order),
  captures: order.captures.map((capture) => captureLeft(order, capture, now, of)),
  components: order.components.map((component) => {
    const { charged, held, id, refunded } = component
    const why = sentence(
      order.currency,
      ["charged", charged],
      [
        ["held", held],
        ["refunded", refunded]
      ]
    )
    return { id, refundable: componentRefundable(component), why }
  })
})

const orderLeft = (order: OrderHead): Left => {
  const { collected, currency, disputed, held, id } = order
  const taken = [
    ["held", held],
    ["refunded", refundedInAll(order)],
    ["disputed", disputed]
  ] as const
  const excess = orderExcess(order)
  const over = excess > 0n ? [`${formatAmount(excess, currency)} more than was collected`] : []
  return { id, refundable: orderRefundable(order), why: sentence(currency, ["collected", collected], taken, over) }
}

const day = 86_400_000

const captureLeft = (
  order: OrderHead,
  capture: OrderHead["captures"][number],
  now: Instant,
  of: (provider: string) => Capabilities
): Left => {
  const { capturedAt, collected, disputed, held, id, provider, refunded } = capture
  const { currency } = order
  const own = captureRefundable(capture)
  const shown = shownRefundable(order, capture)
  const { partial, windowDays } = isCalled(provider) ? of(provider) : { partial: true, windowDays: null }
  const isDisputed = hasOpenDispute(order, id)
  const isOld = windowDays !== null && capturedAt !== null && now > capturedAt + windowDays * day
  const isPart = !partial && shown < collected
  const excess = captureExcess(capture)
  const stops = [
    capturedAt === null ? "only authorized, nothing was collected" : "",
    excess > 0n ? `${formatAmount(excess, currency)} more than was collected` : "",
    isDisputed ? "a dispute is open" : "",
    isOld ? `older than the ${windowDays} days ${provider} gives back for` : "",
    isPart ? `${provider} gives it back only whole` : "",
    shown < own ? `the order has only ${formatAmount(shown, currency)} left` : ""
  ].filter((stop) => stop !== "")
  const taken = [
    ["held", held],
    ["refunded", refunded],
    ["disputed", disputed]
  ] as const
  const refundable = isDisputed || isOld || isPart ? 0n : shown
  return { id, refundable, why: sentence(currency, ["collected", collected], taken, stops) }
}

type Figure = readonly [what: string, amount: bigint]

const sentence = (
  currency: CurrencyCode,
  [what, whole]: Figure,
  taken: ReadonlyArray<Figure>,
  stops: ReadonlyArray<string> = []
): string => {
  const told = (amount: bigint) => formatAmount(amount, currency)
  const less = taken.filter(([, amount]) => amount > 0n).map(([why, amount]) => ` − ${told(amount)} ${why}`)
  return [`${told(whole)} ${what}${less.join("")}`, ...stops].join("; ")
}

/**
 * Random histories that collide with themselves: two orders, few captures, keys and chosen ids, small amounts, people
 * who may not, providers that say no or nothing. A history is data: it shrinks, and it runs the same way again.
 */
import * as Arbitrary from "effect/Arbitrary"
import type { Registration } from "refund-core/Order"
import { type Door, doors, type Policy } from "refund-core/Policy"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import type { Destination, RefundType } from "refund-core/Refund"
import { oneOf, orderWith, upTo } from "./generators.ts"

/** What the next command is made from: it points at "the third refund so far", so that it nearly always hits one. */
export interface Move {
  readonly kind: Kind
  readonly order: number
  readonly target: number
  readonly amount: Amount
  readonly type: RefundType
  readonly destination: Destination
  readonly capture: number
  readonly part: number
  readonly who: number
  readonly door: Door
  readonly key: number
  readonly flag: Flag
  readonly outcome: number
  readonly wait: number
}

export interface History {
  readonly registrations: ReadonlyArray<Registration>
  readonly policy: Partial<Policy>
  /** Which of some sets of things the providers can do. */
  readonly capable: number
  readonly moves: ReadonlyArray<Move>
  /** After which moves, as parts of 10,000 of them, everything is recomputed from its journal; and at the end. */
  readonly recomputed: ReadonlyArray<number>
}

export type Kind =
  | "request"
  | "begin"
  | "tell"
  | "approve"
  | "undo"
  | "settle"
  | "cancel"
  | "deny"
  | "again"
  | "retry"
  | "resolve"
  | "reverse"
  | "dispute"
  | "register"
  | "captures"
  | "policy"
  | "close"
  | "spend"
  | "expire"
  | "external"

/** How often each is drawn, of all of them. */
const kinds: Readonly<Record<Kind, number>> = {
  request: 12,
  begin: 6,
  tell: 12,
  approve: 3,
  undo: 2,
  settle: 2,
  cancel: 1,
  deny: 1,
  again: 2,
  retry: 3,
  resolve: 4,
  reverse: 3,
  dispute: 1,
  register: 1,
  captures: 1,
  policy: 1,
  close: 1,
  spend: 2,
  expire: 1,
  external: 2
}

const kindOf: Arbitrary.Arbitrary<Kind> = Arbitrary.map(
  upTo(Object.values(kinds).reduce((sum, weight) => sum + weight, 0) - 1),
  (drawn) => {
    let left = drawn
    for (const [kind, weight] of Object.entries(kinds)) {
      if (left < weight) return kind as Kind
      left -= weight
    }
    return "request"
  }
)

/** An amount, or a figure of the order that it is just under, equal to or just over. */
const amounts = [
  ...([40n, 1n, 30n, 7n, 20n, 60n, 5n, 10n, 12n, 100n] as const),
  ...(["capture", "capture-", "capture+", "order", "order+", "part", "part", "part+", "all", "all"] as const),
  ...([50n, 3n, 0n, null, 10n, 20n, 5n, 30n, 8n, 15n] as const)
] as const
type Amount = (typeof amounts)[number]

const flags = ["none", "none", "none", "none", "settled", "requiresApproval", "skipEvents", "both"] as const
type Flag = (typeof flags)[number]

const allNative = ["native", "native", "native", "native", "native"] as const

const moves: Arbitrary.Arbitrary<Move> = Arbitrary.all({
  kind: kindOf,
  order: upTo(1),
  target: upTo(5),
  amount: oneOf(amounts),
  type: oneOf([
    ...(["default", "default", "default", "default", "default", "default", "default", "default"] as const),
    ...(["default", "default", "default", "instance_cost", "instance_cost", "shipping", "invoice_fee"] as const)
  ]),
  destination: oneOf(["original", "original", "original", "original", "store_credit", "store_credit", "payout"]),
  capture: upTo(15),
  part: upTo(5),
  who: upTo(15),
  door: oneOf([...(["native", "native", "native", "native", "native"] as const), ...allNative, ...doors]),
  key: upTo(7),
  flag: oneOf(flags),
  outcome: upTo(13),
  wait: upTo(7)
})

const policies: Arbitrary.Arbitrary<Partial<Policy>> = oneOf([
  {},
  {},
  { approval: { rule: "always" } },
  { approval: { rule: "above", amount: 50n } },
  { overRefund: "order_open", components: "note" },
  { overRefund: "order_total" },
  { subtotalRule: "any_absent", missingSubtotal: "reject" },
  { unmatchedDeduction: "reject" },
  { instanceCost: "pay" },
  { fourEyes: false, approval: { rule: "above", amount: 20n } },
  { creditDays: 1 },
  { creditDays: 1 },
  { creditDays: 2 },
  { creditDays: 1, overRefund: "order_open", components: "note" }
])

/** What the providers that we call can do: most often what is assumed of one that says nothing. */
const capabilities = [
  {},
  {},
  {},
  { lookup: "none", honoursKeyFor: 3_600_000 },
  { lookup: "reference", honoursKeyFor: 0 },
  { partial: false },
  { steps: { USD: 4n, EUR: 4n, JPY: 3n, KWD: 4n, CLF: 4n } },
  { windowDays: 1 },
  { pendingDays: 1 }
] as const satisfies ReadonlyArray<Partial<Capabilities>>

export const capabilitiesIn =
  ({ capable }: Pick<History, "capable">): ((provider: string) => Capabilities) =>
  () => ({ ...assumed, ...capabilities[capable] })

/** The second is a name that careless code has of its own. */
export const orderIds = ["o-1", "__proto__"] as const
export const customerIds = ["customer-1", "constructor"] as const

/** Three of four times in one currency: then what the one is owed can pay for the other. */
const registrations: Arbitrary.Arbitrary<ReadonlyArray<Registration>> = Arbitrary.map(
  Arbitrary.all({
    first: orderWith({ captures: ["c-1", "c-2"], customers: ["customer-1", "customer-1", "customer-1"] }),
    second: orderWith({ captures: ["c-3", "c-4"], customers: ["customer-1", "customer-1", "constructor"] }),
    isAlike: upTo(3)
  }),
  ({ first, isAlike, second }) => [first, isAlike === 3 ? second : { ...second, currency: first.currency }]
)

/** Up to `length` moves; the orders are registered first, and may be registered again, otherwise, later. */
export const histories = (length: number): Arbitrary.Arbitrary<History> =>
  Arbitrary.all({
    registrations,
    policy: policies,
    capable: upTo(capabilities.length - 1),
    moves: Arbitrary.array(moves, { maxLength: length }),
    recomputed: Arbitrary.array(upTo(9_999), { minLength: 8, maxLength: 8 })
  })

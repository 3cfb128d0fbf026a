/** Random histories for a server that is known by its answers only: two orders, few amounts, keys that are used again. */
import * as Arbitrary from "effect/Arbitrary"
import { oneOf, upTo } from "../../generators.ts"

/** What pays a capture back: a person; a provider that pays, says no, or says yes long after it was asked. */
export type Pays = "byHand" | "atOnce" | "never" | "late"

export interface OrderPlan {
  readonly currency: string
  readonly captures: ReadonlyArray<{ readonly amount: number; readonly pays: Pays }>
}

export type Kind = "request" | "together" | "again" | "other" | "approve" | "deny" | "cancel" | "settle"

/** An amount, or what is left: exactly that, half of it, one more than it. */
export type Amount = number | "left" | "half" | "over" | "all"

export interface Move {
  readonly kind: Kind
  readonly order: number
  readonly capture: number
  readonly target: number
  readonly amount: Amount
  readonly who: number
  readonly asksApproval: boolean
  readonly isPreviewed: boolean
  readonly says: "key" | "id"
}

export interface HttpHistory {
  readonly orders: readonly [OrderPlan, OrderPlan]
  readonly moves: ReadonlyArray<Move>
  /** Whether a rejection is repeated, with the journal counted before and after. */
  readonly counts: boolean
}

const captures = Arbitrary.array(
  Arbitrary.all({
    amount: oneOf([100, 60, 1_999, 29, 1, 820, 100_000_007, 4_503_599_627_370_495]),
    pays: oneOf([
      ...(["byHand", "byHand", "byHand", "byHand", "byHand", "atOnce", "atOnce", "atOnce"] as const),
      ...(["never", "never", "never", "late"] as const)
    ])
  }),
  { minLength: 1, maxLength: 2 }
)

/** How many decimal digits each currency's minor unit has. */
export const digitsOf: Readonly<Record<string, number>> = { USD: 2, JPY: 0, KWD: 3, EUR: 2, CLF: 4 }

const order = Arbitrary.all({ currency: oneOf(["USD", "JPY", "KWD", "EUR", "CLF"]), captures })

const moves: Arbitrary.Arbitrary<Move> = Arbitrary.all({
  kind: oneOf([
    ...(["request", "request", "request", "request", "request", "together", "together", "again", "again"] as const),
    ...(["other", "approve", "approve", "approve", "deny", "cancel", "cancel", "settle"] as const)
  ]),
  order: upTo(1),
  capture: upTo(3),
  target: upTo(4),
  amount: oneOf([
    ...([10, 20, 30, 1, 29, 57, 7, 100] as const),
    ...(["left", "left", "over", "over", "half", "all", 0] as const)
  ]),
  who: upTo(3),
  asksApproval: Arbitrary.map(upTo(2), (drawn) => drawn === 2),
  isPreviewed: Arbitrary.map(upTo(2), (drawn) => drawn === 2),
  says: oneOf(["key", "key", "id"])
})

export const httpHistories = (length: number): Arbitrary.Arbitrary<HttpHistory> =>
  Arbitrary.all({
    orders: Arbitrary.all([order, order]),
    moves: Arbitrary.array(moves, { maxLength: length }),
    counts: Arbitrary.map(upTo(3), (drawn) => drawn === 3)
  })

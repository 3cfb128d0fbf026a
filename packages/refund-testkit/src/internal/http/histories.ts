/** Random histories for a server that is known by its answers only: two orders, few amounts, keys that are used again. */
import * as Arbitrary from "effect/Arbitrary"
import { oneOf, upTo } from "../../generators.ts"

/** What pays a capture back: a person; a provider that pays, says no, or says yes long after it was asked. */
export type Pays = "byHand" | "atOnce" | "never" | "late"

/** `outside`: a provider that pays at once, and at whose desk refunds are made that nobody asked the ledger for. */
export interface OrderPlan {
  readonly currency: string
  readonly captures: ReadonlyArray<{ readonly amount: number; readonly pays: Pays | "outside" }>
}

/** What the server is said to have beside captures and refunds. */
export interface Features {
  readonly credit: boolean
  readonly outside: boolean
}

type Verb = "approve" | "deny" | "cancel" | "settle"
/** `spendTogether`: by two at once. `spendAgain`: under a known name. `tell`: a provider tells of a refund of its own. */
export type Kind =
  | ("request" | "together" | "again" | "other" | Verb)
  | ("spend" | "spendTogether" | "spendAgain")
  | "tell"

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
  /** To the customer's store credit. */
  readonly toCredit: boolean
}

export interface HttpHistory {
  readonly orders: readonly [OrderPlan, OrderPlan]
  readonly moves: ReadonlyArray<Move>
  /** Whether a rejection is repeated, with the journal counted before and after. */
  readonly counts: boolean
}

/** Two of them are the most that a JSON number has. Where more is paid or given back than was captured at first, it is less. */
const largest = ({ credit, outside }: Features) => (credit || outside ? 45_035_996_273_705 : 4_503_599_627_370_495)

/** A server without them is asked exactly as before there were any: its tokens still run the same histories. */
const captures = ({ outside, ...features }: Features) =>
  Arbitrary.array(
    Arbitrary.all({
      amount: oneOf([100, 60, 1_999, 29, 1, 820, 100_000_007, largest({ outside, ...features })]),
      pays: oneOf([
        ...(["byHand", "byHand", "byHand", "byHand", "byHand", "atOnce", "atOnce", "atOnce"] as const),
        ...(["never", "never", "never", "late"] as const),
        ...(outside ? (["outside", "outside", "outside", "outside"] as const) : [])
      ])
    }),
    { minLength: 1, maxLength: 2 }
  )

/** How many decimal digits each currency's minor unit has. */
export const digitsOf: Readonly<Record<string, number>> = { USD: 2, JPY: 0, KWD: 3, EUR: 2, CLF: 4 }

/** Credit of one currency pays for no other: where it is to be spent, few are drawn. */
const order = (features: Features) =>
  Arbitrary.all({
    currency: oneOf(features.credit ? ["USD", "USD", "JPY", "KWD"] : ["USD", "JPY", "KWD", "EUR", "CLF"]),
    captures: captures(features)
  })

const kinds = ({ credit, outside }: Features): readonly [Kind, ...ReadonlyArray<Kind>] => [
  ...(["request", "request", "request", "request", "request", "together", "together", "again", "again"] as const),
  ...(["other", "approve", "approve", "approve", "deny", "cancel", "cancel", "settle"] as const),
  ...(credit ? (["spend", "spend", "spend", "spendTogether", "spendAgain", "spendAgain"] as const) : []),
  ...(outside ? (["tell", "tell", "tell"] as const) : [])
]

const drawn = (features: Features) => ({
  kind: oneOf(kinds(features)),
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

const moves = (features: Features): Arbitrary.Arbitrary<Move> =>
  features.credit
    ? Arbitrary.all({ ...drawn(features), toCredit: Arbitrary.map(upTo(1), (drawn) => drawn === 1) })
    : Arbitrary.map(Arbitrary.all(drawn(features)), (move) => ({ ...move, toCredit: false }))

export const httpHistories = (length: number, features: Features): Arbitrary.Arbitrary<HttpHistory> =>
  Arbitrary.all({
    orders: Arbitrary.all([order(features), order(features)]),
    moves: Arbitrary.array(moves(features), { maxLength: length }),
    counts: Arbitrary.map(upTo(3), (drawn) => drawn === 3)
  })

import { deepStrictEqual, fail } from "node:assert"
import { createHash } from "node:crypto"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import { canonical } from "refund-core/canonical"
import type { RefundId } from "refund-core/Ids"
import type { OrderHead } from "refund-core/Order"
import type { Refund } from "refund-core/Refund"
import { capture, dispute, order, policy, refundId, register, request } from "../src/build.ts"
import { type Explored, explore } from "../src/explore.ts"
import { deductionsDiffer, figuresDiffer, isOver, isOverWithout } from "../src/internal/figures.ts"
import { after, type OneOrder, step } from "../src/oneOrder.ts"
import { byPeople, byWorker, type Move } from "./support/moves.ts"

const isDeep = process.env["REFUND_TEST_DEEP"] !== undefined

const start = after(
  register(order({ customer: "c-7", captures: [capture("c-1", 60n), capture("c-2", 40n)] })),
  policy({ approval: { rule: "above", amount: 65n } })
)

/** Any two ask for more than the one capture has, or all three for more than the order has. */
const requests: ReadonlyArray<Command> = [
  request({ id: refundId(1), amount: 35n, capture: "c-1" }),
  request({ id: refundId(2), amount: 30n, capture: "c-1", requiresApproval: true }),
  request({ id: refundId(3), amount: 45n, seed: refundId(0x100) }),
  request({ id: refundId(3), amount: 40n, destination: "store_credit" })
]

const disputes = (["open", "won", "lost"] as const).map((state) => dispute(state, { amount: 10n }))

const known = (ledger: OneOrder, { ids }: { readonly ids: { readonly group: string } }): boolean =>
  [...ledger.refunds.values()].some((refund) => refund.groupId === ids.group)

/** Whoever asks and approves, the worker with what its provider says, and the bank that takes money back. */
const moves = (ledger: OneOrder): ReadonlyArray<Command> => [
  ...requests.filter((each) => each._tag === "RequestRefund" && !known(ledger, each)),
  ...disputes,
  ...[...ledger.refunds.values()].flatMap((refund) =>
    [...peopleOn(refund.id), ...byWorker(refund, false).filter(isOfFew)].map((each) => each.command)
  )
]

/** The same commands in every state: made once. */
const asked = new Map<RefundId, ReadonlyArray<Move>>()
const peopleOn = (id: RefundId): ReadonlyArray<Move> => {
  const known = asked.get(id) ?? byPeople(id).filter(isOfFew)
  asked.set(id, known)
  return known
}

/** One of a kind each, in time: the graph of states has tried the others. */
const isOfFew = ({ by, command }: Move): boolean =>
  !by.includes(",") && by !== "requires action" && by !== "not found" && command.caller.by.id !== "carla"

/** `late`: refunds that the provider said no to, and then yes. It may have paid what others hold by now. */
interface State {
  readonly ledger: OneOrder
  readonly late: ReadonlyArray<RefundId>
}

/** All of it, but for what only tells the way that led here: the journal's length, and the last requests. */
const key = ({ late, ledger: { credit, order: head, refunds } }: State): string => {
  const { entries: _, recent: __, ...figures } = head ?? { entries: 0, recent: [] }
  return hashOf(canonical([late, credit?.lots ?? [], figures]) + [...refunds.values()].map(hashOfRefund).join())
}

const hashOf = (text: string): string => createHash("sha1").update(text).digest("base64")

/** A refund that nothing happened to is the same object in the next state. */
const hashes = new WeakMap<Refund, string>()
const hashOfRefund = (refund: Refund): string => {
  const hash = hashes.get(refund) ?? hashOf(canonical(refund))
  hashes.set(refund, hash)
  return hash
}

const next = ({ late, ledger }: State, command: Command): State | null => {
  const { after } = step(ledger, command)
  if (after === ledger) return null
  const id = command._tag === "RecordOutcome" ? command.refundId : null
  const isLate = id !== null && ledger.refunds.get(id)?.state === "failed"
  return { ledger: after, late: isLate ? [...late, id].sort() : late }
}

/** Figures are the sums of the refunds, payouts are what was left of them, and nothing is over a cap. */
const check = ({ late, ledger }: State, before: State, command: Command): string | null => {
  if (ledger.order === null) return null
  const view = { head: ledger.order, refunds: [...ledger.refunds.values()] }
  const heard = view.refunds.filter((refund) => late.includes(refund.id))
  return (
    (heard.length === 0 ? isOver(view) : isOverWithout(view, heard)) ??
    figuresDiffer(view) ??
    deductionsDiffer(view, before.ledger.refunds) ??
    (late === before.late ? claimsTooMuch(view.head, before.ledger, command) : null)
  )
}

/** A dispute may come on top of what was claimed before; but only a request or a retry claims more, and within what is left. */
const claimsTooMuch = (now: OrderHead, { order: was }: OneOrder, { _tag }: Command): string | null => {
  const claimed = (head: OrderHead) => head.held + head.refunded.original + head.refunded.store_credit
  if (was === null || claimed(now) <= claimed(was)) return null
  if (_tag !== "RequestRefund" && _tag !== "RetryRefund") return `${_tag} claims more`
  return claimed(now) + now.disputed <= now.collected ? null : `${claimed(now)} claimed of ${now.collected}`
}

const exploreOrder = (atMost: number): Explored<State, Command> =>
  explore({ start: { ledger: start, late: [] }, moves: ({ ledger }) => moves(ledger), next, key, check, atMost })

const brief = ({ _tag, caller, ...asked }: Command): string =>
  `${_tag} by ${caller.by.id} ${"refundId" in asked ? asked.refundId.slice(-3) : ""} ${"outcome" in asked ? asked.outcome._tag : ""}`

/** T38: two captures, three refunds, three who act, in whatever order: the nearest states first. */
describe("three refunds of two captures", () => {
  const states = isDeep ? 1_000_000 : 10_000

  it(
    `keep every cap and every figure in the nearest ${states} states, whoever acts first`,
    () => {
      const explored = exploreOrder(states)
      if (explored._tag === "broken") fail([explored.what, ...explored.moves.map(brief)].join("\n"))
      if (isDeep) console.log(explored, process.memoryUsage())
      deepStrictEqual(explored.states, states)
    },
    isDeep ? 3_600_000 : 60_000
  )
})

/** Everything that can become of a refund, of every kind, tried in every state that it can come to. */
import { applyEvent } from "refund-core/apply"
import type { Event } from "refund-core/Event"
import type { RefundId } from "refund-core/Ids"
import type { Decision, Facts } from "refund-core/ports/LedgerStore"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import type { Destination, Refund, RefundState } from "refund-core/Refund"
import {
  attemptId,
  begin,
  capture,
  dispute,
  expire,
  external,
  order,
  policy,
  refundId,
  register,
  request,
  spend,
  told,
  unknown
} from "../../src/build.ts"
import { explore } from "../../src/explore.ts"
import { deductionsDiffer, figuresDiffer, isOver } from "../../src/internal/figures.ts"
import { after, type OneOrder, step } from "../../src/oneOrder.ts"
import { byPeople, byWorker, keyOfLedger, late, type Move } from "./moves.ts"

export interface Graph {
  /** `from → to: cause`, sorted. */
  readonly ways: ReadonlyArray<string>
  readonly states: number
  readonly steps: number
  /** States of refunds from which no way leads to an end. */
  readonly stuck: ReadonlyArray<string>
  /** How often a refund was found in each state. */
  readonly seen: ReadonlyMap<RefundState, number>
}

const one = refundId(1)
const two = refundId(2)

const destinations: ReadonlyArray<Destination> = ["original", "store_credit", "payout"]

/** The refund itself, of every kind. */
const requests: ReadonlyArray<Move> = destinations.flatMap((destination) =>
  [false, true].flatMap((settled) =>
    [false, true].map((requiresApproval) => ({
      by: "request",
      command: request({
        id: one,
        amount: 60n,
        destination,
        settled,
        requiresApproval,
        ...(destination === "original" ? { capture: "c-1" } : {})
      })
    }))
  )
)

/** A return cost that uses up some of the refund, or all of it. */
const costs: ReadonlyArray<Move> = [15n, 60n].flatMap((amount) =>
  [false, true].map((requiresApproval) => ({
    by: "request",
    command: request({ id: two, amount, type: "instance_cost", requiresApproval })
  }))
)

const disputes: ReadonlyArray<Move> = (["open", "won", "lost"] as const).map((state) => ({
  by: "dispute",
  command: dispute(state, { amount: 60n })
}))

/** The customer pays with it for the same order, and that payment is given back. */
const credit: ReadonlyArray<Move> = [
  { by: "spend", command: spend(60n, { customer: "c-7" }) },
  { by: "expire", command: expire({ customer: "c-7", caller: late }) },
  ...[false, true].map((requiresApproval) => ({
    by: "request",
    command: request({ id: two, amount: 60n, capture: "k-1", requiresApproval })
  }))
]

const outside: ReadonlyArray<Move> = [true, false].map((isNotOurs) => ({
  by: "external",
  command: external(60n, { id: two, isNotOurs })
}))

interface Scene {
  readonly start: OneOrder
  readonly others: ReadonlyArray<Move>
  /** What the provider can do, where that is not what is assumed. */
  readonly can?: Partial<Capabilities>
}

const captured = (provider: string) =>
  register(order({ customer: "c-7", captures: [capture("c-1", 100n, { provider })] }))

/** Who pays, whether the tenant wants consent, and what happens beside it. */
const scenes: ReadonlyArray<Scene> = [
  ...["simulator", "manual", "external"].flatMap((provider) =>
    (["never", "always"] as const).flatMap((rule) =>
      [disputes, costs].map((others) => ({ start: after(captured(provider), policy({ approval: { rule } })), others }))
    )
  ),
  // What it gives is spent, or ends before it is.
  { start: after(captured("simulator"), policy({ creditDays: 1 })), others: credit },
  { start: after(captured("simulator")), others: outside },
  { start: after(captured("simulator")), others: [] },
  { start: after(captured("simulator")), others: [], can: { lookup: "none" } },
  { start: after(captured("simulator")), others: [], can: { lookup: "reference" } },
  // Asked about so often that the next time is the last.
  {
    start: after(
      captured("simulator"),
      request({ id: one, amount: 60n, capture: "c-1" }),
      begin(one, attemptId(16)),
      ...Array.from({ length: 8 }, () => told(one, unknown, { attempt: attemptId(16) }))
    ),
    others: []
  }
]

/** `precise`: every number of lookups and of attempts is a state of its own, and all is told out of order everywhere. */
export const graphOf = (precise: boolean): Graph => {
  const found = new Map<string, Set<string>>()
  const seen = new Map<RefundState, number>()
  const stuck: Array<string> = []
  let states = 0
  let steps = 0
  for (const { can, others, start } of scenes) {
    const capable: Capabilities = { ...assumed, ...can }
    const reached: Array<OneOrder> = []
    const back: Array<Array<number>> = []
    const explored = explore({
      start,
      moves: (ledger) => movesIn(ledger, others, precise || others.length < 2),
      key: (ledger) => keyOfLedger(ledger, precise),
      next: (ledger, move) => taken(ledger, move, found, capable),
      check: lawsBroken,
      onState: (ledger, index) => {
        reached[index] = ledger
        for (const { state } of ledger.refunds.values()) seen.set(state, (seen.get(state) ?? 0) + 1)
      },
      onStep: (from, to) => {
        back[to] = [...(back[to] ?? []), from]
      }
    })
    if (explored._tag === "broken") throw new Error(failure(explored.what, explored.moves))
    states += explored.states
    steps += explored.steps
    stuck.push(...stuckIn(reached, back))
  }
  return { ways: sorted(found), states, steps, stuck, seen }
}

const failure = (what: string, moves: ReadonlyArray<Move>): string =>
  [what, "after", ...moves.map(({ by, command }) => `  ${by} (${command._tag} by ${command.caller.by.id})`)].join("\n")

const movesIn = (ledger: OneOrder, others: ReadonlyArray<Move>, isLate: boolean): ReadonlyArray<Move> => [
  ...(ledger.refunds.has(one) ? [] : requests),
  ...others.filter(({ command }) => command._tag !== "RequestRefund" || !ledger.refunds.has(command.ids.group)),
  ...[...ledger.refunds.values()].flatMap((refund) => [...byPeople(refund.id), ...byWorker(refund, isLate)])
]

const taken = (
  ledger: OneOrder,
  move: Move,
  found: Map<string, Set<string>>,
  capable: Capabilities
): OneOrder | null => {
  const { after, decided } = step(ledger, move.command, () => capable)
  if (decided._tag === "Failure" || decided.success.events.length === 0) return null
  for (const [way, cause] of waysIn(ledger, move, decided.success)) {
    found.set(way, (found.get(way) ?? new Set()).add(cause))
  }
  return after
}

/** One step may take refunds several ways; an event takes one. */
const waysIn = (
  before: OneOrder,
  { by, command }: Move,
  { events, stamp }: Decision<unknown>
): ReadonlyArray<readonly [way: string, cause: string]> => {
  const target = "refundId" in command ? command.refundId : command._tag === "RequestRefund" ? command.ids.group : null
  let facts: Facts = { ...before, captureOwners: new Map(), earlier: null }
  return events.flatMap((event) => {
    const id = refundIn(event)
    const was = id === null ? undefined : facts.refunds.get(id)
    facts = applyEvent(facts, event, stamp)
    const is = id === null ? undefined : facts.refunds.get(id)
    if (is === undefined || (was?.state === is.state && event._tag !== "RefundSettled")) return []
    return [[`${was?.state ?? "–"} → ${is.state}`, id === target ? by : "another refund"]]
  })
}

const refundIn = (event: Event): RefundId | null =>
  event._tag === "RefundRequested" ? event.refund.id : "refundId" in event ? event.refundId : null

/** What happens anyway is not told again as what happens overdue, before or again. */
const sorted = (found: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyArray<string> =>
  [...found]
    .flatMap(([way, causes]) =>
      [...causes]
        .filter((cause) => !cause.includes(",") || !causes.has(cause.split(",", 1)[0] ?? ""))
        .map((cause) => `${way}: ${cause}`)
    )
    .sort()

/** Figures are what the refunds give after each step, so that nothing is held for a refund that ended; and within the caps. */
const lawsBroken = (ledger: OneOrder, before: OneOrder): string | null => {
  if (ledger.order === null) return null
  const view = { head: ledger.order, refunds: [...ledger.refunds.values()] }
  return isOver(view) ?? figuresDiffer(view) ?? deductionsDiffer(view, before.refunds)
}

const ended: ReadonlySet<RefundState> = new Set(["settled", "denied", "canceled", "reversed"])

/** Walks back from where a refund has ended: whatever was not met cannot end. */
const stuckIn = (reached: ReadonlyArray<OneOrder>, back: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<string> =>
  [one, two].flatMap((id) => {
    const stateIn = (index: number): Refund["state"] | undefined => reached[index]?.refunds.get(id)?.state
    const canEnd = new Set<number>()
    const open = reached.flatMap((_, index) => (ended.has(stateIn(index) ?? "approved") ? [index] : []))
    for (const index of open) canEnd.add(index)
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      for (const from of back[index] ?? []) {
        if (canEnd.has(from)) continue
        canEnd.add(from)
        open.push(from)
      }
    }
    return reached.flatMap((_, index) => {
      const ledger = reached[index]
      const refund = ledger?.refunds.get(id)
      if (ledger === undefined || refund === undefined || canEnd.has(index)) return []
      return [`${refund.state}: ${keyOfLedger(ledger)}`]
    })
  })

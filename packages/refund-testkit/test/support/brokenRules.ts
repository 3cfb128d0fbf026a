/** Commands that break as many rules at once as they can, tried in orders where every rule can be broken. */
import type { Command } from "refund-core/Command"
import { maxMinor } from "refund-core/Money"
import { assumed, type Capabilities } from "refund-core/ports/RefundProvider"
import { precedence, type Violation, type ViolationTag } from "refund-core/Violation"
import {
  approve,
  attemptId,
  authorized,
  begin,
  caller,
  capture,
  declined,
  dispute,
  hours,
  line,
  noon,
  order,
  policy,
  refundId,
  register,
  request,
  resolve,
  retry,
  reverse,
  settle,
  spend,
  told,
  unknown
} from "../../src/build.ts"
import { after, type OneOrder, step } from "../../src/oneOrder.ts"

export interface Broken {
  /** Pairs that were told together, the one that precedes first. */
  readonly pairs: ReadonlySet<string>
  /** Every one that was told at all. */
  readonly tags: ReadonlySet<ViolationTag>
  /** Rejections that are not in order. */
  readonly outOfOrder: ReadonlySet<string>
}

/** Every two of these, the one that precedes first. */
export const pairsOf = (tags: Iterable<ViolationTag>): ReadonlyArray<string> => {
  const ordered = [...tags].sort((a, b) => precedence[a] - precedence[b])
  return ordered.flatMap((tag, index) => ordered.slice(index + 1).map((later) => `${tag} ${later}`))
}

interface Asked {
  readonly ledger: OneOrder
  readonly command: Command
  /** What the providers can do, where that is not what is assumed. */
  readonly can?: Capabilities
}

export const tried = (all: Iterable<Asked>): Broken => {
  const pairs = new Set<string>()
  const tags = new Set<ViolationTag>()
  const outOfOrder = new Set<string>()
  for (const { can = assumed, command, ledger } of all) {
    const { decided } = step(ledger, command, () => can)
    if (decided._tag === "Success") continue
    const told = decided.failure.violations.map((each: Violation) => each._tag)
    for (const [index, tag] of told.entries()) {
      tags.add(tag)
      for (const later of told.slice(index + 1)) {
        if (precedence[tag] > precedence[later]) outOfOrder.add(`${tag} before ${later}`)
        if (tag !== later) pairs.add(`${tag} ${later}`)
      }
    }
  }
  return { pairs, tags, outOfOrder }
}

const bits = [false, true]

// ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** c-2 is only authorized, c-2 and c-3 are disputed; with `isSpent` most of the order has gone outside any capture already. */
const ledgers = function* (): Iterable<OneOrder> {
  for (const isAuthorized of bits) {
    for (const isSpent of bits) {
      for (const hasSubtotal of bits) {
        for (const hasCustomer of bits) {
          for (const overRefund of ["capture_strict", "order_total", "order_open"] as const) {
            for (const requireCapture of bits) {
              const captures = isAuthorized
                ? [authorized("c-2", 60n)]
                : [capture("c-1", 100n), authorized("c-2", 60n), capture("c-3", 50n)]
              const registration = order({
                captures,
                total: 90n,
                ...(hasSubtotal ? { lines: [line("1", 60n)], subtotal: 60n, shipping: { amount: 30n } } : {}),
                ...(hasCustomer ? { customer: "c-7" } : {})
              })
              yield after(
                register(registration),
                dispute("open", { capture: "c-2", amount: 10n }),
                ...(isAuthorized ? [] : [dispute("open", { id: "d-2", capture: "c-3", amount: 10n })]),
                ...(isSpent && !isAuthorized ? [request({ amount: 120n, destination: "payout" })] : []),
                policy({
                  overRefund,
                  requireCapture,
                  subtotalRule: "both_absent",
                  missingSubtotal: "reject",
                  unmatchedDeduction: "reject"
                })
              )
            }
          }
        }
      }
    }
  }
}

const parts = [
  {},
  { line: "1" },
  { line: "9" },
  { type: "shipping" },
  { type: "shipping", line: "9" },
  { type: "instance_cost" },
  { type: "instance_cost", line: "9" }
] as const satisfies ReadonlyArray<Parameters<typeof request>[0]>

/** All in a currency that is not the order's, with a time that nothing happened at: neither has to do with the others. */
const requests = function* (): Iterable<Command> {
  for (const named of [{}, { capture: "c-1" }, { capture: "c-2" }, { capture: "c-3" }, { capture: "c-9" }]) {
    for (const amount of [null, 0n, 200n, 70n]) {
      for (const part of parts) {
        for (const destination of ["original", "store_credit", "payout"] as const) {
          for (const isRestated of bits) {
            const restated = isRestated ? { restated: { tax: true, discounts: true } } : {}
            yield request({ ...named, amount, ...part, destination, currency: "EUR", settledAt: noon, ...restated })
          }
        }
      }
    }
  }
}

/** Where neither order nor capture is there, no more than the form can be told. */
const lost = function* (): Iterable<Command> {
  for (const amount of [null, 0n, 10n]) {
    for (const settledAt of [{}, { settledAt: noon }]) yield request({ order: "o-9", amount, ...settledAt })
  }
}

/** Gives nothing back but whole, at once and in threes. */
const strict: Capabilities = { ...assumed, partial: false, windowDays: 0, steps: { USD: 3n } }

export const requested = function* (): Iterable<Asked> {
  const all = [...requests()]
  for (const ledger of ledgers()) {
    for (const command of all) for (const can of [assumed, strict]) yield { ledger, command, can }
  }
  for (const command of lost()) yield { ledger: after(), command }
}

// ── decisions on refunds ─────────────────────────────────────────────────────────────────────────────────────────────

const one = refundId(1)
const ada = caller()
const tooEarly = noon - hours(2)

/** Who decides asked for it, says nothing of why, at a time before the capture, in whatever state. */
export const decided = function* (): Iterable<Asked> {
  const captured = register(
    order({ customer: "c-7", captures: [capture("c-1", 100n), capture("c-2", 50n)], lines: [line("1", 60n)] })
  )
  const asked = request({ id: one, amount: 60n, capture: "c-1", line: "1", requiresApproval: true })
  const approved = [asked, approve(one)]
  const failed = [...approved, begin(one, attemptId(1)), told(one, declined)]
  const lostAll = dispute("lost", { amount: 50n })
  const pasts: ReadonlyArray<ReadonlyArray<Command>> = [
    [asked],
    [asked, lostAll],
    [asked, dispute("lost", { capture: "c-2", amount: 200n })],
    approved,
    [...approved, begin(one, attemptId(1)), told(one, unknown)],
    failed,
    [...failed, dispute("open", { amount: 50n })],
    [...failed, request({ amount: 60n, capture: "c-1", line: "1" }), dispute("open", { amount: 50n })],
    [...failed, request({ amount: 60n, capture: "c-2", line: "1", destination: "payout" })],
    [
      ...failed,
      request({ amount: 60n, destination: "payout", line: "1" }),
      request({ amount: 90n, destination: "payout" })
    ],
    [...failed, request({ amount: 120n, destination: "payout" }), dispute("open", { amount: 10n })],
    [request({ id: one, amount: 60n, settled: true })],
    // Over both captures, of which one is charged back.
    [request({ id: one, amount: 120n, requiresApproval: true }), dispute("lost", { amount: 100n })]
  ]
  for (const past of pasts) {
    const ledger = after(captured, ...past)
    for (const who of [{ caller: ada }, {}]) {
      yield { ledger, command: approve(one, who) }
      yield { ledger, command: retry(one, who) }
      yield { ledger, command: reverse(one, { ...who, detail: " " }) }
      for (const settledAt of [{}, { settledAt: tooEarly }]) {
        yield { ledger, command: settle(one, { ...who, ...settledAt }) }
        yield { ledger, command: resolve(one, "settled", { ...who, ...settledAt, detail: " " }) }
      }
    }
  }
}

// ── credit that is spent ─────────────────────────────────────────────────────────────────────────────────────────────

/** By the wrong customer, in another currency, too much of it, under the name of a capture, for a guest's order. */
export const spent = function* (): Iterable<Asked> {
  const credited = after(
    register(order({ customer: "c-7", captures: [capture("c-1", 100n)] })),
    request({ amount: 40n, destination: "store_credit" })
  )
  const guests = after(register(order()))
  for (const ledger of [credited, guests, after()]) {
    for (const customer of ["c-7", "c-8"]) {
      for (const currency of ["USD", "EUR"]) {
        for (const amount of [0n, 41n, 100n, maxMinor + 1n]) {
          for (const id of ["c-1", "k-1"]) yield { ledger, command: spend(amount, { customer, currency, id }) }
        }
      }
    }
  }
}

// ── registrations ────────────────────────────────────────────────────────────────────────────────────────────────────

/** An order that has refunds, registered again: ids twice, sums that don't add up, captures and figures that changed. */
export const registered = function* (): Iterable<Asked> {
  const ledger = after(
    register(order({ customer: "c-7", subtotal: 60n, captures: [capture("c-1", 100n)], lines: [line("1", 60n)] })),
    request({ amount: 20n, line: "1" }),
    request({ amount: 20n, destination: "store_credit" })
  )
  for (const subtotal of [60n, 70n]) {
    for (const amount of [100n, 90n]) {
      for (const customer of ["c-7", "c-8"]) {
        for (const lines of [[line("1", 60n)], [line("1", 60n), line("1", 60n)], [line("1", 50n)]]) {
          const captures = [capture("c-1", amount)]
          yield { ledger, command: register(order({ customer, subtotal, captures, lines })) }
        }
      }
    }
  }
}

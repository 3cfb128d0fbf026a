import { deepStrictEqual } from "node:assert"
import { describe, it } from "@effect/vitest"
import type { Command } from "refund-core/Command"
import {
  approve,
  begin,
  cancel,
  capture,
  declined,
  hours,
  minutes,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  told,
  undo,
  unknown
} from "refund-testkit/build"
import { given } from "refund-testkit/given"

const [r1, r2] = [refundId(1), refundId(2)]
const captured = register(order({ customer: "c-7", captures: [capture("c-1", 100n)] }))
const refund = request({ amount: 40n, id: r1 })
const waiting = request({ amount: 40n, id: r1, requiresApproval: true })
const due = (command: Command, ...past: ReadonlyArray<Command>) =>
  given(...past)
    .when(command)
    .decision().due

describe("the worker is told", () => {
  it("to submit at once what is approved, and nothing of what waits or ended", () => {
    deepStrictEqual(due(refund, captured), [{ refundId: r1, at: noon }])
    deepStrictEqual(due(approve(r1), captured, waiting), [{ refundId: r1, at: noon }])
    deepStrictEqual(due(undo(r1), captured, waiting, approve(r1)).at(-1)?.refundId, r1)
    deepStrictEqual(due(cancel(r1), captured, refund), [{ refundId: r1, at: null }])
  })

  it("to try again what was not sent, after twice as long each time, at most 5 minutes", () => {
    const notSent = told(r1, { _tag: "notSent", detail: "connection refused" })
    const tried = [begin(r1), notSent]
    deepStrictEqual(due(notSent, captured, refund, begin(r1)), [{ refundId: r1, at: noon + 1_000 }])
    deepStrictEqual(due(notSent, captured, refund, ...tried, begin(r1)), [{ refundId: r1, at: noon + 2_000 }])
    const often = Array.from({ length: 12 }, () => tried).flat()
    deepStrictEqual(due(notSent, captured, refund, ...often, begin(r1)), [{ refundId: r1, at: noon + 300_000 }])
  })

  it("to forget what the provider paid or refused", () => {
    for (const outcome of [paid(40n), declined, paid(41n)]) {
      deepStrictEqual(due(told(r1, outcome), captured, refund, begin(r1)), [{ refundId: r1, at: null }])
    }
  })

  it("to look in 5 minutes for what it does not know", () => {
    for (const outcome of [
      unknown,
      { _tag: "pending", reference: null },
      { _tag: "requiresAction", reference: null }
    ] as const) {
      deepStrictEqual(due(told(r1, outcome), captured, refund, begin(r1))[0]?.at, noon + minutes(5))
    }
  })

  it("to forget what deductions left nothing of", () => {
    const cost = request({ amount: 40n, type: "instance_cost", id: r2 })
    const last = due(cost, captured, refund).findLast(({ refundId }) => refundId === r1)
    deepStrictEqual(last, { refundId: r1, at: null })
  })

  it("to give a return cost up after 30 days, as long as some of it waits", () => {
    const cost = (amount: bigint) => request({ amount, type: "instance_cost", id: r2 })
    const ofCost = (all: ReturnType<typeof due>) => all.filter(({ refundId }) => refundId === r2)
    const givenUp = [{ refundId: r2, at: noon + hours(24 * 30) }]
    const forgotten = [{ refundId: r2, at: null }]
    deepStrictEqual(due(cost(10n), captured), givenUp)
    deepStrictEqual(ofCost(due(refund, captured, cost(10n))), forgotten)
    deepStrictEqual(ofCost(due(cost(50n), captured, refund)), givenUp)
    // The refund takes part of it: for the rest it waits until then.
    deepStrictEqual(ofCost(due(refund, captured, cost(50n))), [])
    // Taken off a refund at first, and then not.
    deepStrictEqual(ofCost(due(told(r1, declined), captured, refund, cost(10n), begin(r1))), givenUp)
    deepStrictEqual(ofCost(due(cancel(r1), captured, cost(10n), waiting)), givenUp)
  })
})

/**
 * T12: what several ledgers on one database answer while every so many of its statements fail. Nothing of that is seen but
 * that it takes longer, or that somebody is told to ask again.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Command } from "refund-core/Command"
import { decide, scopeOf } from "refund-core/decide"
import type { LedgerStore } from "refund-core/ports/LedgerStore"
import { caller, capture, freshId, order, register, request } from "refund-testkit/build"

type Ledgers = ReadonlyArray<LedgerStore["Service"]>

const clerk = caller()

const told = (store: LedgerStore["Service"], command: Command) =>
  store
    .transact(scopeOf(command), (facts) => decide(command, facts))
    .pipe(
      Effect.match({
        onSuccess: () => "accepted",
        onFailure: (failure) => (failure._tag === "Rejected" ? failure.violations[0]._tag : failure._tag)
      })
    )

/** Each by another ledger than the one before, all at the same time. */
const allTold = (ledgers: Ledgers, commands: ReadonlyArray<Command>) =>
  Effect.forEach(commands, (command, index) => told(ledgers[index % ledgers.length]!, command), {
    concurrency: "unbounded"
  })

/** Until it is known to be there. */
const registered = (ledgers: Ledgers, id: string, collected: bigint) =>
  Effect.gen(function* () {
    const command = register(order({ captures: [capture(`c-${id}`, collected)] }), { id })
    while ((yield* told(ledgers[0]!, command)) !== "accepted");
  })

const count = (answers: ReadonlyArray<string>, answer: string) => answers.filter((each) => each === answer).length

const orders = ["o-1", "o-2", "o-3"]
const each = 60

/** Sixty requests of 1 to each of three orders that have 40; half of those that each ledger is asked name the capture. */
const asked = (round: number) =>
  Array.from({ length: orders.length * each }, (_, index) => {
    const name = `${orders[index % orders.length]}-${round}`
    const where = Math.floor(index / (2 * orders.length)) % 2 === 0 ? { order: name } : { at: `c-${name}` }
    return request({ caller: clerk, ...where, amount: 1n, key: `k-${round}-${index}`, id: freshId() })
  })

/** Whoever was told to ask again, asks again with the same key: `again` at the next of the ledgers. */
const keyed = (ledgers: Ledgers, round: number) =>
  Effect.gen(function* () {
    for (const name of orders) yield* registered(ledgers, `${name}-${round}`, 40n)
    const answers = yield* allTold(ledgers, asked(round))
    assert.sameMembers(
      [...new Set(answers)].filter((answer) => answer !== "LedgerUnavailable"),
      ["accepted", "ExceedsCollected", "ExceedsCaptured"]
    )
    const again = yield* allTold([...ledgers.slice(1), ...ledgers.slice(0, 1)], asked(round))
    assert.strictEqual(count(again, "LedgerUnavailable"), 0)
    assert.strictEqual(count(again, "accepted"), orders.length * 40)
    return orders.length * 40
  })

/** Nothing but the ledger keeps these from being made twice, where it was not told that they were made. */
const unkeyed = (ledgers: Ledgers, times: number) =>
  Effect.gen(function* () {
    yield* registered(ledgers, "open", 1_000n)
    const commands = Array.from({ length: times }, () => request({ caller: clerk, order: "open", amount: 1n }))
    const answers = yield* allTold(ledgers, commands)
    assert.strictEqual(count(answers, "accepted"), times)
    return times
  })

export interface Accepted {
  readonly all: number
  readonly withoutKey: number
}

export const throughFaults = (ledgers: Ledgers, rounds: number): Effect.Effect<Accepted> =>
  Effect.gen(function* () {
    let all = 0
    for (let round = 0; round < rounds; round++) all += yield* keyed(ledgers, round)
    const withoutKey = yield* unkeyed(ledgers, 200)
    return { all: all + withoutKey, withoutKey }
  })

/**
 * What one decision costs on an order with ten refunds and on one with a hundred thousand: `npm run bench:decisions`.
 * Rules read figures that are kept, so the two must cost the same. Rounds are interleaved, medians compared, and at the
 * end the long order's figures are checked against its refunds.
 */
import { parseArgs } from "node:util"
import { noFacts } from "refund-core/apply"
import type { Command } from "refund-core/Command"
import { decide } from "refund-core/decide"
import { orderRefundable } from "refund-core/Order"
import type { Facts } from "refund-core/ports/LedgerStore"
import { attemptId, begin, capture, freshId, line, order, paid, register, request, told } from "refund-testkit/build"

const { values } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== "--"),
  options: {
    rounds: { type: "string", default: "15" },
    decisions: { type: "string", default: "20000" },
    few: { type: "string", default: "10" },
    many: { type: "string", default: "100000" }
  }
})
const [rounds, decisions, few, many] = [values.rounds, values.decisions, values.few, values.many].map(Number) as [
  number,
  number,
  number,
  number
]

const bought = order({
  lines: [line("1", 600_000_000n), line("2", 400_000_000n)],
  captures: [capture("c-1", 1_000_000_000n)]
})

/** As a store does it: only what a scope names is at hand, never all refunds of the order. */
const accepted = (facts: Facts, command: Command): Facts => {
  const decided = decide(command, facts)
  if (decided._tag === "Failure") throw new Error(JSON.stringify(decided.failure.violations.map(({ _tag }) => _tag)))
  return decided.success.after
}

/** The order after `count` refunds of 1, each requested, sent and settled. */
const orderWith = (count: number): Facts => {
  let facts = accepted(noFacts, register(bought))
  for (let made = 0; made < count; made++) {
    const id = freshId()
    const attempt = attemptId(made + 1)
    for (const command of [
      request({ amount: 1n, capture: "c-1", id }),
      begin(id, attempt),
      told(id, paid(1n, { reference: `re_${made}` }), { attempt })
    ]) {
      facts = accepted(facts, command)
    }
    facts = { ...facts, refunds: new Map() }
  }
  return facts
}

const yes = request({ amount: 5n, capture: "c-1" })
const no = request({ amount: 2_000_000_000n, capture: "c-1", line: "1", destination: "store_credit", currency: "EUR" })

const microseconds = (facts: Facts, command: Command): number => {
  const start = process.hrtime.bigint()
  for (let made = 0; made < decisions; made++) decide(command, facts)
  return Number(process.hrtime.bigint() - start) / 1_000 / decisions
}

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const orders = [
  { name: `${few} refunds`, facts: orderWith(few) },
  { name: `${many} refunds`, facts: orderWith(many) }
]
const commands = [
  { name: "accepted", command: yes },
  { name: "rejected with every violation listed", command: no }
]
const times = new Map<string, Array<number>>()
for (let round = 0; round <= rounds; round++) {
  for (const { command, name: kind } of commands) {
    for (const { facts, name } of orders) {
      const time = microseconds(facts, command)
      // The first round warms up.
      if (round > 0) times.set(`${kind}, ${name}`, [...(times.get(`${kind}, ${name}`) ?? []), time])
    }
  }
}

console.log(`Node ${process.versions.node}, ${rounds} rounds of ${decisions} decisions\n`)
console.log("| a request | few refunds, µs | many, µs | many over few |\n| --- | --- | --- | --- |")
for (const { name } of commands) {
  const [short, long] = orders.map((each) => times.get(`${name}, ${each.name}`) ?? [])
  if (short === undefined || long === undefined) continue
  const ratios = long.map((time, round) => time / (short[round] ?? Number.NaN))
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
  console.log(
    `| ${name} | ${median(short).toFixed(2)} | ${median(long).toFixed(2)} | ${median(ratios).toFixed(2)} (${spread}) |`
  )
}

const [, long] = orders
const head = long?.facts.order
if (!head || head.refunded.original !== BigInt(many) || orderRefundable(head) !== 1_000_000_000n - BigInt(many)) {
  throw new Error("the figures of the long order are not those of its refunds")
}
console.log(`\nbooks: ${many} refunds of 1 settled, ${orderRefundable(head)} of 1000000000 refundable`)

import { describe, it } from "@effect/vitest"
import { assertInclude, deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Effect, type Layer } from "effect"
import type { CreditHead } from "refund-core/Credit"
import type { Event } from "refund-core/Event"
import type { CaptureHead, OrderHead } from "refund-core/Order"
import type { LedgerReader } from "refund-core/ports/LedgerReader"
import type { Facts, LedgerStore } from "refund-core/ports/LedgerStore"
import { noon } from "../src/build.ts"
import type { LawName } from "../src/laws.ts"
import { assertLawsHold, lawsHold, type Options } from "../src/lawsHold.ts"
import { stale, type Tampering, tampered } from "./support/tampering.ts"

const options: Options = { runs: 1_000, length: 40, seed: 7 }

const broken = (ledger: Layer.Layer<LedgerStore | LedgerReader>, asked: Options = options) =>
  Effect.gen(function* () {
    const report = yield* lawsHold(asked)
    if (report._tag === "held") throw new Error("no law is broken")
    return report
  }).pipe(Effect.provide(ledger))

const bites = (what: string, law: LawName, tampering: Tampering) =>
  it.effect(
    what,
    () =>
      Effect.gen(function* () {
        const { laws, message } = yield* broken(tampered(tampering))
        strictEqual(
          laws.some((each) => each.law === law),
          true,
          message
        )
      }),
    60_000
  )

const withOrder = (facts: Facts, change: (order: OrderHead) => Partial<OrderHead>): Facts =>
  facts.order === null ? facts : { ...facts, order: { ...facts.order, ...change(facts.order) } }

const captures = (order: OrderHead, change: (capture: CaptureHead) => Partial<CaptureHead>) =>
  order.captures.map((capture) => ({ ...capture, ...change(capture) }))

const withoutHolds = (facts: Facts): Facts =>
  withOrder(facts, (order) => ({ held: 0n, captures: captures(order, () => ({ held: 0n })) }))

const withoutParts = (facts: Facts): Facts =>
  withOrder(facts, (order) => ({ components: order.components.map((part) => ({ ...part, held: 0n, refunded: 0n })) }))

const oneMore = (facts: Facts): Facts =>
  withOrder(facts, (order) => ({
    collected: order.collected + 1n,
    captures: captures(order, ({ capturedAt, collected }) => ({ collected: capturedAt === null ? 0n : collected + 1n }))
  }))

const endless = (credit: CreditHead): CreditHead => ({
  ...credit,
  lots: credit.lots.map((lot) => ({ ...lot, expiresAt: null }))
})

const each =
  (change: (event: Event, facts: Facts) => ReadonlyArray<Event>) => (events: ReadonlyArray<Event>, facts: Facts) =>
    events.flatMap((event) => change(event, facts))

/** What is rejected is written down. */
const withTrace = (events: ReadonlyArray<Event>, { order }: Facts): ReadonlyArray<Event> => {
  const [capture] = order?.captures ?? []
  if (events.length > 0 || order === null || capture === undefined) return events
  const dispute = { id: "d-9", captureId: capture.id, amount: 0n, state: "won", at: noon } as const
  return [{ _tag: "DisputeRecorded", orderId: order.id, dispute }]
}

describe("a ledger that", () => {
  const caps = "nothing goes over a cap"
  bites("forgets what it holds is told: nothing goes over a cap", caps, {
    deciding: withoutHolds,
    previewing: withoutHolds
  })
  bites("gives a unit too many is told: nothing goes over a cap", caps, { deciding: oneMore, previewing: oneMore })
  bites("lets a part pay more than was charged for it is told: nothing goes over a cap", caps, {
    deciding: withoutParts,
    previewing: withoutParts
  })

  bites("writes down what it rejects is told: a rejection changes nothing", "a rejection changes nothing", {
    events: withTrace
  })

  const replays = "a replay is the same refund"
  bites("pays the same key again is told: a replay is the same refund", replays, {
    deciding: (facts, { once }) => (once !== undefined && once.chosen === null ? { ...facts, earlier: null } : facts)
  })
  bites("takes any content for the same is told: a replay is the same refund", replays, {
    deciding: (facts) =>
      facts.earlier === null ? facts : { ...facts, earlier: { ...facts.earlier, sameContent: true } }
  })

  bites(
    "lowers what was collected by what it refunds is told: collected is unchanged",
    "collected is unchanged by refunds",
    {
      events: (events, { order }) => {
        const requested = events.find((event) => event._tag === "RefundRequested")
        if (requested === undefined || order === null) return events
        const { currency, id: orderId } = order
        const lowered = order.captures.map(({ collected, ...capture }) => ({ ...capture, amount: collected / 2n }))
        return [...events, { _tag: "OrderRegistered", orderId, order: { currency, captures: lowered } }]
      }
    }
  )

  bites("counts a refund twice is told: figures are the sums", "figures are the sums of the refunds", {
    events: each((event) => (event._tag === "RefundRequested" ? [event, event] : [event]))
  })
  bites("posts credit twice is told: store credit is what was posted", "store credit is what was posted", {
    events: each((event) => (event._tag === "CreditPosted" ? [event, event] : [event]))
  })
  const credit = "store credit is what was posted"
  bites(`lets credit be spent that has ended is told: ${credit}`, credit, {
    deciding: (facts) => (facts.credit === null ? facts : { ...facts, credit: endless(facts.credit) })
  })
  bites(`takes what is spent from no account is told: ${credit}`, credit, {
    events: each((event) => (event._tag === "CreditSpent" ? [] : [event]))
  })
  bites(`settles to credit and posts none is told: ${credit}`, credit, {
    events: each((event) => (event._tag === "CreditPosted" ? [] : [event]))
  })
  bites(`keeps more on an account than its journal gives is told: ${credit}`, credit, {
    kept: (facts) =>
      facts.credit === null || facts.credit.entries === 0
        ? facts
        : {
            ...facts,
            credit: { ...facts.credit, lots: facts.credit.lots.map((lot) => ({ ...lot, left: lot.left + 1n })) }
          }
  })
  bites(
    "deducts more than a return cost is told: deductions are what was netted",
    "no payout is below zero, and deductions are what was netted",
    {
      events: each((event) =>
        event._tag === "DeductionNetted" ? [{ ...event, amount: event.amount + 100n }] : [event]
      )
    }
  )
  bites("opens again what was canceled is told: what is decided stays", "what is decided stays", {
    events: (events, { refunds }) => {
      const canceled = [...refunds.values()].find((refund) => refund.state === "canceled")
      return canceled === undefined
        ? events
        : [...events, { _tag: "RefundApproved", refundId: canceled.id, detail: null }]
    }
  })
  bites("previews without the holds is told: a preview tells the decision", "a preview tells the decision", {
    previewing: withoutHolds
  })
  const books = "what moved is booked twice, together nothing"
  bites(`books one side only is told: ${books}`, books, {
    events: each((event) => (event._tag === "Posted" ? [{ ...event, lines: event.lines.slice(1) }] : [event]))
  })
  bites(`does not book what moved is told: ${books}`, books, {
    events: each((event) => (event._tag === "Posted" ? [] : [event]))
  })

  bites("keeps what its journal does not give is told: the journal gives the state", "the journal gives the state", {
    kept: (facts) => withOrder(facts, () => ({ recent: [] }))
  })
  bites("throws is told: every command is answered", "every command is answered", {
    deciding: (facts) => {
      if ((facts.order?.held ?? 0n) > 50n) throw new Error("a defect in a rule")
      return facts
    }
  })

  it.effect(
    "decides on what it read before is told when several ask at the same time, and only then",
    () =>
      Effect.gen(function* () {
        yield* broken(stale, { ...options, together: 4 })
        yield* assertLawsHold({ ...options, runs: 100 }).pipe(Effect.provide(stale))
      }),
    60_000
  )
})

describe("a report", () => {
  it.effect(
    "gives the shortest history it found, and a token that runs it again",
    () =>
      Effect.gen(function* () {
        const forgetful = tampered({ deciding: withoutHolds, previewing: withoutHolds })
        const report = yield* broken(forgetful, { ...options, seed: 1 })
        deepStrictEqual(
          report.commands.map((command) => command._tag),
          ["RegisterOrder", "RegisterOrder", "RequestRefund", "RequestRefund"]
        )
        strictEqual(report.message.includes(JSON.stringify(report.replay)), true)
        const again = yield* broken(forgetful, { length: 40, replay: report.replay })
        deepStrictEqual(again.laws, report.laws)
        strictEqual(again.commands.length, report.commands.length)
      }),
    60_000
  )

  it.effect("names the law also where it was broken once, and holds when the same history runs again", () =>
    Effect.gen(function* () {
      let times = 0
      const once = tampered({
        events: (events, facts) => {
          const traced = times === 0 ? withTrace(events, facts) : events
          if (traced !== events) times++
          return traced
        }
      })
      const { laws } = yield* broken(once)
      deepStrictEqual(
        laws.map(({ law }) => law),
        ["a rejection changes nothing"]
      )
      assertInclude(laws[0].what, "(once: it held when the same history ran again)")
    })
  )
})

/**
 * The ledger in memory, and a loop in place of the worker: what is due is begun, sent or looked up, and what came of it
 * is recorded, as are the provider's news. Time is the loop's own and goes from one due refund to the next.
 */
import { fail, strictEqual } from "node:assert"
import { randomUUID } from "node:crypto"
import { Context, Effect, Layer } from "effect"
import type { Command } from "refund-core/Command"
import type { Instant, RefundId } from "refund-core/Ids"
import { captureRefundable } from "refund-core/Order"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { type Due, LedgerStore } from "refund-core/ports/LedgerStore"
import type { ProviderNews } from "refund-core/ports/ProviderNews"
import { type Attempt, type Outcome, ProviderCapabilities } from "refund-core/ports/RefundProvider"
import type { Refund } from "refund-core/Refund"
import { Refunds } from "refund-core/Refunds"
import { begin, caller, capture, order, register, request, told, worker } from "../../build.ts"
import { layerMemoryWith } from "../../LedgerStoreMemory.ts"
import type { Behaviour, ProviderHarness } from "../../ProviderHarness.ts"
import { counter, type Said, usual } from "./opened.ts"

/** An order with one capture at the provider, and what has to be known to drive its refunds. */
export const ledgerLoop = Effect.fnUntraced(function* (harness: ProviderHarness, behaviour: Behaviour) {
  // A while ago, so that what the provider tells with its own time, in whole seconds maybe, comes after it.
  const at = yield* counter(harness, { ago: 600_000 })
  const { amount, captured, currency } = usual(harness)
  const reference = yield* at.world.capture(captured, currency)
  yield* at.world.arm(behaviour)
  const ledger = yield* openLedger(harness)
  let now: Instant = at.start
  const asked = caller({ now: at.start })
  const execute = <C extends Command>(command: C) =>
    ledger.refunds.execute({ ...command, caller: { ...command.caller, now } })
  const taken = { provider: harness.name ?? "provider", reference, capturedAt: at.start }
  const registered = register(order({ currency, captures: [capture("c-1", captured, taken)] }))
  yield* execute(registered)

  const state = (id: RefundId): Effect.Effect<Refund, unknown> =>
    Effect.map(ledger.refunds.group(asked, { id }), ([refund]) => refund ?? fail("the refund is gone"))

  const record = (
    attempt: { readonly refundId: RefundId; readonly id: RefundId },
    outcome: Outcome,
    news: { readonly toldAt?: Instant } = {}
  ) => execute({ ...told(attempt.refundId, outcome, { attempt: attempt.id, caller: worker() }), ...news })

  /** What the provider tells is recorded, as often as it is told; what the rules do not take would be looked at by a person. */
  const hear = Effect.fnUntraced(function* (ids: ReadonlyArray<RefundId>, times = 1) {
    const known = yield* Effect.forEach(ids, state)
    for (const { about, at: toldAt } of yield* at.world.news) {
      if (about._tag !== "refund") continue
      const attempt = attemptOfNews(about, known)
      if (attempt === undefined) continue
      for (let count = 0; count < times; count++) yield* Effect.ignore(record(attempt, about.outcome, { toldAt }))
    }
  })

  const passTo = (time: Instant) =>
    Effect.suspend(() => {
      now = Math.max(now, time)
      return at.setTime(now)
    })

  /** Begins what is due, and no more: the process stops there. */
  const begins = Effect.fnUntraced(function* (id: RefundId) {
    const dueAt = ledger.due.get(id)
    if (dueAt === undefined) return null
    yield* passTo(dueAt)
    const next = yield* execute(begin(id, freshRefundId(), { caller: worker() }))
    return next._tag === "nothing" ? null : next
  })

  const sent: Array<{ readonly attempt: Attempt; readonly at: Instant }> = []
  /** Begins what is due and makes the call; its answer is left to be recorded. */
  const begun = Effect.fnUntraced(function* (id: RefundId) {
    const next = yield* begins(id)
    if (next === null) return null
    if (next._tag === "submit") sent.push({ attempt: next.attempt, at: now })
    const said: Said = yield* next._tag === "submit" ? at.submit(next.attempt) : at.lookup(next.attempt)
    return { attempt: next.attempt, outcome: outcomeOf(said) }
  })

  return {
    ...at,
    amount,
    captured,
    reference,
    sent,
    state,
    hear,
    begins,
    begun,
    record,
    execute,
    payouts: Effect.suspend(() => at.world.payouts(reference)),
    /** A refund on the capture is asked for. */
    ask: (of: bigint = amount) => {
      const id = freshRefundId()
      return Effect.as(execute(request({ id, amount: of, capture: "c-1", caller: asked })), id)
    },
    /** The books after it: what is left on the capture, and nothing wrong in the journal. */
    refundable: Effect.gen(function* () {
      const report = yield* ledger.refunds.verify(asked)
      strictEqual(report.problem, null)
      const { head } = yield* ledger.refunds.order(asked, { order: registered.orderId })
      const [only] = head.captures
      return only === undefined ? fail("the capture is gone") : captureRefundable(only)
    }),
    passTo,
    /** Null: nothing is due any more. */
    dueAt: (id: RefundId) => ledger.due.get(id) ?? null
  }
})
export type LedgerLoop = Effect.Success<ReturnType<typeof ledgerLoop>>

const freshRefundId = () => randomUUID() as RefundId

const outcomeOf = (said: Said): Outcome => {
  if (said === null) return { _tag: "notFound", detail: "the provider has never heard of it" }
  return said._tag === "silence" ? { _tag: "unknown", detail: "no answer" } : said
}

const attemptOfNews = (
  about: Extract<ProviderNews["about"], { readonly _tag: "refund" }>,
  refunds: ReadonlyArray<Refund>
) => {
  for (const refund of refunds) {
    const attempt = refund.attempts.find(
      ({ id, reference }) => id === about.attempt?.attemptId || (reference !== null && reference === about.reference)
    )
    if (attempt !== undefined) return { refundId: refund.id, id: attempt.id }
  }
  return undefined
}

/** The core over the store in memory; `due` is what its decisions have said. */
const openLedger = Effect.fnUntraced(function* (harness: ProviderHarness) {
  const context = yield* Layer.build(layerMemoryWith({}))
  const store = Context.get(context, LedgerStore)
  const due = new Map<RefundId, Instant>()
  const note = (all: ReadonlyArray<Due>) => {
    for (const { at, refundId } of all) at === null ? due.delete(refundId) : due.set(refundId, at)
  }
  const noting = LedgerStore.of({
    read: store.read,
    transact: (scope, decide) => {
      let decided: ReadonlyArray<Due> = []
      return store
        .transact(scope, (facts) => {
          const decision = decide(facts)
          decided = decision._tag === "Success" ? decision.success.due : []
          return decision
        })
        .pipe(Effect.tap(() => Effect.sync(() => note(decided))))
    }
  })
  const ports = Layer.merge(
    Layer.succeed(LedgerStore, noting),
    Layer.succeed(LedgerReader, Context.get(context, LedgerReader))
  )
  const refunds = yield* Refunds.pipe(
    Effect.provide(Refunds.layer.pipe(Layer.provide(ports))),
    Effect.provideService(ProviderCapabilities, () => harness.capabilities)
  )
  return { refunds, due }
})

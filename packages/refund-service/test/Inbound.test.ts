import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Command } from "refund-core/Command"
import type { CurrencyCode } from "refund-core/Currency"
import { Inbox, type InboxEvent } from "refund-core/ports/Inbox"
import { LedgerReader } from "refund-core/ports/LedgerReader"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type ProviderNews, WebhookRefused } from "refund-core/ports/ProviderNews"
import { assumed } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import {
  attemptId,
  begin,
  cancel,
  capture,
  declined,
  noon,
  order,
  paid,
  refundId,
  register,
  request,
  resolve,
  retry,
  settle as settleByHand,
  told,
  unknown
} from "refund-testkit/build"
import { externalId } from "../src/externalId.ts"
import { Inbound } from "../src/Inbound.ts"
import { simulator } from "../src/SimulatorProvider.ts"
import {
  day,
  figuresNow,
  type Ledger,
  layerLedger,
  openLedger,
  orderNow,
  providerOf,
  refundNow,
  settle,
  startWorker,
  tenant
} from "./support/ledger.ts"
import { dispute, failed, news, pending, reversed, settled } from "./support/news.ts"

const to = { tenant, provider: "simulator" }
const minute = 60_000

const inLedger = <A, E>(
  test: Effect.Effect<A, E, Ledger>,
  layer: Layer.Layer<Ledger> = layerLedger({ worker: false })
) => Effect.andThen(TestClock.setTime(noon), Effect.provide(test, layer))

const execute = (...commands: ReadonlyArray<Command>) =>
  Effect.andThen(Refunds, (refunds) =>
    Effect.forEach(commands, (command) => refunds.execute(command), { discard: true })
  )
const tell = (...events: ReadonlyArray<ProviderNews>) => Inbound.use((inbound) => inbound.tell(to, events))
const inbox = Inbox.use((kept) => kept.list(tenant, {}, { limit: 100, before: null }))
/** Applies what is due, as the worker's loop does. */
const drain = Effect.gen(function* () {
  const kept = yield* Inbox
  const inbound = yield* Inbound
  for (let events = yield* kept.take(100); events.length > 0; events = yield* kept.take(100)) {
    yield* Effect.forEach(events, inbound.apply, { discard: true })
  }
})
const stateOf = (count: number) => Effect.map(refundNow(refundId(count)), ({ state }) => state)
const outside = (reference: string) => refundNow(externalId("simulator", reference))
/** The newest event's state, and what is said of it. */
const verdict = Effect.map(inbox, ([first]: ReadonlyArray<InboxEvent>) => {
  if (first === undefined) throw new Error("the inbox is empty")
  const { detail, dueAt, state } = first
  return { state, detail, isDue: dueAt !== null }
})

/** Refund 1 of 40, sent to the provider as attempt 1. */
const sent = [register(), request({ id: refundId(1), amount: 40n }), begin(refundId(1))]

describe("a provider's webhook", () => {
  const event = news("evt-1", settled("re_1"), { ours: 1 })
  const webhook = (answer: Effect.Effect<ReadonlyArray<ProviderNews>, WebhookRefused>) => ({
    simulator: { provider: simulator, capabilities: assumed, webhook: { receive: () => answer } }
  })
  const delivery = { body: new Uint8Array(), headers: {} }
  const receive = (provider: string) => Inbound.use((inbound) => inbound.receive({ tenant, provider }, delivery))

  it.effect("is kept, applied, and told that it was: once, however often it comes", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent)
        assert.deepStrictEqual([yield* receive("simulator"), yield* receive("simulator")], [1, 0])
        assert.strictEqual(yield* stateOf(1), "settled")
        assert.deepStrictEqual(yield* verdict, {
          state: "applied",
          detail: `refund ${refundId(1)} is settled`,
          isDue: false
        })
      }),
      layerLedger({ worker: false, providers: webhook(Effect.succeed([event])) })
    )
  )

  it.effect("leaves nothing behind where its signature is refused (T42)", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent)
        const refused = yield* Effect.flip(receive("simulator"))
        assert.strictEqual(refused._tag, "WebhookRefused")
        assert.deepStrictEqual([yield* inbox, yield* stateOf(1)], [[], "submitting"])
      }),
      layerLedger({ worker: false, providers: webhook(Effect.fail(new WebhookRefused({ detail: "too old" }))) })
    )
  )

  it.effect("of a provider that tells nothing here is unknown", () =>
    inLedger(
      Effect.gen(function* () {
        for (const name of ["simulator", "stripe", "__proto__"]) {
          assert.strictEqual((yield* Effect.flip(receive(name)))._tag, "NoWebhook")
        }
      })
    )
  )
})

describe("news of a refund", () => {
  it.effect("T40: may come before the answer to the call, and the answer changes nothing then", () => {
    const provider = providerOf({
      submit: ({ amount, id }) =>
        Effect.gen(function* () {
          yield* Effect.sleep(1_000)
          return { ...paid(amount), reference: `re_${id}` } as ReturnType<typeof paid>
        })
    })
    return Effect.gen(function* () {
      const ledger = yield* openLedger({
        providers: { simulator: { provider: provider.service, capabilities: assumed } }
      })
      yield* startWorker(ledger)
      yield* Effect.gen(function* () {
        yield* execute(register(), request({ id: refundId(1), amount: 40n }))
        yield* settle
        assert.strictEqual(yield* stateOf(1), "submitting")
        const [attempt] = provider.submitted
        yield* tell(news("evt-1", settled(`re_${attempt?.id}`), { ours: 1, attempt: attempt!.id }))
        const early = yield* refundNow(refundId(1))
        assert.strictEqual(early.state, "settled")
        yield* TestClock.adjust(1_000)
        yield* settle
        assert.deepStrictEqual(yield* refundNow(refundId(1)), early)
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
        assert.strictEqual((yield* orderNow).refunds.length, 1)
      }).pipe(Effect.provide(ledger))
    })
  })

  it.effect("is found by the provider's name for it where it does not carry our attempt (A30)", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), { _tag: "pending", reference: "re_1" }))
        yield* tell(news("evt-1", settled("re_1")))
        assert.strictEqual(yield* stateOf(1), "settled")
        assert.strictEqual((yield* orderNow).refunds.length, 1)
      })
    )
  )

  it.effect("T41: of a refund that nobody asked the ledger for is recorded from outside, once", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", settled("re_9")), news("evt-2", settled("re_9")), news("evt-3", settled("re_8", 10n)))
        const { origin, providerReference, settledAt, state } = yield* outside("re_9")
        assert.deepStrictEqual(
          { origin, providerReference, settledAt, state },
          { origin: "external", providerReference: "re_9", settledAt: noon + minute, state: "settled" }
        )
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 50n })
      })
    )
  )

  it.effect("finds the capture by any of the provider's names for it", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", settled("re_9"), { captureReference: "pi_1", captureAliases: ["ch_c-1"] }))
        assert.strictEqual((yield* outside("re_9")).state, "settled")
      })
    )
  )

  it.effect("T41: without an amount is never 'all of it': it is parked, and nothing is recorded", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", settled("re_9"), { amount: null }))
        const said = yield* verdict
        assert.deepStrictEqual([said.state, said.isDue], ["parked", false])
        assert.deepStrictEqual((yield* orderNow).refunds, [])
      })
    )
  )

  it.effect("T41: of no capture is parked, looked at again for a day, and then a person's", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell(news("evt-1", settled("re_9")))
        assert.deepStrictEqual(yield* verdict, {
          state: "parked",
          detail: "refund re_9 is of no capture that is registered here (ch_c-1)",
          isDue: true
        })
        yield* TestClock.adjust(day + minute)
        yield* drain
        const said = yield* verdict
        assert.deepStrictEqual([said.state, said.isDue], ["parked", false])
        yield* execute(register())
        const [event] = yield* inbox
        assert.isTrue(yield* Inbox.use((kept) => kept.retry(tenant, event!.id)))
        yield* drain
        assert.strictEqual((yield* outside("re_9")).state, "settled")
        assert.strictEqual((yield* verdict).state, "applied")
      })
    )
  )

  it.effect("of a capture that is registered a little later is applied then", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell(news("evt-1", settled("re_9")))
        yield* execute(register())
        yield* TestClock.adjust(minute)
        yield* drain
        assert.strictEqual((yield* outside("re_9")).state, "settled")
      })
    )
  )

  it.effect("waits where it may be one of ours that nobody knows the outcome of, and is that one's in the end", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), unknown))
        yield* tell(news("evt-1", settled("re_1"), { captureReference: "ch_c-1" }))
        assert.deepStrictEqual(yield* verdict, {
          state: "parked",
          detail: `it may be refund ${refundId(1)}, which is unknown`,
          isDue: true
        })
        assert.strictEqual((yield* orderNow).refunds.length, 1)
        yield* execute(told(refundId(1), paid(40n)))
        yield* TestClock.adjust(minute)
        yield* drain
        assert.strictEqual((yield* verdict).state, "applied")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect(
    "waits where it may be one of ours, and is recorded from outside once that one turns out to be another",
    () =>
      inLedger(
        Effect.gen(function* () {
          yield* execute(...sent, told(refundId(1), unknown))
          yield* tell(news("evt-1", settled("re_9")))
          yield* execute(told(refundId(1), declined))
          yield* TestClock.adjust(minute)
          yield* drain
          assert.strictEqual((yield* outside("re_9")).state, "settled")
          assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
        })
      )
  )

  it.effect("of what failed or is still pending, and is not ours, changes nothing", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(news("evt-1", pending("re_9")), news("evt-2", failed("re_8")))
        yield* TestClock.adjust(2 * 60 * minute)
        yield* drain
        assert.deepStrictEqual(
          (yield* inbox).map(({ state }) => state),
          ["applied", "applied"]
        )
        assert.deepStrictEqual((yield* orderNow).refunds, [])
      })
    )
  )

  it.effect("T27: that it came back frees the amount, once, however often it is told", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), paid(40n)))
        for (let count = 1; count <= 10; count++)
          yield* tell(news(`evt-${count}`, reversed("re_1"), { ours: 1 }, count))
        assert.strictEqual(yield* stateOf(1), "reversed")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 0n })
        const journal = yield* LedgerReader.use((reader) => reader.journal(tenant, "order:o-1"))
        assert.strictEqual(journal.filter(({ text }) => text.includes("RefundReversed")).length, 1)
      })
    )
  )

  for (const late of [failed, reversed]) {
    const name = late === failed ? "a late no" : "a return"
    it.effect(`undoes what was recorded from outside by ${name}, also where that is told first`, () =>
      Effect.gen(function* () {
        const yes = news("evt-1", settled("re_9"))
        const no = news("evt-2", late("re_9"), {}, 10)
        for (const told of [
          [yes, no],
          [no, yes]
        ]) {
          yield* inLedger(
            Effect.gen(function* () {
              yield* execute(register())
              for (const each of told) yield* tell(each)
              yield* TestClock.adjust(minute)
              yield* drain
              assert.strictEqual((yield* outside("re_9")).state, "reversed")
              assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 0n })
            })
          )
        }
      })
    )
  }
})

describe("news that contradicts what is known", () => {
  it.effect("is another payout where the refund was canceled before anybody knew that it was sent", () =>
    inLedger(
      Effect.gen(function* () {
        const notSent = told(refundId(1), { _tag: "notSent", detail: "connection refused" })
        yield* execute(...sent, notSent, cancel(refundId(1)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
        assert.strictEqual(yield* stateOf(1), "canceled")
        assert.strictEqual((yield* outside("re_1")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is another payout where the refund was paid under another name", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), paid(40n, { reference: "re_1" })))
        yield* tell(news("evt-1", settled("re_2"), { ours: 1 }))
        yield* tell(news("evt-2", settled("re_2"), { ours: 1 }, 1))
        assert.strictEqual((yield* outside("re_2")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 80n })
        // It comes back by its own name, not by that of the attempt.
        yield* tell(news("evt-3", reversed("re_2"), { ours: 1 }, 2))
        assert.deepStrictEqual([yield* stateOf(1), (yield* outside("re_2")).state], ["settled", "reversed"])
      })
    )
  )

  it.effect("is another payout where an earlier attempt was paid after all", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), declined), retry(refundId(1)), begin(refundId(1), attemptId(2)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1, attempt: attemptId(1) }))
        yield* execute(told(refundId(1), paid(40n, { reference: "re_2" }), { attempt: attemptId(2) }))
        assert.strictEqual((yield* outside("re_1")).state, "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 80n })
        yield* tell(news("evt-2", reversed("re_1"), { ours: 1, attempt: attemptId(1) }, 2))
        assert.strictEqual((yield* outside("re_1")).state, "reversed")
        assert.strictEqual(yield* stateOf(1), "settled")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is none where it is older than the no that followed it", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent)
        yield* tell(news("evt-2", failed("re_1"), { ours: 1 }, 10))
        yield* execute(retry(refundId(1)), begin(refundId(1), attemptId(2)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1, attempt: attemptId(1) }))
        assert.strictEqual((yield* verdict).state, "applied")
        assert.strictEqual((yield* orderNow).refunds.length, 1)
        assert.strictEqual(yield* stateOf(1), "submitting")
      })
    )
  )

  it.effect("waits until a person has decided on what is in review, and then changes nothing", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), paid(39n)))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
        const said = yield* verdict
        assert.deepStrictEqual([yield* stateOf(1), said.state, said.isDue], ["in_review", "parked", true])
        yield* execute(resolve(refundId(1), "settled", { reference: "re_1" }))
        yield* TestClock.adjust(minute)
        yield* drain
        assert.strictEqual((yield* verdict).state, "applied")
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is a person's where a person has settled the refund by hand under another name", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(...sent, told(refundId(1), unknown), resolve(refundId(1), "settled", { reference: "bank 17" }))
        yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
        const said = yield* verdict
        assert.deepStrictEqual([said.state, said.isDue], ["parked", false])
        assert.match(said.detail ?? "", /as re_1: 40 USD \(minor units\); bob had settled it by hand$/)
        assert.deepStrictEqual(yield* figuresNow, { held: 0n, refunded: 40n })
      })
    )
  )

  it.effect("is what a person had recorded already, by the same name", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(
          register(order({ captures: [capture("c-1", 100n, { provider: "manual" })] })),
          request({ id: refundId(1), amount: 40n }),
          settleByHand(refundId(1), { reference: "re_1" })
        )
        yield* Inbound.use((inbound) => inbound.tell({ tenant, provider: "manual" }, [news("evt-1", settled("re_1"))]))
        assert.strictEqual((yield* orderNow).refunds.length, 1)
        assert.strictEqual((yield* verdict).state, "applied")
      })
    )
  )
})

describe("news of a dispute", () => {
  const disputed = Effect.map(orderNow, ({ head }) => [head.disputed, ...head.disputes.map(({ state }) => state)])

  it.effect("is recorded at the order of its capture, however often and in whatever order it is told", () =>
    Effect.gen(function* () {
      const open = dispute("evt-1", "open")
      const won = dispute("evt-2", "won", {}, 10)
      for (const told of [
        [open, won],
        [won, open],
        [open, open, won, open]
      ]) {
        yield* inLedger(
          Effect.gen(function* () {
            yield* execute(register())
            for (const [index, each] of told.entries()) yield* tell({ ...each, eventId: `${each.eventId}-${index}` })
            assert.deepStrictEqual(yield* disputed, [0n, "won"])
            assert.deepStrictEqual(new Set((yield* inbox).map(({ state }) => state)), new Set(["applied"]))
          })
        )
      }
    })
  )

  it.effect("waits for its capture to be registered", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell(dispute("evt-1", "open"))
        assert.deepStrictEqual([(yield* verdict).state, (yield* verdict).isDue], ["parked", true])
        yield* execute(register())
        yield* TestClock.adjust(minute)
        yield* drain
        assert.deepStrictEqual(yield* disputed, [100n, "open"])
      })
    )
  )

  it.effect("is a person's where it contradicts what was decided, or is in another currency", () =>
    inLedger(
      Effect.gen(function* () {
        yield* execute(register())
        yield* tell(dispute("evt-1", "lost"), dispute("evt-2", "won", {}, 1))
        assert.strictEqual((yield* verdict).state, "parked")
        assert.deepStrictEqual(yield* disputed, [100n, "lost"])
        yield* tell(dispute("evt-3", "open", { id: "dp_2", currency: "EUR" as CurrencyCode }))
        assert.deepStrictEqual((yield* verdict).detail, "the dispute is in EUR, the order in USD")
      })
    )
  )
})

describe("what cannot be applied", () => {
  it.effect("is parked with what is wrong, where it could not be read", () =>
    inLedger(
      Effect.gen(function* () {
        yield* tell({ eventId: "evt-1", at: noon, about: { _tag: "unreadable", detail: "no amount" } })
        assert.deepStrictEqual(yield* verdict, { state: "parked", detail: "no amount", isDue: false })
        yield* tell({ eventId: "evt-2", at: noon, about: { _tag: "other", type: "customer.created" } })
        assert.strictEqual((yield* verdict).state, "applied")
      })
    )
  )

  for (const what of ["is unavailable", "breaks"]) {
    it.effect(`is tried again while the ledger ${what}, twelve times in all, and then parked (A32)`, () => {
      const unavailable = new LedgerUnavailable({ detail: "the disk is full", retryAfterSeconds: 1 })
      const trouble = what === "breaks" ? Effect.die(new Error("a bug")) : Effect.fail(unavailable)
      let isBroken = true
      const troubled = Layer.effect(
        Refunds,
        Effect.map(Refunds, (refunds) =>
          Refunds.of({
            ...refunds,
            execute: (command) => (isBroken && command._tag === "RecordOutcome" ? trouble : refunds.execute(command))
          })
        )
      )
      const layer = Layer.fresh(Inbound.layer).pipe(
        Layer.provideMerge(troubled),
        Layer.provideMerge(layerLedger({ worker: false }))
      )
      return inLedger(
        Effect.gen(function* () {
          yield* execute(...sent)
          yield* tell(news("evt-1", settled("re_1"), { ours: 1 }))
          assert.deepStrictEqual(yield* verdict, {
            state: "new",
            detail: what === "breaks" ? "Error: a bug" : "the disk is full",
            isDue: true
          })
          const [event] = yield* inbox
          assert.strictEqual(event?.dueAt, noon + 1_000)
          let tries = 1
          while ((yield* verdict).state === "new") {
            yield* TestClock.adjust(5 * minute)
            yield* drain
            tries += 1
          }
          assert.strictEqual(tries, 12)
          assert.match((yield* verdict).detail ?? "", /^given up after 12 tries: /)
          isBroken = false
          yield* Inbox.use((kept) => kept.retry(tenant, event!.id))
          yield* drain
          assert.strictEqual(yield* stateOf(1), "settled")
        }),
        layer as Layer.Layer<Ledger>
      )
    })
  }
})

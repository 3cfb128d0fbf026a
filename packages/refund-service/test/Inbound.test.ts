import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Inbox } from "refund-core/ports/Inbox"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import { type ProviderNews, WebhookRefused } from "refund-core/ports/ProviderNews"
import { assumed } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { noon, refundId } from "refund-testkit/build"
import { Inbound } from "../src/Inbound.ts"
import { simulator } from "../src/SimulatorProvider.ts"
import { drain, execute, inbox, inLedger, minute, sent, stateOf, tell, verdict } from "./support/inbound.ts"
import { type Ledger, layerLedger, tenant } from "./support/ledger.ts"
import { news, settled } from "./support/news.ts"

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

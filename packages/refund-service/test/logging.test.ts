import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Scope } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import { assumed, type Outcome } from "refund-core/ports/RefundProvider"
import { Refunds } from "refund-core/Refunds"
import { paid, refundId, register, request } from "refund-testkit/build"
import { Inbound } from "../src/Inbound.ts"
import * as logging from "../src/logging.ts"
import { openLedger, providerOf, settle, startWorker, tenant } from "./support/ledger.ts"
import { news, settled } from "./support/news.ts"

const card = "4111 1111 1111 1111"
const known = 'AQEhhmfuXNWTK0"configured'

/** All that a process logs while one refund meets these answers, line by line. */
const logged = (logFormat: "json" | "text" | "logfmt", submit: Effect.Effect<Outcome>) =>
  Effect.gen(function* () {
    const before = (yield* TestConsole.errorLines).length
    const provider = providerOf({ submit: () => submit, lookup: submit })
    const scope = yield* Effect.scope
    const log = yield* Layer.build(logging.layer({ logFormat, logLevel: "Debug", secrets: [known] })).pipe(
      Scope.provide(scope)
    )
    const ledger = Context.merge(
      yield* openLedger({ providers: { simulator: { provider: provider.service, capabilities: assumed } } }),
      log
    )
    yield* startWorker(ledger).pipe(Effect.provide(log))
    yield* Effect.gen(function* () {
      const refunds = yield* Refunds
      yield* refunds.execute(register())
      const texts = {
        salt: "s",
        reason: "wrong size",
        note: "call +46 70 123 45 67",
        metadata: { mail: "ada@example.com" }
      }
      yield* refunds.execute(request({ id: refundId(1), amount: 40n, texts }))
      yield* settle
      yield* TestClock.adjust("6 minutes")
      yield* settle
      yield* Inbound.use((inbound) =>
        inbound.tell({ tenant, provider: "simulator" }, [
          news("evt-1", settled("re_7", 1n)),
          {
            eventId: "evt-2",
            at: 0,
            about: { _tag: "unreadable", detail: `the body has ${card} and Bearer abcdef12345` }
          }
        ])
      )
    }).pipe(Effect.provide(ledger))
    return (yield* TestConsole.errorLines).slice(before).map(String)
  })

const forbidden = [
  card,
  card.replaceAll(" ", ""),
  known,
  "sk_live_abcdef123456",
  "abcdef12345",
  "wrong size",
  "+46",
  "ada@"
]

describe("the log", () => {
  it.effect("tells what happened to a refund: which, of which order, at which provider, what came of it", () =>
    Effect.gen(function* () {
      const lines = yield* logged("json", Effect.succeed(paid(40n)))
      const line = lines.map((each) => JSON.parse(each)).find(({ message }) => String(message).includes("is settled"))
      const { attempt, ...told } = line.annotations
      assert.strictEqual(line.message, `Refund ${refundId(1)} is settled`)
      assert.isString(attempt)
      assert.deepStrictEqual(told, {
        tenant: "acme",
        refund: refundId(1),
        order: "o-1",
        state: "settled",
        provider: "simulator",
        outcome: "settled",
        reference: "re_1",
        from: "call"
      })
    })
  )

  it.effect("tells a decline's code, and warns of what nobody knows the outcome of", () =>
    Effect.gen(function* () {
      const declined = yield* logged(
        "json",
        Effect.succeed({ _tag: "declined", code: "expired_card", reference: null })
      )
      const failed = declined.map((each) => JSON.parse(each)).find(({ annotations }) => annotations.state === "failed")
      assert.deepInclude(failed.annotations, { outcome: "declined", code: "expired_card" })
      const unknown = yield* logged("json", Effect.succeed({ _tag: "unknown", detail: "reset" }))
      const doubt = unknown.map((each) => JSON.parse(each)).find(({ annotations }) => annotations.state === "unknown")
      assert.strictEqual(doubt.level, "WARN")
    })
  )

  const leaks: ReadonlyArray<readonly [string, Effect.Effect<Outcome>]> = [
    [
      "declines with a card number in its code",
      Effect.succeed({ _tag: "declined", code: `card ${card}`, reference: null })
    ],
    ["says too much in doubt", Effect.succeed({ _tag: "unknown", detail: `${card} ${known} sk_live_abcdef123456` })],
    [
      "throws with its request in the message",
      Effect.die(new Error(`POST ${card} Authorization: Bearer abcdef12345 ${known}`))
    ],
    [
      "throws an object with its request in it",
      Effect.die(Object.assign(new Error("refused"), { config: { headers: { authorization: known } }, body: card }))
    ]
  ]
  for (const [what, submit] of leaks) {
    for (const format of ["text", "logfmt", "json"] as const) {
      it.effect(`has no card number, secret, body or text of people where a provider ${what} (${format})`, () =>
        Effect.gen(function* () {
          const all = (yield* logged(format, submit)).join("\n")
          assert.include(all, refundId(1))
          assert.include(all, "re_7")
          for (const each of forbidden) assert.notInclude(all, each)
        })
      )
    }
  }
})

/** What is sent is what is paid, to the minor unit, and never more than was taken. */
import { deepStrictEqual } from "node:assert"
import { Effect } from "effect"
import { CurrencyCode, exponentOf } from "refund-core/Currency"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import { attemptOf, usual } from "./attempts.ts"
import { type Case, type Counter, counter } from "./opened.ts"
import { assertSettled, assertTag, type Said, tagOf } from "./said.ts"

export const amounts = (harness: ProviderHarness): ReadonlyArray<Case> => [
  ...(harness.currencies ?? ["JPY", "USD", "KWD"]).map((code) => inCurrency(harness, CurrencyCode.make(code))),
  ...steps(harness),
  {
    title: "the whole capture is given back, and not one unit more (A46, A53)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      yield* at.pays(at.captured)
      yield* at.refuses(at.step)
      deepStrictEqual(yield* at.payouts, [at.captured])
    })
  },
  {
    title: "one unit more than was captured is a no, and pays nothing (A46, A53)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      yield* at.refuses(at.captured + at.step)
      deepStrictEqual(yield* at.payouts, [])
    })
  },
  {
    title: "another currency than the capture's is a no, and pays nothing (A78)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      const other = CurrencyCode.make(at.currency === "EUR" ? "USD" : "EUR")
      const attempt = attemptOf(harness, { capture: at.capture, amount: at.captured, currency: other, at: at.start })
      yield* refused(at, attempt)
      deepStrictEqual(yield* at.payouts, [])
    })
  },
  {
    title: "two captures are paid back each its own amount",
    needs: [],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      const another = yield* captureAt(at, harness)
      const less = harness.capabilities.partial ? another.captured - another.step : another.captured
      yield* Effect.all([at.pays(at.captured), another.pays(less)], { concurrency: 2 })
      deepStrictEqual([yield* at.payouts, yield* another.payouts], [[at.captured], [less]])
    })
  },
  ...(harness.capabilities.partial ? inParts(harness) : undivided(harness))
]

const opened = (harness: ProviderHarness, code?: CurrencyCode, amount?: bigint) =>
  Effect.flatMap(counter(harness), (at) => captureAt(at, harness, code, amount))

/** A provider tells its news once: all captures of a case are at one counter, which hears all of it. */
const captureAt = Effect.fnUntraced(function* (
  at: Counter,
  harness: ProviderHarness,
  code?: CurrencyCode,
  amount?: bigint
) {
  const currency = code ?? usual(harness).currency
  const captured = amount ?? usual(harness).captured
  const capture = yield* at.world.capture(captured, currency)
  const attempt = (amount: bigint) => attemptOf(harness, { capture, amount, currency, at: at.start })
  return {
    ...at,
    capture,
    captured,
    currency,
    step: harness.capabilities.steps[currency] ?? 1n,
    payouts: Effect.suspend(() => at.world.payouts(capture)),
    attempt,
    pays: Effect.fnUntraced(function* (amount: bigint) {
      const sent = attempt(amount)
      assertSettled(yield* at.concluded(sent, yield* at.submit(sent)), sent)
    }),
    refuses: (amount: bigint) => refused(at, attempt(amount))
  }
})

const refused = Effect.fnUntraced(function* (at: Counter, attempt: ReturnType<typeof attemptOf>) {
  const said: Said = yield* at.submit(attempt)
  assertTag(said, "declined", "pending")
  if (tagOf(said) === "pending") assertTag(yield* at.concluded(attempt, said), "declined")
})

const inCurrency = (harness: ProviderHarness, currency: CurrencyCode): Case => ({
  title: `${currency}, with ${exponentOf(currency)} digits, is paid to the minor unit (A74, A75)`,
  needs: [],
  test: Effect.gen(function* () {
    const step = harness.capabilities.steps[currency] ?? 1n
    const captured = 123_457n * step
    const parts = harness.capabilities.partial ? [step, 99n * step, 12_345n * step] : [captured]
    const at = yield* opened(harness, currency, captured)
    for (const part of parts) yield* at.pays(part)
    deepStrictEqual(yield* at.payouts, parts)
  })
})

/** Rules refuse such an amount before it is sent; an adapter that meets it all the same does not make it fit. */
const steps = (harness: ProviderHarness): ReadonlyArray<Case> =>
  Object.entries(harness.capabilities.steps)
    .filter(([code, step]) => step > 1n && (harness.currencies ?? ["JPY", "USD", "KWD"]).includes(code))
    .map(([code, step]) => ({
      title: `an amount of ${code} between two steps is never rounded (A75)`,
      needs: [],
      test: Effect.gen(function* () {
        const captured = 1_000n * step
        const at = yield* opened(harness, CurrencyCode.make(code), captured)
        const sent = at.attempt(captured - 1n)
        const said = yield* at.submit(sent)
        const payouts = yield* at.payouts
        if (payouts.length > 0) deepStrictEqual(payouts, [sent.amount])
        if (tagOf(said) === "settled") assertSettled(said, sent)
        else deepStrictEqual(payouts, [])
      })
    }))

const inParts = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "a capture is given back in parts until nothing is left (A12, A53)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      const parts = [at.step, at.captured / 5n, at.captured - at.captured / 5n - at.step]
      for (const part of parts) yield* at.pays(part)
      yield* at.refuses(at.step)
      deepStrictEqual(yield* at.payouts, parts)
    })
  },
  {
    title: "ten parts at the same time are ten payouts, and nothing is left for the eleventh (A01, A12)",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      const part = at.captured / 10n
      const all = Array.from({ length: 10 }, () => part)
      yield* Effect.forEach(all, at.pays, { concurrency: "unbounded" })
      yield* at.refuses(part)
      deepStrictEqual(yield* at.payouts, all)
    })
  }
]

const undivided = (harness: ProviderHarness): ReadonlyArray<Case> => [
  {
    title: "less than the whole capture is a no, as the capabilities say, and pays nothing",
    needs: ["knowsCaptures"],
    test: Effect.gen(function* () {
      const at = yield* opened(harness)
      yield* at.refuses(at.captured - at.step)
      deepStrictEqual(yield* at.payouts, [])
      yield* at.pays(at.captured)
    })
  }
]

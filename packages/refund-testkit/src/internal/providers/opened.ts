/** What every case starts from: the adapter and its double, asked with a patience that ends, and answers that are checked. */
import { deepStrictEqual, fail, ok, strictEqual } from "node:assert"
import { randomUUID } from "node:crypto"
import { Cause, Clock, Context, Effect, Exit, Fiber, Option } from "effect"
import { CurrencyCode, isCurrency } from "refund-core/Currency"
import { type AttemptId, CaptureId, type Instant, OrderId, RefundId, TenantId } from "refund-core/Ids"
import type { ProviderNews, RefundNews } from "refund-core/ports/ProviderNews"
import type { Attempt, Outcome, RefundProvider } from "refund-core/ports/RefundProvider"
import type { Ability, Behaviour, ProviderHarness, ProviderWorld } from "../../ProviderHarness.ts"

export class Opened extends Context.Service<
  Opened,
  { readonly provider: RefundProvider["Service"]; readonly world: ProviderWorld }
>()("refund-testkit/Opened") {}

export interface Case {
  readonly title: string
  /** Run only against a double that can do all of these. */
  readonly needs: ReadonlyArray<Ability>
  readonly test: Effect.Effect<void, unknown, Opened>
}

/** What a call came to: an outcome, nothing found, or no answer within the patience. */
export type Said = Outcome | null | { readonly _tag: "silence" }

export const tagOf = (said: Said): string => said?._tag ?? "null"

/** The currency of cases that are about something else, and amounts of it that the provider takes. */
export const usual = ({ capabilities, currencies }: ProviderHarness) => {
  const taken = currencies ?? ["JPY", "USD", "KWD"]
  const currency = CurrencyCode.make(taken.includes("USD") ? "USD" : (taken[0] ?? "USD"))
  const step = capabilities.steps[currency] ?? 1n
  const captured = 5_000n * step
  return { currency, captured, amount: capabilities.partial ? 1_999n * step : captured }
}

/** Whether an attempt's fate can be found out by asking: by our id, or by a reference that an answer has told. */
export const isAskable = ({ capabilities }: ProviderHarness, attempt: Attempt): boolean =>
  capabilities.lookup === "key" || (capabilities.lookup === "reference" && attempt.reference !== null)

/** One case at the provider's counter. */
export const counter = Effect.fnUntraced(function* (harness: ProviderHarness, { ago = 0 } = {}) {
  const { provider, world: itsWorld } = yield* Opened
  const start: Instant = (yield* Clock.currentTimeMillis) - ago
  const patience = harness.patienceMilliseconds ?? 500
  const longPatience = 40 * patience
  let hangs = false
  const world: ProviderWorld = {
    ...itsWorld,
    arm: (behaviour) =>
      Effect.suspend(() => {
        hangs = isHanging(behaviour)
        return itsWorld.arm(behaviour)
      })
  }
  const setTime = (now: Instant) => world.setTime?.(now) ?? Effect.void
  const heard: Array<ProviderNews> = []
  yield* setTime(start)
  yield* world.arm("settles")
  yield* world.news

  const call = Effect.fnUntraced(function* (ask: () => Effect.Effect<Outcome | null>, mayHang: boolean) {
    const fiber = yield* Effect.forkDetach(Effect.suspend(ask))
    const ended = yield* endOf(fiber, mayHang ? patience : longPatience)
    if (Option.isNone(ended)) {
      yield* Effect.forkDetach(Fiber.interrupt(fiber))
      return { _tag: "silence" } as const
    }
    if (Exit.isFailure(ended.value)) return fail(`an adapter never fails, but: ${Cause.pretty(ended.value.cause)}`)
    return ended.value.value
  })

  const endOf = <A>(fiber: Fiber.Fiber<A>, milliseconds = longPatience) =>
    Effect.timeoutOption(Fiber.await(fiber), milliseconds)

  const listen = Effect.map(world.news, (news) => {
    heard.push(...news)
    return heard
  })

  const self = {
    provider,
    world,
    start,
    setTime,
    endOf,
    /** Everything that was told since the case began. */
    listen,
    /** Sends it and does not wait: for what hangs while other things happen. */
    sendOff: (attempt: Attempt) =>
      Effect.suspend(() => {
        hangs = false
        return Effect.forkDetach(Effect.suspend(() => provider.submit(attempt)))
      }),
    submit: (attempt: Attempt, { mayHang = false } = {}): Effect.Effect<Exclude<Said, null>> =>
      Effect.suspend(() => {
        const isArmedToHang = hangs
        hangs = false
        return call(() => provider.submit(attempt), mayHang || isArmedToHang)
      }).pipe(
        Effect.map((said) => {
          if (said === null) return fail("a submit is answered with an outcome")
          if (said._tag !== "silence") wellFormed(said)
          ok(said._tag !== "notFound", "what is sent is not looked up")
          return said
        })
      ),
    lookup: (attempt: Attempt): Effect.Effect<Said> =>
      Effect.map(
        call(() => provider.lookup(attempt), false),
        (said) => {
          if (said !== null && said._tag !== "silence") wellFormed(said)
          ok(tagOf(said) !== "notSent", "what is looked up is not sent")
          return said?._tag === "notFound" ? null : said
        }
      ),
    /** What came of it in the end: what was said where that is the end, else what was told, else what is found. */
    concluded: (attempt: Attempt, said: Said): Effect.Effect<Said> =>
      Effect.gen(function* () {
        if (said !== null && ends.has(said._tag)) return said
        const known = told(yield* listen, attempt, said)
        if (known !== undefined) return known.outcome
        return yield* self.lookup(named(attempt, said))
      })
  }
  return self
})
export type Counter = Effect.Success<ReturnType<typeof counter>>

/** A call that meets this may never be answered. */
export const isHanging = (behaviour: Behaviour): boolean => behaviour === "hangsPaid" || behaviour === "hangsUnpaid"

const ends: ReadonlySet<string> = new Set(["settled", "declined", "reversed", "notSent"])

/** The last news of an attempt, by our id or by the reference that it was answered with. */
export const told = (news: ReadonlyArray<ProviderNews>, attempt: Attempt, said: Said): RefundNews | undefined => {
  const { reference } = named(attempt, said)
  return news
    .map(({ about }) => about)
    .filter((about) => about._tag === "refund")
    .findLast(
      (about) => about.attempt?.attemptId === attempt.id || (reference !== null && about.reference === reference)
    )
}

/** The attempt as the ledger would hold it after that answer. */
export const named = (attempt: Attempt, said: Said): Attempt =>
  said !== null && "reference" in said && said.reference !== null ? { ...attempt, reference: said.reference } : attempt

const freshId = () => RefundId.make(randomUUID())

/** An instruction to pay, never sent before. */
export const attemptOf = (
  harness: ProviderHarness,
  what: {
    readonly capture: string | null
    readonly amount: bigint
    readonly currency: CurrencyCode
    readonly at: Instant
    readonly id?: AttemptId
  }
): Attempt => ({
  id: what.id ?? freshId(),
  tenant: TenantId.make("contract"),
  refundId: freshId(),
  orderId: OrderId.make("A-1001"),
  captureId: CaptureId.make("c-1"),
  captureReference: what.capture,
  provider: harness.name ?? "provider",
  amount: what.amount,
  currency: what.currency,
  reference: null,
  startedAt: what.at
})

/** A capture of the usual amount, the provider armed, and an attempt on it: what most cases begin with. */
export const armed = Effect.fnUntraced(function* (harness: ProviderHarness, behaviour: Behaviour) {
  const at = yield* counter(harness)
  const { amount, captured, currency } = usual(harness)
  const capture = yield* at.world.capture(captured, currency)
  yield* at.world.arm(behaviour)
  return { ...at, amount, capture, currency, attempt: attemptOf(harness, { capture, amount, currency, at: at.start }) }
})

// ── what may be said ─────────────────────────────────────────────────────────────────────────────────────────────────

const isName = (text: unknown): boolean => typeof text === "string" && text.length > 0
const isNameOrNull = (text: unknown): boolean => text === null || isName(text)
const isInstant = (at: unknown): boolean => at === null || Number.isSafeInteger(at)

const forms: { readonly [Tag in Outcome["_tag"]]: (outcome: Extract<Outcome, { readonly _tag: Tag }>) => boolean } = {
  settled: ({ amount, at, currency, reference }) =>
    isName(reference) && typeof amount === "bigint" && amount >= 0n && isCurrency(currency) && isInstant(at),
  pending: ({ reference }) => isNameOrNull(reference),
  requiresAction: ({ reference }) => isNameOrNull(reference),
  declined: ({ code, reference }) => isName(code) && isNameOrNull(reference),
  reversed: ({ at, detail, reference }) => isNameOrNull(reference) && isName(detail) && isInstant(at),
  notSent: ({ detail, retryAfter }) =>
    isName(detail) && (retryAfter === undefined || (Number.isSafeInteger(retryAfter) && retryAfter >= 0)),
  notFound: ({ detail }) => isName(detail),
  unknown: ({ detail }) => isName(detail)
}

export const wellFormed = (outcome: Outcome): void => {
  const form = Object.hasOwn(forms, outcome._tag) ? (forms[outcome._tag] as (outcome: Outcome) => boolean) : undefined
  ok(form?.(outcome) === true, `no outcome: ${show(outcome)}`)
}

export const show = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? String(value)

/** What was said of one attempt claims nothing that did not happen. `payouts`: what really left for it. */
export const claimsOnlyTruth = (said: Said, attempt: Attempt, payouts: ReadonlyArray<bigint>): void => {
  ok(payouts.length <= 1, `paid ${payouts.length} times: ${show(payouts)}`)
  switch (said?._tag) {
    case "settled":
      if (agrees(said, attempt)) deepStrictEqual(payouts, [attempt.amount], `said ${show(said)}`)
      return
    case undefined:
    case "declined":
    case "notSent":
      return deepStrictEqual(payouts, [], `said ${show(said)}`)
    default:
  }
}

export const agrees = (said: Said, attempt: Attempt): boolean =>
  said?._tag === "settled" && said.amount === attempt.amount && said.currency === attempt.currency

export const assertTag = (said: Said, ...tags: ReadonlyArray<string>): void =>
  ok(tags.includes(tagOf(said)), `expected ${tags.join(" or ")}, said ${show(said)}`)

/** Settled, with the amount and currency that were sent. */
export const assertSettled = (said: Said, attempt: Attempt): void => {
  assertTag(said, "settled")
  if (said?._tag !== "settled") return
  strictEqual(said.amount, attempt.amount)
  strictEqual(said.currency, attempt.currency)
}

/** One call each: what is said, what was paid, and what is found when it is looked up. */
import { deepStrictEqual, ok, strictEqual } from "node:assert"
import { Effect } from "effect"
import type { Attempt } from "refund-core/ports/RefundProvider"
import { type Behaviour, behaviours, type ProviderHarness, retryAfterSeconds } from "../../ProviderHarness.ts"
import { isAskable } from "./attempts.ts"
import { type Expected, expected } from "./expected.ts"
import { armed, type Case } from "./opened.ts"
import { agrees, assertSettled, assertTag, claimsOnlyTruth, named, type Said, show } from "./said.ts"

export const calls = (harness: ProviderHarness): ReadonlyArray<Case> =>
  (Object.keys(behaviours) as ReadonlyArray<Behaviour>).map((behaviour) => ({
    title: expected[behaviour].title,
    needs: [behaviour],
    test: oneCall(harness, behaviour)
  }))

const oneCall = (harness: ProviderHarness, behaviour: Behaviour) =>
  Effect.gen(function* () {
    const { attempt, capture, concluded, lookup, submit, world } = yield* armed(harness, behaviour)
    const { later, now, truth } = expected[behaviour]
    const said = yield* submit(attempt)
    assertTag(said, ...(harness.answers === "later" ? (later ?? now) : now))
    const payouts = yield* world.payouts(capture)
    claimsOnlyTruth(said, attempt, payouts)
    if (truth !== "unclear") deepStrictEqual(payouts, truth === "paid" ? [attempt.amount] : [])
    saysAll(said, behaviour, attempt)
    if (said._tag === "pending" && behaviour === "settles") assertSettled(yield* concluded(attempt, said), attempt)
    if (said._tag === "pending" && behaviour === "declines")
      assertTag(yield* concluded(attempt, said), "declined", "null")
    const sent = named(attempt, said)
    const found = yield* lookup(sent)
    claimsOnlyTruth(found, attempt, yield* world.payouts(capture))
    assertFound(harness, found, sent, truth)
  })

const saysAll = (said: Said, behaviour: Behaviour, attempt: Attempt): void => {
  if (said?._tag === "settled" && behaviour === "settles") assertSettled(said, attempt)
  if (behaviour === "otherAmount" || behaviour === "otherCurrency") {
    ok(!agrees(said, attempt), `taken for what was asked: ${show(said)}`)
  }
  if (said?._tag === "notSent" && behaviour === "busy") strictEqual(said.retryAfter, retryAfterSeconds * 1_000)
}

/** Who can be asked finds what is true. Who cannot says that nobody knows: `null` would be a no that nobody said. */
export const assertFound = (
  harness: ProviderHarness,
  found: Said,
  attempt: Attempt,
  truth: Expected["truth"]
): void => {
  // That it was accepted is still so: no more than that can be said where nothing can be asked.
  if (harness.capabilities.lookup === "none") {
    return attempt.reference === null ? assertTag(found, "unknown") : assertTag(found, "unknown", "pending")
  }
  if (!isAskable(harness, attempt)) {
    ok(found !== null, "without a reference it cannot say that it has never heard of it")
    if (found._tag === "unknown") return
  }
  switch (truth) {
    case "paid":
      return assertSettled(found, attempt)
    case "unpaid":
      return assertTag(found, "null")
    case "pending":
      return assertTag(found, "pending")
    case "waiting":
      return assertTag(found, "requiresAction", "pending")
    case "declined":
      return assertTag(found, "declined", "null")
    case "unclear":
      return assertTag(found, "settled", "unknown", "pending")
  }
}

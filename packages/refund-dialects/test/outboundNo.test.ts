/** T68: every no that a door of ours can say, heard by whoever called it. */
import { assert, describe, it } from "@effect/vitest"
import { LedgerUnavailable } from "refund-core/ports/LedgerStore"
import type { Outcome } from "refund-core/ports/RefundProvider"
import { rejected, type ViolationTag } from "refund-core/Violation"
import type { Dialect, WireFault } from "../src/Dialect.ts"
import { geins } from "../src/geins/inbound.ts"
import { said as ofGeins } from "../src/geins/said.ts"
import type { Answer } from "../src/internal/calling.ts"
import { outcomeOf } from "../src/internal/outcomes.ts"
import type { Numbers } from "../src/Json.ts"
import { kibo } from "../src/kibo/inbound.ts"
import { said as ofKibo } from "../src/kibo/said.ts"
import { maverick } from "../src/maverick/inbound.ts"
import { said as ofMaverick } from "../src/maverick/said.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { said as ofMedusa } from "../src/medusa/said.ts"
import { moyasar } from "../src/moyasar/inbound.ts"
import { said as ofMoyasar } from "../src/moyasar/said.ts"
import { answerOf, attemptOn } from "./support/outbound.ts"
import { violations } from "./support/violations.ts"

type Tag = Outcome["_tag"]

interface Door {
  readonly dialect: Dialect
  /** How whoever calls reads the numbers. */
  readonly numbers: Numbers
  readonly said: (answer: Answer) => Outcome | null
  /** All else is declined. */
  readonly violations: { readonly [V in ViolationTag]?: Tag }
  readonly faults: { readonly [F in WireFault["_tag"]]: Tag }
}

const attempt = attemptOn("882")

const faults = {
  NoCredential: "notSent",
  BadCredential: "notSent",
  TooMany: "notSent",
  BadJson: "declined",
  TooLarge: "declined",
  WrongMediaType: "declined",
  NoRoute: "declined",
  WrongMethod: "declined",
  Broken: "unknown"
} as const

const doors: ReadonlyArray<Door> = [
  {
    dialect: kibo,
    numbers: "text",
    said: (answer) => ofKibo(attempt, { orderId: "A-1001", paymentId: "882" }, answer),
    violations: { IdempotencyKeyReused: "unknown" },
    faults
  },
  {
    dialect: geins,
    numbers: "text",
    said: (answer) => ofGeins(attempt, answer),
    violations: { IdempotencyKeyReused: "unknown" },
    faults
  },
  {
    dialect: moyasar,
    numbers: "double",
    said: (answer) => ofMoyasar(attempt, "A-1001", answer),
    violations: {
      NotPermitted: "notSent",
      SelfApproval: "notSent",
      IdempotencyKeyReused: "unknown",
      // Told under `transaction_id`, as a reused one is.
      CaptureRequired: "unknown"
    },
    // Its page has one 400, and that one is a doubt.
    faults: { ...faults, BadJson: "unknown", TooLarge: "unknown", WrongMediaType: "unknown", WrongMethod: "unknown" }
  },
  {
    dialect: maverick,
    numbers: "double",
    said: (answer) => ofMaverick(attempt, "882", answer),
    violations: {
      NotPermitted: "notSent",
      SelfApproval: "notSent",
      IdempotencyKeyReused: "unknown",
      VersionConflict: "unknown",
      LastManagingKey: "unknown"
    },
    faults
  },
  {
    dialect: medusa,
    numbers: "double",
    said: (answer) => ofMedusa(attempt, "882", answer),
    violations: {
      NotPermitted: "notSent",
      SelfApproval: "notSent",
      IdempotencyKeyReused: "unknown",
      VersionConflict: "unknown",
      LastManagingKey: "unknown"
    },
    faults
  }
]

const everyFault: { readonly [F in WireFault["_tag"]]: Extract<WireFault, { readonly _tag: F }> } = {
  NoCredential: { _tag: "NoCredential" },
  BadCredential: { _tag: "BadCredential" },
  TooMany: { _tag: "TooMany", retryAfterSeconds: 7 },
  BadJson: { _tag: "BadJson", detail: "The body is not JSON" },
  TooLarge: { _tag: "TooLarge", limitBytes: 262_144 },
  WrongMediaType: { _tag: "WrongMediaType", got: "text/plain" },
  NoRoute: { _tag: "NoRoute", path: "/nowhere" },
  WrongMethod: { _tag: "WrongMethod", allowed: ["POST"] },
  Broken: { _tag: "Broken", requestId: "01a20165" }
}

for (const { dialect, faults, numbers, said, violations: exceptions } of doors) {
  const heard = (wire: ReturnType<Dialect["fault"]>): Outcome => outcomeOf(dialect.door, answerOf(numbers, wire), said)

  describe(`what ${dialect.door}'s door says no to`, () => {
    it.each(Object.keys(violations) as ReadonlyArray<ViolationTag>)("%s", (tag) => {
      const outcome = heard(dialect.failure(rejected([violations[tag]])))
      assert.strictEqual(outcome._tag, exceptions[tag] ?? "declined", JSON.stringify(outcome))
      if (outcome._tag === "declined") assert.match(outcome.code, /\w/)
    })

    it.each(Object.keys(everyFault) as ReadonlyArray<WireFault["_tag"]>)("%s", (tag) => {
      assert.strictEqual(heard(dialect.fault(everyFault[tag]))._tag, faults[tag])
    })

    it("is a doubt where the ledger could not be reached: it may have committed", () => {
      const failure = new LedgerUnavailable({ detail: "the disk is full", retryAfterSeconds: 3 })
      assert.strictEqual(heard(dialect.failure(failure))._tag, "unknown")
    })
  })
}

describe("what any server may say", () => {
  const none = () => null
  const of = (status: number, retryAfter: number | null = null): Outcome =>
    outcomeOf("Kibo", { _tag: "answer", status, body: undefined, retryAfter, refundId: null }, none)

  it("429 moved nothing, and says when to come again", () => {
    assert.deepEqual(of(429, 7_000), {
      _tag: "notSent",
      detail: "Kibo answered 429, which cannot be read",
      retryAfter: 7_000
    })
    assert.deepEqual(of(429), { _tag: "notSent", detail: "Kibo answered 429, which cannot be read" })
  })

  it.each([401, 403])("%i is for a person to put right, and asked again in five minutes", (status) => {
    assert.deepEqual(of(status), {
      _tag: "notSent",
      detail: `Kibo answered ${status}, which cannot be read`,
      retryAfter: 300_000
    })
  })

  it.each([
    100, 204, 206, 301, 302, 303, 304, 307, 308, 400, 402, 404, 408, 409, 418, 421, 422, 425, 500, 502, 503, 504
  ])("%i without the vendor's own words is unknown", (status) => assert.strictEqual(of(status)._tag, "unknown"))
})

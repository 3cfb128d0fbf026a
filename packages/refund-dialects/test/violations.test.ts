import { assert, describe, it } from "@effect/vitest"
import type { CurrencyCode } from "refund-core/Currency"
import { rejected, type Violation } from "refund-core/Violation"
import type { Dialect } from "../src/Dialect.ts"
import { geins } from "../src/geins/inbound.ts"
import { kibo } from "../src/kibo/inbound.ts"
import { maverick } from "../src/maverick/inbound.ts"
import { medusa } from "../src/medusa/inbound.ts"
import { moyasar } from "../src/moyasar/inbound.ts"

const currency = "USD" as CurrencyCode
const amounts = { currency, requested: 5_000n, refundable: 2_921n }

/** What a provider cannot do with the capture, and more credit than there is. */
const limits: ReadonlyArray<Violation> = [
  { _tag: "ExceedsCaptured", captureId: "882", ...amounts },
  { _tag: "ExceedsCredit", customerId: "c-7", ...amounts },
  { _tag: "WindowClosed", captureId: "882", days: 90, capturedAt: 0 },
  { _tag: "OnlyInFull", captureId: "882", ...amounts },
  { _tag: "AmountNotInSteps", captureId: "882", currency, requested: 5n, step: 100n }
]

const doors: ReadonlyArray<readonly [Dialect, number]> = [
  [kibo, 400],
  [geins, 400],
  [moyasar, 422],
  [maverick, 422],
  [medusa, 400]
]

describe("a limit of the provider's or the customer's account", () => {
  for (const [dialect, status] of doors) {
    it(`is said by ${dialect.door} as one of the capture is, in words`, () => {
      for (const violation of limits) {
        const answer = dialect.failure(rejected([violation]))
        assert.strictEqual(answer.status, status, violation._tag)
        assert.match(JSON.stringify(answer.body), /50\.00|0\.05|90 days|2921/, violation._tag)
      }
    })
  }
})

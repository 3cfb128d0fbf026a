/** The long run of faults.test.ts: a thousand stories for each kind of provider, T20–T25. */
import { describe, it } from "@effect/vitest"
import { kinds, stories } from "./support/faults.ts"

describe("refunds of one capture at a provider that misbehaves at random", () => {
  it.live(
    "end as what really happened, paid once, in a thousand stories of each kind",
    () => stories({ from: 1_000, count: 1_000 * kinds.length }),
    3_600_000
  )
})

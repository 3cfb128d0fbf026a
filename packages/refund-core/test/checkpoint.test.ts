/** What a checkpoint says was there, and the ledger has no more: the first of it is named. */
import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import { firstLost } from "../src/checkpoint.ts"

const head = { chain: "order:o-1", entries: 3, hash: "c3" }
const after = { chain: "order:o-2", entries: 2, hash: "d2" }
const whole = { entries: 2, hash: "d2" }

describe("a checkpoint, beside the ledger of now", () => {
  const noChain = "the checkpoint has the chain, the ledger has not"
  const noEntry = "the checkpoint has the entry, the ledger has not"
  const another = "the entry is not the one that the checkpoint has"
  const rows: ReadonlyArray<
    readonly [string, { entries: number; hash: string | null } | undefined, { seq: number; what: string } | null]
  > = [
    ["as it was", { entries: 3, hash: "c3" }, null],
    ["longer since", { entries: 9, hash: "c3" }, null],
    ["another entry in its place", { entries: 3, hash: "e3" }, { seq: 3, what: another }],
    ["another entry in its place, longer since", { entries: 4, hash: "e3" }, { seq: 3, what: another }],
    ["its last entry dropped", { entries: 2, hash: null }, { seq: 3, what: noEntry }],
    ["all but its first dropped", { entries: 1, hash: null }, { seq: 2, what: noEntry }],
    ["without entries", { entries: 0, hash: null }, { seq: 1, what: noChain }],
    ["gone", undefined, { seq: 1, what: noChain }]
  ]
  for (const [name, now, problem] of rows) {
    it(name, () => {
      const expected = problem === null ? null : { chain: "order:o-1", ...problem }
      deepStrictEqual(firstLost([head], now === undefined ? [] : [now]), expected)
    })
  }

  it("names the first of several, whichever chain it is", () => {
    deepStrictEqual(firstLost([after, head], [whole, { entries: 2, hash: null }]), {
      chain: "order:o-1",
      seq: 3,
      what: noEntry
    })
    deepStrictEqual(
      firstLost([head, after], [{ entries: 3, hash: "x" }, whole]),
      firstLost([head], [{ entries: 3, hash: "x" }])
    )
    deepStrictEqual(firstLost([], []), null)
  })
})

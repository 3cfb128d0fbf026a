import { describe, it } from "@effect/vitest"
import { assertTrue, deepStrictEqual, strictEqual } from "@effect/vitest/utils"
import { Effect } from "effect"
import { assertHttpLawsHold, type HttpLawName, httpLawsHold } from "../src/httpLaws.ts"
import type { Bug } from "./support/smallLedger.ts"
import { type SmallServer, startSmallServer } from "./support/smallServer.ts"

const seed = 20_261_122
/** For what hangs: a slow machine takes a minute to find a shorter history. */
const patience = 300_000

const serving = <A>(bug: Bug | null, use: (server: SmallServer) => Effect.Effect<A>) =>
  Effect.acquireUseRelease(
    Effect.promise(() => startSmallServer(bug)),
    use,
    (server) => Effect.promise(server.stop)
  )

/** Of a server that has all of it. */
const told = (bug: Bug | null, more: { readonly seed?: number; readonly replay?: string } = {}) =>
  serving(bug, ({ stop: _, ...server }) =>
    httpLawsHold({ ...server, credit: true, runs: 200, length: 16, seed, ...more })
  )

const broken: Record<Bug, HttpLawName> = {
  "cap off by one": "nothing goes over a cap",
  "lost update": "what was answered is there",
  "a replay pays again": "a replay is the same refund",
  "hold not released": "what ends without paying holds nothing",
  "float money": "amounts are exact",
  "wrong currency exponent": "a currency has its own digits",
  "self-approval": "who asks does not approve",
  "late success ignored": "a late success counts",
  "last unit kept back": "what is left can be refunded",
  "collected less refunded": "collected is unchanged by refunds",
  "rejections in the journal": "a rejection changes nothing",
  "credit overdrawn": "credit is never below zero",
  "credit spent twice": "credit is given less spent",
  "lots left behind": "lots are the credit",
  "a spend again is another": "a spend is one payment",
  "last credit kept back": "credit that is there can be spent",
  "outside ignored": "refunds from outside count once",
  "outside told twice": "refunds from outside count once"
}

describe("a server that is known by its answers only", () => {
  it.effect(
    "keeps every law where it has no bug, over histories that come to everything",
    () =>
      Effect.gen(function* () {
        const tally = yield* serving(null, ({ keys, late, url }) =>
          assertHttpLawsHold({ url, keys, late, runs: 200, length: 16, seed })
        )
        const comesTo = ["replayed", "preview", "SelfApproval", "IdempotencyKeyReused", "ExceedsCaptured", "settled"]
        const rare = [...comesTo, "failed", "denied", "canceled", "late successes", "journal counted"].filter(
          (name) => (tally[name] ?? 0) < 3
        )
        deepStrictEqual(rare, [])
      }),
    patience
  )

  it.effect(
    "keeps those of store credit, and of refunds from outside, where it has them (T09)",
    () =>
      Effect.gen(function* () {
        const tally = yield* serving(null, ({ stop: _, ...server }) =>
          assertHttpLawsHold({ ...server, credit: true, runs: 200, length: 16, seed })
        )
        const rare = ["spend", "ExceedsCredit", "CaptureConflict", "told from outside"].filter(
          (name) => (tally[name] ?? 0) < 3
        )
        deepStrictEqual(rare, [])
      }),
    patience
  )

  for (const [bug, law] of Object.entries(broken) as ReadonlyArray<[Bug, HttpLawName]>) {
    it.effect(
      `with the bug “${bug}” is told: ${law}`,
      () =>
        Effect.gen(function* () {
          const report = yield* told(bug)
          strictEqual(report._tag === "broken" ? report.laws[0].law : report._tag, law)
        }),
      patience
    )
  }

  it.effect(
    "is told what it did by a short history, which runs again from its token",
    () =>
      Effect.gen(function* () {
        const report = yield* told("cap off by one")
        if (report._tag === "held") return yield* Effect.die("the law holds")
        assertTrue(report.calls.length <= 4, report.message)
        assertTrue(report.message.includes(JSON.stringify(report.replay)))
        const again = yield* told("cap off by one", { replay: report.replay })
        deepStrictEqual(
          again._tag === "broken" ? again.laws.map(({ law }) => law) : [],
          report.laws.map(({ law }) => law)
        )
        strictEqual((yield* told(null, { replay: report.replay }))._tag, "held")
      }),
    patience
  )
})

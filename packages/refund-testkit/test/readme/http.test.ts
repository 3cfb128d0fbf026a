import { it } from "@effect/vitest"
import { assertTrue } from "@effect/vitest/utils"
import { Effect } from "effect"
import { httpLawsHold } from "refund-testkit/httpLaws"
import { startSmallServer } from "../support/smallServer.ts"

it.effect(
  "the server keeps the laws, as far as can be seen from outside",
  () =>
    Effect.gen(function* () {
      // In its place: where your server listens, and two keys of a tenant made for this.
      const small = Effect.promise(() => startSmallServer(null))
      const { keys, late, url } = yield* Effect.acquireRelease(small, ({ stop }) => Effect.promise(stop))
      const report = yield* httpLawsHold({ url, keys, late, runs: 50, length: 16, seed: 1 })
      assertTrue(report._tag === "held", report._tag === "broken" ? report.message : "")
    }),
  60_000
)

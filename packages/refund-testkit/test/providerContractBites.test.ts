import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import { Effect, Exit } from "effect"
import { providerCases } from "../src/internal/providers/cases.ts"
import { Opened } from "../src/internal/providers/opened.ts"
import type { ProviderHarness } from "../src/ProviderHarness.ts"
import { mistakes, withMistake } from "./support/brokenProviders.ts"

/** The titles of the cases that an adapter fails. */
const failed = Effect.fnUntraced(function* (harness: ProviderHarness) {
  const opened = yield* harness.open
  const titles: Array<string> = []
  for (const { test, title } of providerCases(harness).flatMap(({ cases }) => cases)) {
    const exit = yield* Effect.exit(Effect.provideService(test, Opened, opened))
    if (Exit.isFailure(exit)) titles.push(title)
  }
  return titles
})

describe("an adapter that", () => {
  it.live("makes none of these mistakes fails no case", () =>
    Effect.gen(function* () {
      deepStrictEqual(yield* failed(withMistake({})), [])
    })
  )

  for (const [what, [mistake, ...telling]] of Object.entries(mistakes)) {
    it.live(`${what} is told: ${telling.join(" · ")}`, () =>
      Effect.gen(function* () {
        const titles = yield* failed(withMistake(mistake))
        deepStrictEqual(
          telling.filter((each) => !titles.some((title) => title.includes(each))),
          [],
          `it fails ${titles.length === 0 ? "none" : titles.join(" · ")}`
        )
      })
    )
  }
})

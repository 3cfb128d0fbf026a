/** What the adapter says that its provider can do. */
import { ok } from "node:assert"
import { Effect } from "effect"
import { isCurrency } from "refund-core/Currency"
import type { ProviderHarness } from "../../ProviderHarness.ts"
import type { Case } from "./opened.ts"

const figure = (title: string, isSane: () => boolean): Case => ({
  title,
  needs: [],
  test: Effect.sync(() => ok(isSane(), title))
})

const isCount = (count: number): boolean => Number.isSafeInteger(count) && count > 0

export const figures = ({ can, capabilities }: ProviderHarness): ReadonlyArray<Case> => [
  figure("the window is a number of days, or any age", () => {
    const { windowDays } = capabilities
    return windowDays === null || isCount(windowDays)
  }),
  figure("a refund may stay pending for a number of days (A38)", () => isCount(capabilities.pendingDays)),
  figure("steps are of currencies that there are, one minor unit or more (A75)", () =>
    Object.entries(capabilities.steps).every(([code, step]) => isCurrency(code) && step >= 1n)
  ),
  figure("its ids are honoured for some whole milliseconds, or never (A10)", () => {
    const { honoursKeyFor } = capabilities
    return honoursKeyFor === 0 || isCount(honoursKeyFor)
  }),
  figure("the double can settle, decline, and pay without an answer: the least there is to try", () =>
    (["settles", "declines", "hangsPaid"] as const).every((behaviour) => can.has(behaviour))
  )
]

/** All cases of the contract, by what they are about; of them, those that the double can show. */
import type { ProviderHarness } from "../../ProviderHarness.ts"
import { amounts } from "./amounts.ts"
import { calls } from "./calls.ts"
import { figures } from "./figures.ts"
import { happenings } from "./happenings.ts"
import { hostile } from "./hostile.ts"
import type { Case } from "./opened.ts"
import { repeats } from "./repeats.ts"
import { wholeWays } from "./wholeWays.ts"

export interface Part {
  readonly part: string
  readonly cases: ReadonlyArray<Case>
}

export const providerCases = (harness: ProviderHarness): ReadonlyArray<Part> =>
  [
    { part: "what it says it can do", cases: figures(harness) },
    { part: "one call", cases: calls(harness) },
    { part: "an attempt", cases: repeats(harness) },
    { part: "an amount", cases: amounts(harness) },
    { part: "whatever it is asked", cases: hostile(harness) },
    { part: "what happens later", cases: happenings(harness) },
    { part: "driven by the ledger, a refund", cases: wholeWays(harness) }
  ].map(({ cases, part }) => ({
    part,
    cases: cases.filter(({ needs }) => needs.every((ability) => harness.can.has(ability)))
  }))

/** How a command ends without being done, and what the shell is told: 1 rejected, 2 used wrongly, 3 unavailable. */

import { Effect, Schema } from "effect"
import { faultOf, Problem } from "refund-api/Problem"

/** The ledger said no, with every rule it broke. Nothing was changed. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { problem: Problem }) {
  override get message(): string {
    return this.problem.detail
  }
}

/** Nobody answered, or the ledger cannot be written now. What was asked may have happened all the same. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** The command line, or a file it names, does not make sense. Nothing was asked of the ledger. */
export class Usage extends Schema.TaggedError<Usage>()("Usage", { sentence: Schema.String }) {
  override get message(): string {
    return this.sentence
  }
}

export const misused = (sentence: string): Effect.Effect<never, Usage> => Effect.fail(new Usage({ sentence }))

/** All there is to say has been said; only the exit code is left. */
export class Told extends Schema.TaggedError<Told>()("Told", { code: Schema.Literals([1, 2, 3]) }) {
  override get message(): string {
    return `exit code ${this.code}`
  }
}

export type LedgerFailure = Refused | Unavailable | Usage
export type Failure = LedgerFailure | Told

export type ExitCode = 0 | 1 | 2 | 3

export const exitCodeOf = (failure: Failure): ExitCode => {
  switch (failure._tag) {
    case "Told":
      return failure.code
    case "Refused":
      return 1
    case "Usage":
      return 2
    case "Unavailable":
      return 3
  }
}

/** A failure as JSON is the same problem document that the API answers. */
export const problemFor = (failure: Refused | Unavailable): Problem =>
  failure._tag === "Refused" ? failure.problem : faultOf("Unavailable", failure.detail)

/** Who watches over the process is told here, at once and without waiting: nothing may be told that names a customer. */
import { Context } from "effect"
import type { Command } from "../Command.ts"
import type { ViolationTag } from "../Violation.ts"
import type { VerifyReport } from "./LedgerReader.ts"
import type { Outcome } from "./RefundProvider.ts"

export interface Watch {
  /** A command was decided; null: accepted. Where a commit is tried again, its decision is told again. */
  readonly decided: (command: Command["_tag"], refusal: ViolationTag | null) => void
  /** So many decisions were made durable in one commit. */
  readonly committed: (decisions: number, milliseconds: number) => void
  /** A provider was asked to pay, or what became of a payment. */
  readonly asked: (call: {
    readonly provider: string
    readonly what: "submit" | "lookup"
    readonly outcome: Outcome["_tag"]
    readonly milliseconds: number
  }) => void
  /** Whether a provider is left alone for a while. Null: the ledger itself, which pays store credit. */
  readonly paused: (provider: string | null, isPaused: boolean) => void
  /** An event was sent to a receiver. */
  readonly sent: (isTaken: boolean, milliseconds: number) => void
  /** A loop of the worker, by what it does, begins anew. */
  readonly looked: (loop: string) => void
  readonly verified: (report: VerifyReport) => void
}

const nobody: Watch = {
  decided: () => {},
  committed: () => {},
  asked: () => {},
  paused: () => {},
  sent: () => {},
  looked: () => {},
  verified: () => {}
}

export const Watch = Context.Reference<Watch>("refund-core/ports/Watch", { defaultValue: () => nobody })

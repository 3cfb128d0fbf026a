/** One command, with the ledger before and after it: what a law looks at. */
import type { Command, RequestRefund } from "refund-core/Command"
import type { RefundId } from "refund-core/Ids"
import type { OrderView } from "refund-core/ports/LedgerReader"
import type { Preview } from "refund-core/Refunds"
import type { Requested } from "refund-core/request"
import type { Rejected } from "refund-core/Violation"
import type { Snapshot } from "./snapshot.ts"

export type Outcome =
  | { readonly _tag: "accepted"; readonly answer: unknown }
  | { readonly _tag: "rejected"; readonly rejected: Rejected }
  /** It threw. */
  | { readonly _tag: "died"; readonly defect: unknown }

/** A request that was accepted under a key or a chosen id. */
export interface Intent {
  readonly groupId: RefundId
  readonly content: string
}

export interface Step {
  readonly before: Snapshot
  readonly command: Command
  /** What was told of a request before it was made. */
  readonly preview: Preview | null
  readonly outcome: Outcome
  readonly after: Snapshot
  /** By `key <key>` and `id <refund or group id>`. */
  readonly intents: ReadonlyMap<string, Intent>
}

export type Law = (step: Step) => string | null

export const views = (snapshot: Snapshot): ReadonlyArray<OrderView> => [...snapshot.orders.values()]

export const first = <A>(all: Iterable<A>, look: (each: A) => string | null): string | null => {
  for (const each of all) {
    const found = look(each)
    if (found !== null) return found
  }
  return null
}

export const isRequest = (command: Command): command is RequestRefund => command._tag === "RequestRefund"

export const requestedOf = ({ command, outcome }: Step): Requested | null =>
  isRequest(command) && outcome._tag === "accepted" ? (outcome.answer as Requested) : null
